/**
 * An incident for the person who has to act on it: what happened, how much money by what can still be done, the
 * deadlines, the payments, and what to look at next.
 */
import type { IncidentDocument } from '../../model/documents/incident.ts';
import type { LinkDocument } from '../../model/documents/link.ts';
import { parseInstant } from '../../model/instant.ts';
import { convert, parseAmount } from '../../model/money.ts';
import { formatSeconds } from '../progress.ts';
import { tableLines, type Column } from '../table.ts';
import type { Out } from '../terminal.ts';
import { printable } from '../text-width.ts';
import { counted, facts } from './parts.ts';

const SHOWN_DEADLINES = 12;
const SHOWN_PAYMENTS = 10;

const right = (title: string): Column => ({ title, align: 'right' });

export function incidentLines(
  document: IncidentDocument,
  links: readonly LinkDocument[],
  out: Out,
): string[] {
  const worth = worthIn(document);
  const best = bestLinks(links, worth);
  return [
    out.bold(printable(document.incident.title)),
    ...headLines(document),
    '',
    out.bold('Money'),
    ...indent(moneyLines(document, out.width)),
    '',
    out.bold(`Deadlines, as of ${document.impact.as_of}`),
    ...indent(deadlineLines(document, out.width)),
    '',
    out.bold('Payments, surest link first'),
    ...indent(paymentLines(best, document.payments.total, out.width)),
    '',
    out.bold('What to look at next'),
    ...nextLines(document, best, worth),
  ];
}

function headLines({ incident, events, payments, weak, threat, entities }: IncidentDocument): string[] {
  const weakText =
    weak.total === 0 ? '' : `, and ${counted(weak.total, 'payment')} too weakly linked to count`;
  return facts([
    ['incident', incident.id],
    ['severity', `${incident.severity} of 100`],
    ['from', `${incident.start} to ${incident.end}`],
    ['techniques', threat?.technique.id.join(', ')],
    [
      'holds',
      `${counted(events.total, 'security event')}, ${counted(payments.total, 'linked payment')}${weakText}`,
    ],
    ['pods', some(entities.pods)],
    ['containers', some(entities.containers.map((id) => id.slice(0, 12)))],
    ['accounts', some(entities.service_accounts)],
    ['resources', some(entities.resources)],
    ['continues', incident.continues],
  ]);
}

/** The first few of a list and how many more there are. */
function some(items: readonly string[]): string {
  const shown = items.slice(0, 4);
  return items.length > shown.length
    ? `${shown.join(', ')} and ${items.length - shown.length} more`
    : shown.join(', ');
}

function moneyLines({ impact }: IncidentDocument, width: number | undefined): string[] {
  const columns = [
    { title: 'currency' },
    ...['linked', 'stoppable', 'recallable', 'final', 'at most', 'payments'].map(right),
  ];
  const rows = impact.exposures.map((row) => [
    row.currency,
    row.linked,
    row.stoppable,
    row.recallable,
    row.final,
    row.upper,
    String(row.payments),
  ]);
  const { report } = impact;
  if (report !== undefined) {
    rows.push([
      `all in ${report.currency}`,
      report.linked,
      report.stoppable,
      report.recallable,
      report.final,
      report.upper,
      '',
    ]);
  }
  const rates = Object.entries(report?.rates ?? {}).map(([pair, rate]) => `${pair} ${rate}`);
  return [
    ...tableLines(columns, rows, inner(width)),
    'linked = stoppable (we alone decide) + recallable (another party must agree) + final',
    ...(rates.length === 0 ? [] : [`rates: ${rates.join(', ')}`]),
  ];
}

function deadlineLines({ impact }: IncidentDocument, width: number | undefined): string[] {
  if (impact.clock.length === 0) return ['none: nothing is left that has a deadline'];
  const columns = [
    { title: 'before' },
    right('time left'),
    right('amount'),
    right('payments'),
    { title: 'by', min: 10 },
  ];
  const rows = impact.clock
    .slice(0, SHOWN_DEADLINES)
    .map((row) => [
      row.deadline,
      timeLeft(impact.as_of, row.deadline),
      `${row.amount} ${row.currency}`,
      String(row.payments),
      row.actions.join(', '),
    ]);
  const more = impact.clock.length - rows.length;
  return [
    ...tableLines(columns, rows, inner(width)),
    ...(more > 0 ? [`and ${counted(more, 'later deadline')}`] : []),
  ];
}

function timeLeft(from: string, to: string): string {
  const left = (parseInstant(to) ?? 0) - (parseInstant(from) ?? 0);
  return left <= 0 ? 'over' : formatSeconds(left / 1_000);
}

