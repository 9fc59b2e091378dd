/** Card numbers for tests: made at random per brand, written in every way that text can hide them, and looked for. */
import fc from 'fast-check';

/** Leading digits and length of brands, as the brands publish them. */
const BRANDS: readonly (readonly [lead: string, length: number])[] = [
  ['4', 13],
  ['4', 16],
  ['4', 19],
  ['51', 16],
  ['55', 16],
  ['2221', 16],
  ['2720', 16],
  ['34', 15],
  ['37', 15],
  ['36', 14],
  ['305', 14],
  ['6011', 16],
  ['65', 16],
  ['3528', 16],
  ['62', 16],
  ['62', 19],
  ['6759', 16],
  ['6304', 19],
  ['5018', 13],
  ['2200', 16],
  ['9792', 16],
  ['82', 16],
];

/** The digit that makes the Luhn sum of `digits` and itself a multiple of ten, by the book. */
export function checkDigit(digits: string): string {
  const sum = [...digits].toReversed().reduce((total, digit, i) => {
    const value = Number(digit) * (i % 2 === 0 ? 2 : 1);
    return total + Math.floor(value / 10) + (value % 10);
  }, 0);
  return String((10 - (sum % 10)) % 10);
}

export const pans: fc.Arbitrary<string> = fc
  .tuple(fc.constantFrom(...BRANDS), fc.stringMatching(/^[0-9]{19}$/))
  .map(([[lead, length], random]) => (lead + random).slice(0, length - 1))
  .map((digits) => digits + checkDigit(digits));

/** Grouped as cards print it: 4-6-5 with fifteen digits, 4-6-4 with fourteen, else by four. */
export function groups(pan: string): string[] {
  if (pan.length === 15 || pan.length === 14) return [pan.slice(0, 4), pan.slice(4, 10), pan.slice(10)];
  return pan.match(/.{1,4}/g) ?? [];
}

