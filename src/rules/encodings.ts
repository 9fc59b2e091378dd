/**
 * Encoded texts, for records that hold a command or a script in its encoded form: UTF-16 with each byte as a character,
 * base64, and base64 as it looks in the middle of something longer.
 *
 * Three bytes are four characters of base64, so a text within a longer one has one of three spellings, by how many bytes
 * stand before it modulo three. Of each, those characters are kept that no neighbouring byte has a part in: from the first
 * that begins within the text to the last that ends within it.
 *
 * Worked example: `foobar` -> `Zm9vYmFy` (offset 0), `Zvb2Jhc` (1), `mb29iYX` (2).
 * Source: Sigma modifiers appendix v2.1, "Encoding"; RFC 4648 section 4; RFC 2781.
 */
import type { Transform } from './modifiers.ts';

export type Encoding = Exclude<Transform, 'windash' | 'expand'>;

/** Every spelling of a text after these encodings; a text that says what is wrong. */
export function encodedTexts(text: string, encodings: readonly Encoding[]): string[] | string {
  let bytes: Buffer[] = [Buffer.from(text, 'utf8')];
  let readable = encodings.length === 0 || isAscii(text);
  for (const [index, encoding] of encodings.entries()) {
    const utf16 = encoding === 'utf16' || encoding === 'utf16le' || encoding === 'utf16be';
    if (utf16 && index > 0) return `${encoding} has to stand before ${encodings[index - 1] ?? ''}`;
    bytes = utf16 ? [utf16Of(text, encoding)] : bytes.flatMap((each) => base64Of(each, encoding));
    readable = utf16 ? readable && encoding !== 'utf16' : true;
  }
  if (!readable) {
    const name = encodings[0] ?? '';
    return `the bytes of ${name} are no text; write |${name}|base64offset|contains, or ASCII with utf16le or utf16be`;
  }
  return bytes.map((each) => each.toString('latin1'));
}

function isAscii(text: string): boolean {
  return Buffer.byteLength(text, 'utf8') === text.length;
}

function utf16Of(text: string, encoding: 'utf16' | 'utf16le' | 'utf16be'): Buffer {
  const little = Buffer.from(encoding === 'utf16' ? `\uFEFF${text}` : text, 'utf16le');
  return encoding === 'utf16be' ? little.swap16() : little;
}

function base64Of(bytes: Buffer, encoding: 'base64' | 'base64offset'): Buffer[] {
  if (encoding === 'base64') return [Buffer.from(bytes.toString('base64'), 'latin1')];
  return [0, 1, 2].map((offset) => {
    const whole = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
    const from = Math.ceil((offset * 8) / 6);
    const to = Math.floor(((offset + bytes.length) * 8) / 6);
    return Buffer.from(whole.slice(from, to), 'latin1');
  });
}
