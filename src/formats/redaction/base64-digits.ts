/**
 * Whether base64 could hold the digits of a card number, told from the base64 itself: ids and hashes in it are common, and decoding each of
 * them four times, once for each place where it may begin, is most of what redaction would cost.
 *
 * What: the bytes are counted that are ASCII digits or could begin a digit of another script in UTF-8; with fewer than 13 of
 * them there is no card number, but where 18 in a row are base64 themselves. Cost: a shift and a comparison a unit, nothing allocated.
 * Worked example: `NDExMTExMTExMTExMTExMQ` from 0 on is 16 digits; `b2YgYnVmZmVycyBhbmQ` is none.
 * Source: RFC 4648, 4 and 5 (both alphabets count, as Node reads both); RFC 3629 (a byte that begins a longer sequence is C2 or above).
 */

const DIGITS_OF_PAN = 13;
const FIRST_DIGIT = 0x30;
const LAST_DIGIT = 0x39;
const FIRST_LEAD = 0xc2;
/** Base64 of 13 digits is as long. */
const BASE64_OF_PAN = 18;

/** Six bits of each unit; what is in neither alphabet counts as zeros. */
const SIXES = sixes();

function sixes(): Uint8Array {
  const values = new Uint8Array(128);
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
  for (const [value, unit] of [...alphabet].entries()) values[unit.charCodeAt(0)] = value;
  for (const unit of '+-') values[unit.charCodeAt(0)] = 62;
  for (const unit of '/_') values[unit.charCodeAt(0)] = 63;
  return values;
}

/** 1 for what is in either alphabet. */
const IN_ALPHABET = SIXES.map((value, code) => (value > 0 || code === 0x41 ? 1 : 0));

/** @param token of ASCII; @param from where its base64 may begin */
export function mayHoldPanInBase64(token: string, from: number): boolean {
  let found = 0;
  let held = 0;
  let bits = 0;
  let inner = 0;
  for (let i = from; i < token.length; i += 1) {
    held = ((held << 6) | (SIXES[token.charCodeAt(i)] ?? 0)) & 0xffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    const byte = (held >> bits) & 0xff;
    inner = IN_ALPHABET[byte] === 1 ? inner + 1 : 0;
    if (inner >= BASE64_OF_PAN) return true;
    if ((byte >= FIRST_DIGIT && byte <= LAST_DIGIT) || byte >= FIRST_LEAD) {
      found += 1;
      if (found >= DIGITS_OF_PAN) return true;
    }
  }
  return false;
}
