/** Ids of payments as records carry them: safe to keep, and written so that both sides of the join compare equal. */
import type { Json } from '../../model/json.ts';
import { normalTransactionId } from '../../model/transaction-id.ts';
import { idIn } from '../fields.ts';
import type { Redactor } from '../redaction/redact.ts';

/**
 * What stands for "no id", as in data/attributes.yaml: as a UETR or PSP reference, which are unique, it would make one
 * payment of all payments that have none.
 */
const PLACEHOLDERS: ReadonlySet<string> = new Set([
  'notprovided',
  'eots',
  '00000000-0000-0000-0000-000000000000',
]);
const MAX_ID = 256;

/** The id with what must not be kept made a token, else as it is: the event's own id is made of the record (SPEC F1). */
export function tokenOf(id: Json | undefined, redactor: Redactor): Json | undefined {
  const text = idIn(id);
  if (text === null || text.length > MAX_ID) return id;
  const safe = redactor.idValue(text);
  return safe === text ? id : safe;
}

/** An id as the join compares it; null for none, for placeholders and for what is too long to be one. */
export function paymentIdIn(value: Json | undefined): string | null {
  const text = idIn(value);
  if (text === null || text.length > MAX_ID || PLACEHOLDERS.has(text.toLowerCase())) return null;
  return normalTransactionId(text);
}

/** An id of a record that was not redacted. */
export function safeIdIn(value: Json | undefined, redactor: Redactor): string | null {
  return paymentIdIn(tokenOf(value, redactor));
}
