/**
 * Finds the first byte at which a text stops being JSON (RFC 8259, exactly what JSON.parse takes).
 *
 * Why not take it from JSON.parse: its message quotes the input, which may hold a card number, names no place for
 * short texts, and counts UTF-16 units where editors and we count bytes. This runs on malformed records only, once
 * over their bytes, without recursion.
 *
 * Worked example: `{"a":1,}` -> offset 7, 'expected a key in double quotes'; `{"a":` -> offset 5 = the length, cut off.
 */
const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const QUOTE = 0x22;
const PLUS = 0x2b;
const COMMA = 0x2c;
const MINUS = 0x2d;
const DOT = 0x2e;
const ZERO = 0x30;
const COLON = 0x3a;
const UPPER_E = 0x45;
const OPEN_ARRAY = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_ARRAY = 0x5d;
const LOWER_E = 0x65;
const LOWER_U = 0x75;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

const WORDS: ReadonlyMap<number, Buffer> = new Map(
  ['true', 'false', 'null'].map((word) => [word.charCodeAt(0), Buffer.from(word)]),
);
const ESCAPES = new Set(Buffer.from('"\\/bfnrt'));

export interface JsonFault {
  /** Index into the bytes; the end where they break off too early. */
  offset: number;
  /** What would be right there. */
  text: string;
}

/** @returns the first fault between `from` and `to`, or null when those bytes are one JSON value */
export function findJsonFault(bytes: Uint8Array, from: number, to: number): JsonFault | null {
  return new Walk(bytes, from, to).run();
}

/** What the walk expects next. */
type Expect = 'value' | 'first-element' | 'key' | 'first-key' | 'colon' | 'comma' | 'end';

const EXPECTED: Record<Expect, string> = {
  value: 'expected a value',
  'first-element': 'expected a value or ]',
  key: 'expected a key in double quotes',
  'first-key': 'expected a key in double quotes or }',
  colon: 'expected : after the key',
  comma: 'expected , or the closing bracket',
  end: 'expected nothing more after the value',
};

class Walk {
  readonly #bytes: Uint8Array;
  readonly #to: number;
  #at: number;
  #expect: Expect = 'value';
  /** The closing bracket of each open container. */
  readonly #closers: number[] = [];

  constructor(bytes: Uint8Array, from: number, to: number) {
    this.#bytes = bytes;
    this.#at = from;
    this.#to = to;
  }

  run(): JsonFault | null {
    for (;;) {
      this.#skipBlanks();
      if (this.#at >= this.#to) return this.#expect === 'end' ? null : this.#cutOff();
      const fault = this.#step(this.#bytes[this.#at]);
      if (fault !== null) return fault;
    }
  }

  #step(byte: number | undefined): JsonFault | null {
    switch (this.#expect) {
      case 'end':
        return this.#wrong();
      case 'colon':
        return byte === COLON ? this.#take('value') : this.#wrong();
      case 'comma':
        if (byte === COMMA) return this.#take(this.#closers.at(-1) === CLOSE_OBJECT ? 'key' : 'value');
        return byte === this.#closers.at(-1) ? this.#close() : this.#wrong();
      case 'first-key':
      case 'key':
        if (byte === CLOSE_OBJECT && this.#expect === 'first-key') return this.#close();
        return byte === QUOTE ? this.#string('colon') : this.#wrong();
      case 'first-element':
        return byte === CLOSE_ARRAY ? this.#close() : this.#value(byte);
      default:
        return this.#value(byte);
    }
  }

  #value(byte: number | undefined): JsonFault | null {
    if (byte === OPEN_OBJECT) return this.#open(CLOSE_OBJECT, 'first-key');
    if (byte === OPEN_ARRAY) return this.#open(CLOSE_ARRAY, 'first-element');
    if (byte === QUOTE) return this.#string(this.#afterValue());
    if (byte === MINUS || isDigit(byte)) return this.#number();
    const word = byte === undefined ? undefined : WORDS.get(byte);
    return word === undefined ? this.#wrong() : this.#word(word);
  }

