/** What stands beside each document in the tables of the index: the columns that lists are filtered and ordered by. */
import type { EventDocument } from '../../model/documents/event.ts';
import type { IncidentDocument } from '../../model/documents/incident.ts';
import type { LinkDocument } from '../../model/documents/link.ts';
import type { PaymentDocument } from '../../model/documents/payment.ts';
import { paymentNames } from '../../model/documents/payment-names.ts';
import { CounterfoilError } from '../../model/errors.ts';
import { incidentId } from '../../model/ids.ts';
import { parseInstant, type Instant } from '../../model/instant.ts';

const STRONG = 0;
const WEAK = 1;

/** Column names of each table between `id` and `document`, in the order of the rows below. */
export const KEY_COLUMNS = {
  event: ['start', 'incident', 'would_be'],
  link: ['event', 'payment', 'incident', 'start', 'live'],
  payment: ['time'],
  incident: ['age'],
} as const;

export type DocumentTableName = keyof typeof KEY_COLUMNS;

export interface DocumentRow {
  id: string;
  keys: (string | number | null)[];
  document: string;
}

export function eventRow(tenant: string, document: EventDocument): DocumentRow {
  const { id, start } = document.event;
  const keys = [micros(start), document.incident?.id ?? null, incidentId(tenant, id)];
  return { id, keys, document: JSON.stringify(document) };
}

export function linkRow(document: LinkDocument): DocumentRow {
  const { link, event, payment, incident } = document;
  const live = link.status === 'live' ? 1 : 0;
  const keys = [event.id, payment.id, incident?.id ?? null, micros(event.start), live];
  return { id: link.id, keys, document: JSON.stringify(document) };
}

export function paymentRow(document: PaymentDocument): DocumentRow {
  const { id, time } = document.payment;
  return { id, keys: [micros(time)], document: JSON.stringify(document) };
}

export function incidentRow(document: IncidentDocument): DocumentRow {
  const { id, start } = document.incident;
  return { id, keys: [-micros(start)], document: JSON.stringify(document) };
}

export interface NameRow {
  value: string;
  rank: number;
}

/** Every text that means the payment, with its rank; may repeat. */
export function namesOf(document: PaymentDocument): NameRow[] {
  const { strong, weak } = paymentNames(document);
  return [
    ...strong.map((value) => ({ value, rank: STRONG })),
    ...weak.map((value) => ({ value, rank: WEAK })),
  ];
}

function micros(text: string): Instant {
  const instant = parseInstant(text);
  if (instant === undefined)
    throw new CounterfoilError('CF_INTERNAL', 'A document states a time that is none.');
  return instant;
}
