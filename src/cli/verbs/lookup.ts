/** `lookup`: every security event of a payment, or in words why there is none. */
import { openIncidentIndex } from '../../adapters/embedded/incident-index.ts';
import type { LinkDocument } from '../../model/documents/link.ts';
import type { PaymentDocument } from '../../model/documents/payment.ts';
import type { Redactor } from '../../formats/redaction/redact.ts';
import { normalTransactionId } from '../../model/transaction-id.ts';
import type { IncidentIndex } from '../../ports/incident-index.ts';
import { usage, type VerbSpec } from '../arguments.ts';
import { redactorOf } from '../compose.ts';
import { LINK_COLUMNS, LINK_FIELDS } from '../document-columns.ts';
import { OUTPUT_FLAG, outputForm, printDocuments, type OutputForm } from '../output.ts';
import { itemsOf } from '../pages.ts';
import { settingsOf } from '../settings.ts';
import type { Io } from '../terminal.ts';
import { printable } from '../text-width.ts';
import { paymentLines } from '../texts/payment-text.ts';
import type { Verb } from '../verb.ts';

const MAX_IDS = 1_000;

const spec: VerbSpec = {
  name: 'lookup',
  summary: 'every security event of a payment id',
  usage: 'counterfoil lookup ID… [--data DIR]',
  examples: [
    {
      command: 'counterfoil lookup pay_881',
      does: 'did anything bad touch this payment, when, how sure are we',
    },
    {
      command: 'counterfoil lookup pay_881 E2E-20260310-17 --data ./case-17 -o json',
      does: 'several, by any of their ids',
    },
  ],
  flags: [OUTPUT_FLAG],
  configured: true,
  options: ['data.dir', 'tenant'],
  positionals: { name: 'ID', min: 1, max: MAX_IDS },
  notes: [
    'An ID is the payment id, an id it was known by before, or an alias (UETR, EndToEndId, order id).',
    'Without -o: text on a terminal, JSON elsewhere; -o table gives the text anywhere, -o csv the links as rows.',
    'Exit status: 0 every payment is known (linked or not), 1 one is not, or there is no index.',
  ],
};

/** The answer for one id. */
interface Answer {
  id: string;
  found: boolean;
  payment?: PaymentDocument;
  links?: LinkDocument[];
  /** The payments that an ambiguous alias names. */
  candidates?: string[];
}

export const verb: Verb = {
  spec,
  async run(args, io) {
    const form = outputForm(spec, args, 'table', 'json', io.stdout);
    if (args.positionals.some((id) => id.trim() === '')) throw usage(spec, 'an ID is empty');
    const { config } = settingsOf(args, io);
    const index = openIncidentIndex(config['data.dir'], 'read');
    try {
      const redactor = redactorOf(config, io.env);
      const answers: Answer[] = [];
      for (const id of args.positionals)
        answers.push(await answerOf(index, config.tenant, safeId(id, redactor)));
      await print(answers, form, io);
      return answers.every((answer) => answer.found) ? 0 : 1;
    } finally {
      await index.close();
    }
  },
};

/** The id as the index knows it: a card number as its token, which is also all that may be printed of it. */
function safeId(id: string, redactor: Redactor): string {
  return normalTransactionId(redactor.idValue(id.trim()));
}

async function answerOf(index: IncidentIndex, tenant: string, id: string): Promise<Answer> {
  const [first, ...others] = await index.resolvePayment(tenant, id);
  if (first === undefined) return { id, found: false };
  if (others.length > 0) return { id, found: true, candidates: [first, ...others] };
  const payment = await index.payment(tenant, first);
  if (payment === null) return { id, found: false };
  const links = await itemsOf((page) => index.linksOfPayment(tenant, first, page));
  return { id, found: true, payment, links };
}

async function print(answers: readonly Answer[], form: OutputForm, io: Io): Promise<void> {
  if (form === 'csv') {
    const links = answers.flatMap((answer) => answer.links ?? []);
    return printDocuments(links, form, { columns: LINK_COLUMNS, fields: LINK_FIELDS }, io.stdout);
  }
  if (form !== 'table') return printDocuments(answers, form, { columns: [], fields: [] }, io.stdout);
  const texts = answers.map((answer) => answerLines(answer, io.stdout.width).join('\n'));
  return io.stdout.write(`${texts.join('\n\n')}\n`);
}

function answerLines({ id, payment, links, candidates }: Answer, width?: number): string[] {
  const shown = printable(id);
  if (candidates !== undefined) {
    return [
      `${shown} names ${candidates.length} payments, so it says nothing of either; ask for one of them:`,
      ...candidates.map((candidate) => `  ${printable(candidate)}`),
    ];
  }
  if (payment === undefined) {
    return [`No payment has the id ${shown}: it is in none of the payment records that were read.`];
  }
  return paymentLines(payment, links ?? [], width);
}
