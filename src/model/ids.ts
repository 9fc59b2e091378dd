/**
 * Ids that depend on content alone, never on arrival: the same fact gets the same id on every machine, in every
 * replay, so that writing it twice is writing it once.
 *
 * An id is a prefix and 26 characters: lower-case base32 (RFC 4648, no padding) of the first 128 bits of SHA-256
 * over a canonical tuple, which is a JSON array after RFC 8785 (JCS) with absent = null.
 *
 * Worked example: linkId('default', 'ev_a', 'pay_1') hashes `["link","default","ev_a","pay_1"]`.
 */
import { hash } from 'node:crypto';
import { canonicalJson } from './canonical-json.ts';
import type { Json } from './json.ts';

export type IdPrefix = 'ev' | 'pe' | 'lk' | 'inc' | 'cm';

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';

/** Full SHA-256 of a text, in lower-case hex. */
export function sha256Hex(text: string): string {
  return hash('sha256', text, 'hex');
}

/** The id of a canonical tuple. */
export function contentId(prefix: IdPrefix, tuple: Json[]): string {
  const digest = hash('sha256', canonicalJson(tuple), 'buffer');
  return `${prefix}_${base32(digest.subarray(0, 16))}`;
}

function base32(bytes: Uint8Array): string {
  let out = '';
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      out += BASE32[(held >>> (bits - 5)) & 31];
      bits -= 5;
    }
    held &= (1 << bits) - 1;
  }
  return bits === 0 ? out : out + BASE32[(held << (5 - bits)) & 31];
}

/** Id of the link between one event and one payment. */
export function linkId(tenant: string, eventId: string, paymentId: string): string {
  return contentId('lk', ['link', tenant, eventId, paymentId]);
}

/** Id of the incident whose earliest event is `eventId`. */
export function incidentId(tenant: string, eventId: string): string {
  return contentId('inc', ['incident', tenant, eventId]);
}
