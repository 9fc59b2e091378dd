/** A payment and what is known of it, for people: its events, or in words why there are none. */
import type { LinkDocument } from '../../model/documents/link.ts';
import type { PaymentDocument } from '../../model/documents/payment.ts';
import { tableLines } from '../table.ts';
import { printable } from '../text-width.ts';
import { amountText, counted, facts, recoverLines } from './parts.ts';

const EVENT_COLUMNS = [
  { title: 'event' },
  { title: 'rule', min: 14 },
  { title: 'where', min: 12 },
  { title: 'method', min: 10 },
  { title: 'sure', align: 'right' as const },
  { title: 'link', min: 8 },
];

export function paymentLines(
  document: PaymentDocument,
  links: readonly LinkDocument[],
  width?: number,
): string[] {
  const { payment, known, answer } = document;
  const aliases = payment.aliases.map(({ type, value }) => `${type} ${value}`);
  return [
    `Payment ${printable(payment.id)}: ${amountText(payment)}, ${printable(payment.rail)} ${printable(payment.state)}`,
    '',
    ...facts([
      ['time', payment.time],
      ['also known as', [...aliases, ...document.superseded_ids].join(', ')],
      ['customer', payment.customer?.id],
      ['merchant', payment.merchant?.id],
      ['service', document.service?.name],
      ['still out', `${payment.amount.remaining} ${payment.amount.currency}`],
      ['flags', payment.flags?.join(', ')],
    ]),
    '',
    'What can be done',
    ...recoverLines(payment),
    '',
    ...(answer === 'linked' ? linkedLines(links, width) : negativeLines(answer, known)),
  ];
}

function linkedLines(links: readonly LinkDocument[], width?: number): string[] {
  const rows = links.map(({ event, rule, kubernetes, container, link }) => [
    event.start,
    rule.name,
    kubernetes?.pod?.name ?? kubernetes?.pod?.uid ?? container?.id ?? kubernetes?.node?.name ?? '',
    link.method,
    link.confidence.toFixed(2),
    link.id,
  ]);
  return [
    `${counted(links.length, 'security event')} met it`,
    ...indent(tableLines(EVENT_COLUMNS, rows, inner(width))),
  ];
}

function negativeLines(answer: PaymentDocument['answer'], known: PaymentDocument['known']): string[] {
  const head =
    answer === 'none_found' ? 'No security event met it.' : 'Whether a security event met it is not known.';
  return [
    head,
    ...facts([
      ['why', known.why],
      ['its traces', String(known.traces)],
      ['spans of those with pod or container', String(known.spans_with_identity)],
      ['events known until', known.events_watermark ?? 'no event seen'],
      ['complete until', known.complete_until ?? 'not known'],
    ]),
  ];
}

const indent = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`);
const inner = (width: number | undefined): number | undefined =>
  width === undefined ? undefined : width - 2;
