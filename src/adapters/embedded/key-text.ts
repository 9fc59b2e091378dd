/**
 * How an API key is written, and what is kept of it: `cfk_`, an id of 8 characters, `_`, 256 random bits in 43 characters.
 *
 * Kept is SHA-256 of the whole key, and no slow hash (scrypt, argon2): those make guessing dear where people choose the secret,
 * and nobody guesses 256 random bits. A slow hash here would only let strangers spend our time, one request after the other.
 * The prefix lets scanners of repositories find a key that was committed; the id lets us say which key it was without saying it.
 *
 * Costs: one hash of 56 characters a request, some 2 µs.
 * Example: cfk_3kTz81Qa_7Fh…9w is kept as {id: "3kTz81Qa", sha256: "5e88…"}.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const BASE = BigInt(ALPHABET.length);
const SECRET_BYTES = 32;
/** 62^43 > 2^256. */
const SECRET_CHARACTERS = 43;
const ID_CHARACTERS = 8;

const FORM = /^cfk_([0-9A-Za-z]{8})_[0-9A-Za-z]{43}$/;

/** A new key; whoever is given it keeps it, we do not. */
export function newKey(): { id: string; key: string } {
  const id = base62(randomBytes(ID_CHARACTERS), ID_CHARACTERS);
  return { id, key: `cfk_${id}_${base62(randomBytes(SECRET_BYTES), SECRET_CHARACTERS)}` };
}

/** The id that a key states, or null for a text that is no key. */
export function idOfKey(key: string): string | null {
  return FORM.exec(key)?.[1] ?? null;
}

/** What is kept of a key, in hex. */
export function hashOfKey(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

/** Whether a key is the one of this hash, in a time that does not tell how much of it is right. */
export function isKeyOf(key: string, sha256: string): boolean {
  return timingSafeEqual(Buffer.from(hashOfKey(key), 'hex'), Buffer.from(sha256, 'hex'));
}

function base62(bytes: Uint8Array, characters: number): string {
  let rest = BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
  let text = '';
  for (let i = 0; i < characters; i += 1) {
    text = (ALPHABET[Number(rest % BASE)] ?? '') + text;
    rest /= BASE;
  }
  return text;
}
