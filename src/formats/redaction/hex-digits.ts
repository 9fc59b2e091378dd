/**
 * Card numbers in bytes that are written in hexadecimal, as dumps of messages between banks are: `34313131` is 4111.
 *
 * What: at least thirteen bytes in a row that are digits, spaces between them or not, and apart or not. Why so many: a trace id is
 * hexadecimal too, and has that by chance once in 10^18. Cost: one search in a text with as many digits (signs.ts).
 * Worked example: `34313131313131313131313131313131` -> `[PAN]`; `0af7651916cd43dd8448eb211c803190` stays.
 */
import { findPans } from './pan.ts';
import { PAN_MARK } from './secrets.ts';

const BYTES_OF_DIGITS = /3[0-9](?:(?:[ :]?20)?[ :]?3[0-9]){12,}/g;

export function withoutPansInHex(text: string): string {
  return text.replace(BYTES_OF_DIGITS, (run) => {
    const digits = Buffer.from(run.replace(/[ :]/g, ''), 'hex').toString('latin1');
    return findPans(digits).length > 0 ? PAN_MARK : run;
  });
}
