/**
 * Card numbers in lists of bytes, as programs print those that they do not know to be text: `[52 49 49 ...]` in Go, `[52, 49, 49, ...]` in Java
 * and in JSON of Node's buffers.
 *
 * What: at least thirteen numbers in a row that are the bytes of digits, a space or a dash between them or not. Why so many: a list of
 * small numbers has that by chance once in 10^13. Cost: one search in a text with as many digits (signs.ts).
 * Worked example: `[52 49 49 49 49 49 49 49 49 49 49 49 49 49 49 49]` -> `[[PAN]]`.
 */
import { findPans } from './pan.ts';
import { PAN_MARK } from './secrets.ts';

const DIGIT = '(?:4[89]|5[0-7])';
const BYTES_OF_DIGITS = new RegExp(
  `(?<![0-9])${DIGIT}(?:[\\s,]{1,24}(?:(?:32|45)[\\s,]{1,24})?${DIGIT}){12,}(?![0-9])`,
  'g',
);

export function withoutPansInBytes(text: string): string {
  return text.replace(BYTES_OF_DIGITS, (run) => {
    const bytes = run.split(/[\s,]+/).map(Number);
    return findPans(Buffer.from(bytes).toString('latin1')).length > 0 ? PAN_MARK : run;
  });
}
