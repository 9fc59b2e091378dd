/**
 * Ids as bytes where that is exact, and as text where it is not.
 *
 * Hex of 16 digits or more (traces, hashes) takes half the space; `ev_` and `pe_` ids (26 characters of base32, see
 * model/ids.ts) 16 bytes instead of 29. A column without affinity keeps both kinds, and which one it is says how to
 * read it back. Only what comes back the same is packed: upper-case hex, an odd digit, an id whose last character has
 * bits that no id has, stay text.
 *
 * Worked example: `4bf92f3577b34da6a3ce929d0e0e4736` -> 16 bytes; `4BF9…` -> itself.
 */
import type { SQLOutputValue } from 'node:sqlite';

export type Packed = Uint8Array | string;

const HEX = /^(?:[0-9a-f]{2}){8,}$/;
const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';
const ID_LENGTH = 26;
const ID_BYTES = 16;
/** Value of a character in base32 by its code; 255 where it has none. */
const DIGIT = Uint8Array.from({ length: 128 }, (_, code) => {
  const at = BASE32.indexOf(String.fromCharCode(code));
  return at === -1 ? 255 : at;
});

export function packHex(text: string): Packed {
  return HEX.test(text) ? Buffer.from(text, 'hex') : text;
}

export function unpackHex(value: SQLOutputValue | undefined): string {
  return value instanceof Uint8Array ? asBuffer(value).toString('hex') : String(value);
}

/** @param prefix of the ids of the column, `ev_` or `pe_` */
export function packId(prefix: string, id: string): Packed {
  if (id.length !== prefix.length + ID_LENGTH || !id.startsWith(prefix)) return id;
  const bytes = new Uint8Array(ID_BYTES);
  let held = 0;
  let bits = 0;
  let at = 0;
  for (let i = prefix.length; i < id.length; i += 1) {
    const digit = DIGIT[id.charCodeAt(i)] ?? 255;
    if (digit === 255) return id;
    held = (held << 5) | digit;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes[at] = held >>> bits;
    at += 1;
    held &= (1 << bits) - 1;
  }
  return held === 0 ? bytes : id;
}

export function unpackId(prefix: string, value: SQLOutputValue | undefined): string {
  if (!(value instanceof Uint8Array)) return String(value);
  let text = prefix;
  let held = 0;
  let bits = 0;
  for (const byte of value) {
    held = (held << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += BASE32[(held >>> bits) & 31];
    }
    held &= (1 << bits) - 1;
  }
  return bits === 0 ? text : text + BASE32[(held << (5 - bits)) & 31];
}

export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
