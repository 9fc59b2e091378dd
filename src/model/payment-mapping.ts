/** How payment records of a company's own form are read: the option `payments.mapping`. */

/** What may be mapped to a place in the record. */
export const MAPPED_PARTS = [
  'id',
  'uetr',
  'psp_reference',
  'end_to_end_id',
  'order_id',
  'time',
  'state',
  'rail',
  'amount',
  'currency',
  'customer',
  'customer_country',
  'merchant',
  'service',
  'trace_id',
  'traceparent',
  'cluster',
  'namespace',
  'pod',
  'pod_uid',
  'container_id',
] as const;
export type MappedPart = (typeof MAPPED_PARTS)[number];

export const TIME_FORMS = [
  'rfc3339',
  'unix_seconds',
  'unix_ms',
  'unix_us',
  'day_first',
  'month_first',
] as const;
export const AMOUNT_FORMS = ['decimal', 'minor', 'decimal_comma'] as const;

export interface PaymentMapping {
  /** JSON Pointers, or names at the top; time and state are always there, and one id that is strong. */
  parts: Readonly<Partial<Record<MappedPart, string>>>;
  /** Attributes by name, such as `capture_at`. */
  attributes: Readonly<Record<string, string>>;
  /** Our name of each of their states and rails; what has none keeps its own. */
  states: Readonly<Record<string, string>>;
  rails: Readonly<Record<string, string>>;
  /** Of records that state none. */
  rail: string | null;
  currency: string | null;
  timeForm: (typeof TIME_FORMS)[number];
  amountForm: (typeof AMOUNT_FORMS)[number];
}
