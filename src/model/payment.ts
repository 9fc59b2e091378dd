/** Payments: state events are the facts, a payment is a function of them (join/payments.ts). */
import type { Instant } from './instant.ts';

/** Names of the formats of payments; `payments` is our own form, and with it what the configuration maps to it. */
export const PAYMENT_SOURCES = ['stripe', 'adyen', 'iso20022', 'iso8583', 'payments'] as const;
export type PaymentSource = (typeof PAYMENT_SOURCES)[number];

/** A name of a payment other than its own id. */
export interface PaymentAlias {
  type: string;
  value: string;
}

/**
 * Alias types that their source makes unique: records that share one are one payment. Stores mark them by their place here:
 * new ones go to the end.
 */
export const STRONG_ALIAS_TYPES: readonly string[] = ['uetr', 'psp_reference', 'charge', 'rrn_terminal'];

/**
 * Alias types that banks make unique for themselves and for some time only: the transaction id along the whole chain, and ids within a message, with
 * who sent it, without, and with whom a report of it answers. They tie records to the one payment that they name, and never two with
 * different UETRs (join/payment-references.ts).
 */
export const REFERENCE_ALIAS_TYPES: readonly string[] = [
  'iso20022_transaction',
  'iso20022_sender',
  'iso20022_message',
  'iso20022_addressee',
];

/** Whether an alias tells which payment a record is of; any other only finds payments. */
export function isIdentifying({ type }: PaymentAlias): boolean {
  return STRONG_ALIAS_TYPES.includes(type) || REFERENCE_ALIAS_TYPES.includes(type);
}

/** What a payment without an own id is named by: the smallest alias of the first type that it has; undefined: none of its names identifies it. */
export function referenceIn(aliases: readonly PaymentAlias[]): string | undefined {
  for (const type of [...STRONG_ALIAS_TYPES, ...REFERENCE_ALIAS_TYPES]) {
    const [smallest] = aliases.flatMap((alias) => (alias.type === type ? [alias.value] : [])).toSorted();
    if (smallest !== undefined) return smallest;
  }
  return undefined;
}

/** The rail of a state event that does not tell it; the payment has that of the latest event that does. */
export const UNTOLD_RAIL = 'unknown';

/** The state of an event that is a request and changes nothing: somebody asks for the money back. The payment keeps the state that others tell. */
export const RECALL_ASKED = 'recall_asked';

/**
 * Attribute of an event that tells what was known before, such as that of a step that failed: it tells the state only where no other event does. Its
 * value says why.
 */
export const TELLS_NO_CHANGE = 'no_change';

/** Attribute of events of a provider's test mode, which move no money. */
export const TEST_MODE = 'test_mode';

/** One state change of one payment, as its source reported it. */
export interface PaymentEvent {
  /** `pe_...` of the record's content. */
  id: string;
  tenant: string;
  /** The source's own payment id; null where the record has only references. */
  ownId: string | null;
  aliases: PaymentAlias[];
  time: Instant;
  state: string;
  rail: string;
  /** Null where this state event states no amount. */
  amountMinor: bigint | null;
  currency: string | null;
  customerId: string | null;
  customerCountry: string | null;
  merchantId: string | null;
  /** The service that handled the payment, as its record says. */
  service: string | null;
  traceId: string | null;
  podUid: string | null;
  podName: string | null;
  namespace: string | null;
  cluster: string | null;
  containerId: string | null;
  /** Attributes that deadlines are computed from (`capture_at`, `settlement_date`...), and what else was stated. */
  attributes: Record<string, string>;
}

/** A payment as known from all its state events. */
export interface Payment {
  /** Own id (of several the smallest), else UETR, else PSP reference; where there is none of them, a reference of banks. */
  id: string;
  tenant: string;
  /** Every other name, sorted by (type, value), without repeats. */
  aliases: PaymentAlias[];
  /** Ids that this payment was also known by before records were merged; links answer under them. */
  supersededIds: string[];
  /** Time of the earliest state event. */
  time: Instant;
  rail: string;
  state: string;
  /** Since when: the first of the latest records that tell the state. */
  stateAt: Instant;
  amountMinor: bigint;
  currency: string;
  customerId: string | null;
  customerCountry: string | null;
  merchantId: string | null;
  service: string | null;
  /** Traces that the payment's own records name, sorted. */
  traceIds: string[];
  attributes: Record<string, string>;
  /** All state events, ordered by (time, rank, id). */
  events: PaymentEvent[];
  /** Its records name several payments by a reference, so that it was left apart from all of them. */
  ambiguous?: boolean;
}