const shifted = (pan: string, zero: number): string =>
  pan.replace(/\d/g, (digit) => String.fromCodePoint(zero + Number(digit)));
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const percent = (text: string): string =>
  [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0').toUpperCase()}`).join('');
const bytes = (text: string, before: string): string =>
  [...Buffer.from(text)].map((byte) => before + byte.toString(16).padStart(2, '0')).join('');
const escaped = (text: string): string =>
  [...text].map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');

const each = (pan: string, write: (code: number) => string): string =>
  [...pan].map((digit) => write(digit.charCodeAt(0))).join('');
/** @param signs the ten digits */
const drawn = (pan: string, signs: string): string =>
  [...pan].map((digit) => signs[Number(digit)] ?? '').join('');

/** Texts that hide a card number; the names are what a failing test says. */
export const FORMS: Readonly<Record<string, (pan: string) => string>> = {
  plain: (pan) => pan,
  spaces: (pan) => groups(pan).join(' '),
  dashes: (pan) => groups(pan).join('-'),
  dots: (pan) => groups(pan).join('.'),
  slashes: (pan) => groups(pan).join('/'),
  underscores: (pan) => groups(pan).join('_'),
  'spaced dashes': (pan) => groups(pan).join(' - '),
  'single digits': (pan) => [...pan].join(' '),
  'no-break spaces': (pan) => groups(pan).join('\u00a0'),
  'thin spaces': (pan) => groups(pan).join('\u2009'),
  tabs: (pan) => groups(pan).join('\t'),
  newlines: (pan) => groups(pan).join('\n'),
  'carriage returns': (pan) => groups(pan).join('\r\n'),
  'zero-width spaces': (pan) => groups(pan).join('\u200b'),
  'zero-width joiners': (pan) => [...pan].join('\u200d'),
  'byte order marks': (pan) => groups(pan).join('\ufeff'),
  'soft hyphens': (pan) => groups(pan).join('\u00ad'),
  'null characters': (pan) => [...pan].join('\0'),
  'combining accents': (pan) => [...pan].join('\u0301'),
  'key caps': (pan) => [...pan].map((digit) => `${digit}\ufe0f\u20e3`).join(''),
  'Hangul fillers': (pan) => groups(pan).join('\u3164'),
  tags: (pan) => groups(pan).join('\u{e0020}'),
  'directional isolates': (pan) => `\u2068${groups(pan).join('\u2069\u2068')}\u2069`,
  'full-width': (pan) => shifted(pan, 0xff10),
  'full-width, ideographic spaces': (pan) => shifted(groups(pan).join('\u3000'), 0xff10),
  'Arabic-Indic': (pan) => shifted(pan, 0x660),
  'extended Arabic-Indic': (pan) => shifted(pan, 0x6f0),
  Devanagari: (pan) => shifted(pan, 0x966),
  Bengali: (pan) => shifted(pan, 0x9e6),
  'mathematical bold': (pan) => shifted(pan, 0x1d7ce),
  'mathematical monospace': (pan) => shifted(pan, 0x1d7f6),
  raised: (pan) => drawn(pan, '\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079'),
  lowered: (pan) => shifted(pan, 0x2080),
  'in circles': (pan) => drawn(pan, '\u24ea\u2460\u2461\u2462\u2463\u2464\u2465\u2466\u2467\u2468'),
  'in black circles': (pan) => drawn(pan, '\u24ff\u2776\u2777\u2778\u2779\u277a\u277b\u277c\u277d\u277e'),
  'in brackets of one sign': (pan) => drawn(pan, '0\u2474\u2475\u2476\u2477\u2478\u2479\u247a\u247b\u247c'),
  'with commas of one sign': (pan) => shifted(pan, 0x1f101),
  commas: (pan) => groups(pan).join(','),
  'commas and spaces': (pan) => groups(pan).join(', '),
  'single digits with commas': (pan) => [...pan].join(','),
  semicolons: (pan) => groups(pan).join(';'),
  pipes: (pan) => groups(pan).join(' | '),
  tildes: (pan) => groups(pan).join('~'),
  'each in quotes': (pan) =>
    groups(pan)
      .map((group) => `'${group}'`)
      .join(' '),
  'each in brackets': (pan) =>
    groups(pan)
      .map((group) => `(${group})`)
      .join(' '),
  'list in text': (pan) => JSON.stringify(groups(pan)),
  'list in text, indented': (pan) => JSON.stringify({ card: groups(pan) }, null, 4),
  'list of digits in text': (pan) => JSON.stringify([...pan].map(Number)),
  'list in text, twice': (pan) => JSON.stringify(JSON.stringify({ card: groups(pan) })),
  'list in text, URL-encoded': (pan) => encodeURIComponent(JSON.stringify(groups(pan))),
  'list, with expiry and code': (pan) => [...groups(pan), '12', '27', '123'].join(','),
  'list of bytes': (pan) => JSON.stringify([...Buffer.from(pan)]),
  'list of bytes, spaced': (pan) => `[${[...Buffer.from(pan)].join(' ')}]`,
  'entities, decimal': (pan) => each(pan, (code) => `&#${code};`),
  'entities, hexadecimal': (pan) => each(pan, (code) => `&#x${code.toString(16)};`),
  'entities of entities': (pan) => each(pan, (code) => `&amp;#${code};`),
  'entities of spaces': (pan) => groups(pan).join('&nbsp;'),
  'escaped in octal': (pan) => each(pan, (code) => `\\0${code.toString(8)}`),
  'escaped in octal, two digits': (pan) => each(pan, (code) => `\\${code.toString(8)}`),
  'escaped in octal, in JSON': (pan) => JSON.stringify(each(pan, (code) => `\\0${code.toString(8)}`)),
  'escaped in braces': (pan) => each(pan, (code) => `\\u{${code.toString(16)}}`),
  'escaped in eight digits': (pan) => each(pan, (code) => `\\U000000${code.toString(16)}`),
  'escaped with a percent sign': (pan) => each(pan, (code) => `%u00${code.toString(16)}`),
  'URL-encoded': percent,
  'URL-encoded twice': (pan) => encodeURIComponent(percent(pan)),
  'URL-encoded full-width': (pan) => encodeURIComponent(shifted(pan, 0xff10)),
  'URL-encoded no-break spaces': (pan) => encodeURIComponent(groups(pan).join('\u00a0')),
  'query, %20': (pan) => `/pay?card=${groups(pan).join('%20')}&x=1`,
  'query, plus': (pan) => `/pay?card=${groups(pan).join('+')}&x=1`,
  'query, plain': (pan) => `pan=${pan}&x=1`,
  path: (pan) => `/v1/cards/${pan}/charge`,
  'JSON in text': (pan) => JSON.stringify({ card: { number: pan } }),
  'JSON in text, twice': (pan) => JSON.stringify({ body: JSON.stringify({ number: groups(pan).join(' ') }) }),
  'JSON number in text': (pan) => `{"number":${pan},"cvv":123}`,
  'JSON in text, tabs': (pan) => JSON.stringify({ number: groups(pan).join('\t') }),
  'JSON in text twice, newlines': (pan) => JSON.stringify(JSON.stringify({ n: groups(pan).join('\n') })),
  'escaped units': escaped,
  'escaped units in JSON': (pan) => `{"number":"${escaped(pan)}"}`,
  'escaped units, twice': (pan) => JSON.stringify(`{"number":"${escaped(pan)}"}`),
  'escaped no-break spaces': (pan) => `{"number":"${groups(pan).join('\\u00a0')}"}`,
  base64: (pan) => base64(pan),
  'base64, with a word': (pan) => base64(`card ${pan} ok`),
  'base64 for URLs': (pan) => Buffer.from(`{"n":"${pan}"}`).toString('base64url'),
  'base64 of spaces': (pan) => base64(`card: ${groups(pan).join(' ')}.`),
  'base64 of JSON': (pan) => base64(JSON.stringify({ card: pan })),
  'base64 in a path': (pan) => `/cards/${base64(`{"card":"${pan}"}`)}/charge`,
  'base64 after a word': (pan) => `payload_${base64(`{"card":"${pan}"}`)}`,
  'base64 in JSON': (pan) => JSON.stringify({ data: base64(JSON.stringify({ card: pan })) }),
  'base64, URL-encoded': (pan) => encodeURIComponent(base64(`card ${pan}`)),
  'base64 of base64': (pan) => base64(JSON.stringify({ data: base64(`card ${pan}`) })),
  'base64 of base64 of base64': (pan) => base64(base64(base64(`card ${pan}`))),
  'base64 for URLs, three deep': (pan) =>
    [1, 2, 3].reduce((text) => Buffer.from(text).toString('base64url'), `>>>?${pan}>>>?`),
  'base64 of a list': (pan) => base64(JSON.stringify(groups(pan))),
  'base64 in lines': (pan) => base64(`{"shop":"7","card":"${pan}"}`).replace(/.{24}/g, '$&\r\n'),
  'base64 of UTF-16': (pan) => Buffer.from(`card ${pan}`, 'utf16le').toString('base64'),
  'bytes in hexadecimal': (pan) => bytes(pan, ''),
  'bytes of spaces in hexadecimal': (pan) => bytes(`card ${groups(pan).join(' ')}.`, ''),
  'bytes in hexadecimal, spaced': (pan) => bytes(pan, ' '),
  'escaped bytes': (pan) => bytes(pan, '\\x'),
  'escaped bytes of no-break spaces': (pan) => groups(pan).join('\\xC2\\xA0'),
  'escaped bytes in JSON': (pan) => JSON.stringify(`{${bytes(`"n":"${pan}"`, '\\x')}}`),
  sentence: (pan) => `Charged card ${pan} for 48000.00 EUR at 2026-03-10T14:00:02.118999Z, order 7.`,
  'after a time': (pan) => `2026-03-10 14:00:02,${pan},48.00,EUR`,
  'after a time with a fraction': (pan) => `2026-03-10T14:00:02.${pan}`,
  'after a UUID': (pan) => `9b2f1c1e-5d3a-4c7e-8f21-426614174000 ${pan}`,
  'after a trace id': (pan) => `0af7651916cd43dd8448eb211c803190 ${pan}`,
  'no space around it': (pan) => `card${pan}x`,
  'upper case around it': (pan) => `PAN${pan}EUR`,
  'hex letters around it': (pan) => `cad${pan}f`,
  'with expiry and code': (pan) => `${groups(pan).join(' ')} 12/27 123`,
  'track 1': (pan) => `%B${pan}^DOE/JANE^2712101000000000000?`,
  'track 2': (pan) => `;${pan}=27121010000012345?`,
};

/**
 * Whether a card number can still be read in a text, by somebody who tries: other digits, escapes, URL encoding and
 * base64 are undone up to four times, and separators are taken out. Knows nothing of how redaction looks for it.
 */
export function survives(text: string, pan: string): boolean {
  let views = new Set([text]);
  for (let depth = 0; depth < 4; depth += 1) {
    for (const view of views) if (bare(view).includes(pan)) return true;
    const next = new Set([...views].flatMap(undone).filter((view) => !views.has(view)));
    if (next.size === 0) return false;
    views = next;
  }
  return false;
}

const bare = (text: string): string =>
  text
    .normalize('NFKC')
    .replace(/[\u0660-\u0669]|[\u06f0-\u06f9]|[\u0966-\u096f]|[\u09e6-\u09ef]/g, (digit) => {
      const zero = [0x660, 0x6f0, 0x966, 0x9e6].find((from) => digit.charCodeAt(0) - from < 10) ?? 0;
      return String(digit.charCodeAt(0) - zero);
    })
    .replace(/[\u2776-\u277e]/g, (digit) => String(digit.charCodeAt(0) - 0x2775))
    .replaceAll('\u24ff', '0')
    .replace(/\\+[nrtu]|[\s\p{Cf}\p{Pd}\p{M}\\._/+,;|~"'()[\]{}-]/gu, '');

function undone(text: string): string[] {
  const views = [
    text.replace(/(?:%[0-9a-f]{2})+/gi, (run) =>
      Buffer.from(run.replaceAll('%', ''), 'hex').toString('utf8'),
    ),
    text.replace(/\\+u([0-9a-f]{4})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    text.replace(/(?:\\+u\{|\\+U000000|%u00|&#x)([0-9a-f]{2})[};]?/g, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    ),
    text.replace(/&(?:amp;)?#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code))),
    text.replaceAll('&nbsp;', ''),
    text.replace(/\\+0?([67][0-7])/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8))),
    text.replace(/(4[89]|5[0-7])[, \]]+/g, (_, code: string) => String.fromCharCode(Number(code))),
  ];
  for (const [token] of text.matchAll(/[A-Za-z0-9+/_-]{16,}/g)) {
    for (const part of new Set([token, ...token.split(/[/_]/)]))
      views.push(Buffer.from(part, 'base64').toString('utf8'));
  }
  return views;
}
