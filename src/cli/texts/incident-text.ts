/**
 * An incident for the person who has to act on it: what happened, how much money by what can still be done, the
 * deadlines, the payments, and what to look at next.
 */
import type { IncidentDocument } from '../../model/documents/incident.ts';
import type { LinkDocument } from '../../model/documents/link.ts';
import { parseInstant } from '../../model/instant.ts';
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
  const best = bestLinks(links);
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
    ...nextLines(document, best),
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

/** Of each payment its surest link, surest first. */
function bestLinks(links: readonly LinkDocument[]): LinkDocument[] {
  const best = new Map<string, LinkDocument>();
  for (const link of links) {
    const known = best.get(link.payment.id);
    if (known === undefined || link.link.confidence > known.link.confidence) best.set(link.payment.id, link);
  }
  return [...best.values()].toSorted(
    (a, b) => b.link.confidence - a.link.confidence || (a.payment.id < b.payment.id ? -1 : 1),
  );
}

function paymentLines(best: readonly LinkDocument[], total: number, width: number | undefined): string[] {
  const columns = [
    { title: 'payment', min: 8 },
    right('amount'),
    { title: 'state', min: 8 },
    { title: 'next step', min: 10 },
    { title: 'because of', min: 12 },
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
    : `${step.action} before ${step.until.slice(5, 16).replace('T', ' ')}`;
}

function nextLines({ impact, incident }: IncidentDocument, best: readonly LinkDocument[]): string[] {
  const steps: string[] = [];
  const first = impact.clock[0];
  if (first !== undefined) {
    const who = counted(first.payments, 'payment');
    steps.push(
      `Act first on ${first.amount} ${first.currency} (${who}): ${first.actions.join(', ')} before ${first.deadline}.`,
    );
  }
  const top = best[0];
  if (top !== undefined) {
    steps.push(`Why the surest link holds: counterfoil explain ${top.link.id}`);
    steps.push(`All that touched one payment: counterfoil lookup ${printable(top.payment.id)}`);
  }
  steps.push(`The incident with all its parts: counterfoil explain ${incident.id}`);
  return steps.map((step, index) => `  ${index + 1}. ${step}`);
}

const indent = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`);
const inner = (width: number | undefined): number | undefined =>
  width === undefined ? undefined : width - 2;