/** Of each payment its surest link: surest first, then what is worth most. */
function bestLinks(links: readonly LinkDocument[], worth: Worth): LinkDocument[] {
  const best = new Map<string, LinkDocument>();
  for (const link of links) {
    const known = best.get(link.payment.id);
    if (known === undefined || link.link.confidence > known.link.confidence) best.set(link.payment.id, link);
  }
  const value = ({ payment }: LinkDocument): bigint =>
    worth(payment.amount.remaining, payment.amount.currency);
  return [...best.values()].toSorted((a, b) => {
    const surer = b.link.confidence - a.link.confidence;
    if (surer !== 0) return surer;
    const dearer = value(b) - value(a);
    if (dearer !== 0n) return dearer > 0n ? 1 : -1;
    return a.payment.id < b.payment.id ? -1 : 1;
  });
}

function paymentLines(best: readonly LinkDocument[], total: number, width: number | undefined): string[] {
  const columns = [
    { title: 'payment', min: 8 },
    right('amount'),
    { title: 'state', min: 8, spare: true },
    { title: 'next step', min: 10 },
    { title: 'because of', min: 12, spare: true },
    { title: 'method', min: 10 },
    right('sure'),
  ];
  // Weakly linked ones come last, and do not count.
  const rows = best
    .slice(0, Math.min(SHOWN_PAYMENTS, total))
    .map(({ payment, rule, link }) => [
      payment.id,
      `${payment.amount.value} ${payment.amount.currency}`,
      `${payment.rail} ${payment.state}`,
      nextStep(payment.recover[0]),
      rule.name,
      link.method,
      link.confidence.toFixed(2),
    ]);
  const more = total - rows.length;
  return [
    ...tableLines(columns, rows, inner(width)),
    ...(more > 0 ? [`and ${counted(more, 'more payment')}`] : []),
  ];
}

function nextStep(step: LinkDocument['payment']['recover'][number] | undefined): string {
  if (step === undefined) return 'final';
  return step.until === null
    ? step.action
    : `${step.action} before ${step.until.slice(0, 16).replace('T', ' ')}`;
}

function nextLines(
  { impact, incident }: IncidentDocument,
  best: readonly LinkDocument[],
  worth: Worth,
): string[] {
  const steps = deadlineSteps(impact.clock, worth);
  const top = best[0];
  if (top !== undefined) {
    steps.push(`Why the surest link holds: counterfoil explain ${top.link.id}`);
    steps.push(`All that touched one payment: counterfoil lookup ${printable(top.payment.id)}`);
  }
  steps.push(`The incident with all its parts: counterfoil explain ${incident.id}`);
  return steps.map((step, index) => `  ${index + 1}. ${step}`);
}

/** What ends first, and, where it is not the same, where most money can be saved by one deadline. */
function deadlineSteps(clock: IncidentDocument['impact']['clock'], worth: Worth): string[] {
  const [first] = clock;
  if (first === undefined) return [];
  const together = clock.filter((row) => row.deadline === first.deadline);
  const largest = clock.reduce((most, row) =>
    worth(row.amount, row.currency) > worth(most.amount, most.currency) ? row : most,
  );
  const steps = [`Act first on ${actionText(together)}.`];
  return together.includes(largest)
    ? steps
    : [...steps, `Most money at one deadline: ${actionText([largest])}.`];
}

function actionText(rows: IncidentDocument['impact']['clock']): string {
  const amounts = rows.map((row) => `${row.amount} ${row.currency}`).join(', ');
  const payments = rows.reduce((sum, row) => sum + row.payments, 0);
  const actions = [...new Set(rows.flatMap((row) => row.actions))].join(', ');
  return `${amounts} (${counted(payments, 'payment')}): ${printable(actions)} before ${rows[0]?.deadline ?? ''}`;
}

/** What an amount is worth beside others, for their order only; never a figure that is shown. */
type Worth = (amount: string, currency: string) => bigint;

/** In the report currency where there is one with a rate; else amounts count by themselves. */
function worthIn({ impact }: IncidentDocument): Worth {
  const { report } = impact;
  return (amount, currency) => {
    const minor = parseAmount(amount, currency) ?? 0n;
    if (report === undefined || report.currency === currency) return minor;
    const rate = report.rates[`${currency}/${report.currency}`];
    return (
      (rate === undefined ? undefined : convert({ minor, currency }, rate, report.currency)?.minor) ?? 0n
    );
  };
}

const indent = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`);
const inner = (width: number | undefined): number | undefined =>
  width === undefined ? undefined : width - 2;
