/** What the data can and cannot link, for people. */
import type { Finding, Readiness } from '../../runtime/readiness/report.ts';
import { wrap } from '../help.ts';
import { tableLines, type Column } from '../table.ts';
import { printable } from '../text-width.ts';
import { counted } from './parts.ts';

/** Where nobody looks through a terminal. */
const WIDTH = 100;
const MAX_SERVICES = 30;
const SERVICE_COLUMNS: readonly Column[] = [
  { title: 'SERVICE', min: 12 },
  { title: 'SPANS', align: 'right' },
  { title: 'POD', align: 'right' },
  { title: 'CONTAINER', align: 'right' },
  { title: 'PAYMENT ID', align: 'right' },
  { title: 'KNOWN PAYMENT', align: 'right' },
];
const SECURITY_COLUMNS: readonly Column[] = [
  { title: 'SOURCE', min: 8 },
  { title: 'RECORDS', align: 'right' },
  { title: 'ALERTS', align: 'right' },
  { title: 'WITH IDENTITY', align: 'right' },
  { title: 'POD HAS SPANS', align: 'right' },
];

/** @param width of the terminal; undefined: as wide as it needs */
export function readinessLines(readiness: Readiness, width?: number): string[] {
  const { services, security, payments, findings } = readiness;
  const { named, payments: count } = payments;
  return [
    ...serviceLines(services, width),
    ...(security.length === 0 ? [] : ['', ...securityLines(security, width)]),
    '',
    `${counted(count, 'payment')}, ${percent(named, count)} named by a span or naming a trace`,
    '',
    ...(findings.length === 0
      ? ['Nothing stands in the way: alerts lead to pods, pods to spans, and spans to payments.']
      : findings.flatMap((finding) => findingLines(finding, width ?? WIDTH))),
  ];
}

function serviceLines(services: Readiness['services'], width: number | undefined): string[] {
  const rows = services
    .slice(0, MAX_SERVICES)
    .map((each) => [
      each.service ?? '(no service.name)',
      each.spans.toLocaleString('en'),
      percent(each.with_pod, each.spans),
      percent(each.with_container, each.spans),
      percent(each.with_transaction_id, each.spans),
      percent(each.with_payment, each.spans),
    ]);
  const more = services.length - rows.length;
  return [
    ...tableLines(SERVICE_COLUMNS, rows, width),
    ...(more > 0 ? [`and ${counted(more, 'service')} more (-o json)`] : []),
  ];
}

function securityLines(security: Readiness['security'], width: number | undefined): string[] {
  const rows = security.map((each) => [
    each.source,
    each.records.toLocaleString('en'),
    each.alerts.toLocaleString('en'),
    percent(each.with_identity, each.alerts),
    percent(each.seen_in_spans, each.with_identity),
  ]);
  return tableLines(SECURITY_COLUMNS, rows, width);
}

function findingLines({ weight, what, about, fix }: Finding, columns: number): string[] {
  const names = about.length === 0 ? [] : [`  about: ${printable(about.join(', '))}`];
  const head = `${weight === 'blocks' ? 'No links' : 'Fewer links'}: ${printable(what)}`;
  return [...wrap(head, columns), ...names, ...wrap(fix, columns - 2).map((line) => `  ${line}`), ''];
}

function percent(part: number, whole: number): string {
  return whole === 0 ? '-' : `${Math.round((100 * part) / whole)} %`;
}
