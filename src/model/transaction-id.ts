/** How ids of payments are written so that both sides of the join compare equal (SPEC J15). */

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Trimmed; a UUID (as every UETR is) in lower case, because its case means nothing. */
export function normalTransactionId(text: string): string {
  const trimmed = text.trim();
  return trimmed.length === 36 && UUID.test(trimmed) ? trimmed.toLowerCase() : trimmed;
}