  #open(closer: number, next: Expect): null {
    this.#closers.push(closer);
    return this.#take(next);
  }

  #close(): null {
    this.#closers.pop();
    return this.#take(this.#afterValue());
  }

  #take(next: Expect): null {
    this.#at += 1;
    this.#expect = next;
    return null;
  }

  #afterValue(): Expect {
    return this.#closers.length === 0 ? 'end' : 'comma';
  }

  #word(word: Buffer): JsonFault | null {
    for (const byte of word) {
      if (this.#at >= this.#to) return this.#cutOff();
      if (this.#bytes[this.#at] !== byte) return this.#fault('expected true, false or null');
      this.#at += 1;
    }
    this.#expect = this.#afterValue();
    return null;
  }

  #string(next: Expect): JsonFault | null {
    this.#at += 1;
    for (; this.#at < this.#to; this.#at += 1) {
      const byte = this.#bytes[this.#at] ?? 0;
      if (byte === QUOTE) return this.#take(next);
      if (byte < SPACE)
        return this.#fault('expected the closing quote: control characters are written as escapes');
      if (byte === BACKSLASH) {
        const fault = this.#escape();
        if (fault !== null) return fault;
      }
    }
    return this.#cutOff();
  }

  /** Leaves the walk on the last byte of the escape. */
  #escape(): JsonFault | null {
    this.#at += 1;
    if (this.#at >= this.#to) return this.#cutOff();
    const letter = this.#bytes[this.#at] ?? 0;
    if (ESCAPES.has(letter)) return null;
    if (letter !== LOWER_U) return this.#fault('expected one of "\\/bfnrtu after a backslash');
    for (let digit = 0; digit < 4; digit += 1) {
      this.#at += 1;
      if (this.#at >= this.#to) return this.#cutOff();
      if (!isHexDigit(this.#bytes[this.#at])) return this.#fault('expected four hexadecimal digits');
    }
    return null;
  }

  #number(): JsonFault | null {
    if (this.#bytes[this.#at] === MINUS) this.#at += 1;
    const whole = this.#digits();
    if (whole === 0) return this.#digitMissing();
    if (whole > 1 && this.#bytes[this.#at - whole] === ZERO) {
      this.#at -= whole - 1;
      return this.#fault('expected no digit after a leading zero');
    }
    if (this.#peek() === DOT) {
      this.#at += 1;
      if (this.#digits() === 0) return this.#digitMissing();
    }
    if (this.#peek() === LOWER_E || this.#peek() === UPPER_E) {
      this.#at += 1;
      if (this.#peek() === PLUS || this.#peek() === MINUS) this.#at += 1;
      if (this.#digits() === 0) return this.#digitMissing();
    }
    this.#expect = this.#afterValue();
    return null;
  }

  /** How many digits were passed. */
  #digits(): number {
    const from = this.#at;
    while (isDigit(this.#peek())) this.#at += 1;
    return this.#at - from;
  }

  #peek(): number | undefined {
    return this.#at < this.#to ? this.#bytes[this.#at] : undefined;
  }

  #digitMissing(): JsonFault {
    return this.#at >= this.#to ? this.#cutOff() : this.#fault('expected a digit');
  }

  #skipBlanks(): void {
    for (; this.#at < this.#to; this.#at += 1) {
      const byte = this.#bytes[this.#at];
      if (byte !== SPACE && byte !== LF && byte !== CR && byte !== TAB) return;
    }
  }

  #wrong(): JsonFault {
    return this.#fault(EXPECTED[this.#expect]);
  }

  #cutOff(): JsonFault {
    this.#at = this.#to;
    return this.#fault('the record breaks off before it is complete');
  }

  #fault(text: string): JsonFault {
    return { offset: this.#at, text };
  }
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

function isHexDigit(byte: number | undefined): boolean {
  if (byte === undefined) return false;
  const lower = byte | 0x20;
  return isDigit(byte) || (lower >= 0x61 && lower <= 0x66);
}
