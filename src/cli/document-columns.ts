/**
 * Documents as rows: which fields a table shows, and which a CSV file has. Tables choose for people and shorten;
 * CSV has every scalar field by its dotted name, lists joined by `;`.
 */
import type { Column } from './table.ts';

export interface DocumentColumn extends Column {
  /** Dotted path into the document, or how to make the cell. */
  of: string | ((document: object) => string);
}

/** The value at a dotted path; undefined where there is none. A name with an `@` or a dot of its own is not split. */
export function valueAt(document: unknown, path: string): unknown {
  let at: unknown = document;
  for (const step of path.split('.')) {
    if (typeof at !== 'object' || at === null) return undefined;
    at = (at as Record<string, unknown>)[step];
  }
  return at;
}

/** A value as one cell. */
export function cellText(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return value;
  if (Array.isArray(value) && value.every((item) => typeof item !== 'object'))
    return value.map(String).join(';');
  return JSON.stringify(value) ?? '';
}

export function cellOf(document: object, column: DocumentColumn): string {
  return typeof column.of === 'function' ? column.of(document) : cellText(valueAt(document, column.of));
}

const amount = (document: object): string =>
  `${cellText(valueAt(document, 'payment.amount.value'))} ${cellText(valueAt(document, 'payment.amount.currency'))}`.trim();

/** What can be done now, in the order of the document: `cancel before 2026-03-10T15:30:00Z`. */
const recover = (document: object): string => {
  const steps = (valueAt(document, 'payment.recover') ?? []) as { action: string; until: string | null }[];
  const first = steps[0];
  if (first === undefined) return 'final';
  return first.until === null ? first.action : `${first.action} before ${first.until}`;
};

const pod = (document: object): string => {
  const name =
    cellText(valueAt(document, 'kubernetes.pod.name')) || cellText(valueAt(document, 'kubernetes.pod.uid'));
  return name === '' ? cellText(valueAt(document, 'container.id')).slice(0, 12) : name;
};

export const LINK_COLUMNS: readonly DocumentColumn[] = [
  { title: 'event', of: 'event.start' },
  { title: 'rule', of: 'rule.name', min: 12 },
  { title: 'pod', of: pod, min: 10, spare: true },
  { title: 'payment', of: 'payment.id', min: 8 },
  { title: 'amount', of: amount, align: 'right' },
  { title: 'next step', of: recover, min: 10 },
  { title: 'method', of: 'link.method', min: 10 },
  {
    title: 'sure',
    of: (document) => Number(valueAt(document, 'link.confidence')).toFixed(2),
    align: 'right',
  },
];

export const INCIDENT_COLUMNS: readonly DocumentColumn[] = [
  { title: 'incident', of: 'incident.id' },
  { title: 'start', of: 'incident.start' },
  { title: 'title', of: 'incident.title', min: 14 },
  { title: 'severity', of: 'incident.severity', align: 'right' },
  { title: 'events', of: 'events.total', align: 'right' },
  { title: 'payments', of: 'payments.total', align: 'right' },
  { title: 'linked', of: linkedText, min: 12 },
];

function linkedText(document: object): string {
  const exposures = (valueAt(document, 'impact.exposures') ?? []) as { currency: string; linked: string }[];
  return exposures.map(({ currency, linked }) => `${linked} ${currency}`).join(', ');
}

export const RECORD_COLUMNS: readonly DocumentColumn[] = [
  { title: 'time', of: '@timestamp' },
  { title: 'kind', of: 'event.kind' },
  { title: 'dataset', of: 'event.dataset', min: 8 },
  { title: 'action', of: 'event.action', min: 10 },
  { title: 'rule', of: 'rule.name', min: 10 },
  { title: 'user', of: 'user.name', min: 10 },
  { title: 'pod', of: pod, min: 10 },
  { title: 'payment', of: 'payment.id', min: 8 },
  { title: 'state', of: 'payment.state' },
  { title: 'amount', of: amount, align: 'right' },
];

const EVENT_FIELDS = [
  '@timestamp',
  'event.id',
  'event.kind',
  'event.dataset',
  'event.severity',
  'event.start',
  'event.end',
  'event.count',
  'event.action',
  'event.outcome',
  'event.original_id',
  'rule.id',
  'rule.name',
  'threat.technique.id',
  'user.name',
  'orchestrator.cluster.name',
  'kubernetes.namespace',
  'kubernetes.pod.name',
  'kubernetes.pod.uid',
  'kubernetes.node.name',
  'container.id',
  'container.name',
  'service.name',
  'trace.id',
];

const PAYMENT_FIELDS = [
  'payment.id',
  'payment.time',
  'payment.rail',
  'payment.state',
  'payment.amount.value',
  'payment.amount.remaining',
  'payment.amount.currency',
  'payment.customer.id',
  'payment.customer.country',
  'payment.merchant.id',
  'payment.recover',
];

export const LINK_FIELDS: readonly string[] = [
  ...EVENT_FIELDS,
  'span.id',
  'span.start',
  'span.end',
  ...PAYMENT_FIELDS,
  'link.id',
  'link.status',
  'link.method',
  'link.confidence',
  'link.gap_ms',
  'link.provenance',
  'link.matched.field',
  'link.matched.event',
  'link.matched.span',
  'incident.id',
];

export const INCIDENT_FIELDS: readonly string[] = [
  '@timestamp',
  'incident.id',
  'incident.title',
  'incident.status',
  'incident.severity',
  'incident.start',
  'incident.end',
  'incident.continues',
  'threat.technique.id',
  'events.total',
  'payments.total',
  'weak.total',
  'entities.pods',
  'entities.containers',
  'entities.service_accounts',
  'entities.resources',
  'impact.as_of',
  'impact.exposures',
  'impact.report',
  'impact.binding_ratio',
];

export const RECORD_FIELDS: readonly string[] = [...EVENT_FIELDS, ...PAYMENT_FIELDS];
