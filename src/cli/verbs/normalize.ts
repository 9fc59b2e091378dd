/** `normalize`: what Counterfoil makes of raw records, one document a line. */
import { Normalizer, readsExactly, RECORD_FORMATS, type RecordFormat } from '../../runtime/normalize.ts';
import { didYouMean } from '../../config/suggest.ts';
import { usage, type VerbSpec } from '../arguments.ts';
import { csvForm, openFiles, redactorOf, textRecordsOf } from '../compose.ts';
import { RECORD_COLUMNS, RECORD_FIELDS } from '../document-columns.ts';
import { OUTPUT_FLAG, outputForm, printDocuments } from '../output.ts';
import { paymentReading } from '../payment-reading.ts';
import { reasonsText, refusalLine } from '../report.ts';
import { settingsOf } from '../settings.ts';
import { counted } from '../texts/parts.ts';
import type { Verb } from '../verb.ts';

const spec: VerbSpec = {
  name: 'normalize',
  summary: 'what Counterfoil makes of raw records',
  usage: 'counterfoil normalize [--format F] FILE…',
  examples: [
    { command: 'counterfoil normalize audit.ndjson', does: 'one document a line, whatever the envelope' },
    {
      command: 'kubectl logs -n falco ds/falco | counterfoil normalize --format falco -',
      does: 'from a pipe, as Falco alerts',
    },
  ],
  flags: [
    {
      name: 'format',
      short: 'f',
      value: 'F',
      help: `${RECORD_FORMATS.join(', ')}; default: found out record by record.`,
    },
    OUTPUT_FLAG,
  ],
  configured: true,
  options: ['cluster', 'tenant', 'payments.mapping', 'limits.record_bytes', 'limits.depth'],
  positionals: { name: 'FILE', min: 1, max: 10_000 },
  notes: [
    'Neither folds nor applies rules. Stages of one audited request are one document; no record is printed twice.',
    'Exit status: 0 all taken, 2 usage, 3 configuration, 4 something was refused (each on stderr, with file:line:column).',
  ],
};

export const verb: Verb = {
  spec,
  async run(args, io) {
    const format = formatOf(args.text('format'));
    const form = outputForm(spec, args, 'table', 'ndjson', io.stdout);
    const { config } = settingsOf(args, io);
    const redactor = redactorOf(config, io.env);
    const context = { tenant: config.tenant, redactor, ...paymentReading(config) };
    const sources = await openFiles(args.positionals, config, redactor, {
      csv: csvForm(config),
      isTextRecord: textRecordsOf('events'),
      exact: format === null ? 'both' : readsExactly(format),
    });
    let refused = 0;
    const normalizer = new Normalizer(context, format, (refusal) => {
      refused += 1;
      io.stderr.say(`${refusalLine(refusal)}\n`);
    });
    await printDocuments(
      normalizer.documents(sources),
      form,
      { columns: RECORD_COLUMNS, fields: RECORD_FIELDS },
      io.stdout,
    );
    const { records, items } = normalizer.accounts;
    const ignored = reasonsText(items.ignored);
    io.stderr.say(
      `${counted(records, 'record')}: ${items.accepted} accepted (${items.duplicate} seen before), ${refused} refused` +
        `${ignored === '' ? '' : `, ignored ${ignored}`}\n`,
    );
    return refused > 0 ? 4 : 0;
  },
};

function formatOf(text: string | undefined): RecordFormat | null {
  if (text === undefined) return null;
  const format = RECORD_FORMATS.find((known) => known === text);
  if (format !== undefined) return format;
  throw usage(
    spec,
    `--format ${text} is none of ${RECORD_FORMATS.join(', ')}${didYouMean(text, RECORD_FORMATS)}`,
  );
}
