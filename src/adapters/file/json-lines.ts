/**
 * Reads JSON records that stand one to a line: the usual case, and the fast one. Every line is decided for itself, so no
 * input makes it go back. A line that is not simply one object (an array, records side by side, a broken one) goes to
 * `json-structure.ts` alone, so that both read it alike. A line that is only an opening bracket begins a printed record:
 * there the rest is handed back. Between the lines of JSON there may be records in text, which `text-lines.ts` takes.
 *
 * Cost: one search for the line's end, one count of its brackets, one JSON.parse.
 */
import { ByteWindow } from './byte-window.ts';
import { findJsonFault, type JsonFault } from './json-fault.ts';
import { JsonStructure } from './json-structure.ts';
import type { RecordSink } from './record-sink.ts';
import { recordTooLarge, type SourceLimits } from './source-limits.ts';
import { columnOf, type Spot } from './spot.ts';
import type { TextLines } from './text-lines.ts';

const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_ARRAY = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

export interface LineReading {
  /** Lines are elements of a top-level array: `{...},` with a `]` at the end. */
  elements: boolean;
  /** Whether printed records may be read by structure again. */
  mayHandBack: boolean;
  /** Takes lines that are records in text; null: there are none. */
  text: TextLines | null;
}

export class JsonLines {
  readonly #window: ByteWindow;
  readonly #sink: RecordSink;
  readonly #limits: SourceLimits;
  readonly #elements: boolean;
  /** The start of the line that is read next. */
  #lineStart: number;
  #line: number;
  /** Up to here there is no line end. */
  #searched: number;
  /** In a line that is refused already. */
  #skipping = false;
  readonly #mayHandBack: boolean;
  readonly #text: TextLines | null;
  #handBack = false;

  constructor(
    sink: RecordSink,
    limits: SourceLimits,
    from: Spot,
    { elements, mayHandBack, text }: LineReading,
  ) {
    this.#window = new ByteWindow(from.offset);
    this.#sink = sink;
    this.#limits = limits;
    this.#elements = elements;
    this.#text = text;
    this.#mayHandBack = mayHandBack;
    this.#lineStart = from.lineStart;
    this.#line = from.line;
    this.#searched = from.offset;
  }

  /** Set where the rest is to be read by structure: the bytes `rest()`, which begin at `spot`. */
  get handBack(): boolean {
    return this.#handBack;
  }

  get spot(): Spot {
    return { offset: this.#lineStart, line: this.#line, lineStart: this.#lineStart };
  }

  rest(): Buffer {
    return this.#window.view(this.#lineStart, this.#window.end);
  }

  /** @param chunk given away by the caller */
  push(chunk: Buffer): void {
    const window = this.#window;
    window.append(chunk);
    const bytes = window.view(window.start, window.end);
    const base = window.start;
    for (;;) {
      const lf = bytes.indexOf(LF, this.#searched - base);
      if (lf === -1) break;
      this.#lineEnds(bytes, base, lf);
      if (this.#handBack) return;
    }
    this.#searched = window.end;
    if (this.#skipping) window.release(window.end);
    else if (window.end - this.#lineStart > this.#limits.recordBytes)
      this.#tooLarge(bytes.subarray(this.#lineStart - base));
    else window.release(this.#lineStart);
  }

  end(): void {
    const { start, end } = this.#window;
    if (end > start && !this.#skipping) this.#read(this.#window.view(start, end), start, 0, end - start);
    this.#text?.settle();
  }

  #lineEnds(bytes: Buffer, base: number, lf: number): void {
    const from = Math.max(this.#lineStart - base, 0);
    if (!this.#skipping) {
      if (lf - from > this.#limits.recordBytes) this.#tooLarge(bytes.subarray(from, lf));
      else this.#read(bytes, base, from, lf);
      if (this.#handBack) return;
    }
    this.#skipping = false;
    this.#line += 1;
    this.#lineStart = base + lf + 1;
    this.#searched = this.#lineStart;
    this.#window.release(this.#lineStart);
  }

  #tooLarge(record: Buffer): void {
    this.#text?.settle();
    const text = recordTooLarge('the record', this.#limits);
    this.#sink.refuse({ reason: 'too_large', text, line: this.#line, column: 1 }, record.length, record);
    this.#skipping = true;
    this.#window.release(this.#window.end);
  }

  /** One line, without its line feed. */
  #read(bytes: Buffer, base: number, lineFrom: number, lineTo: number): void {
    let from = lineFrom;
    let to = lineTo;
    while (from < to && isBlank(bytes[from])) from += 1;
    while (to > from && isBlank(bytes[to - 1])) to -= 1;
    if (from === to || this.#isText(bytes, base, from, to, lineTo)) return;
    if (this.#elements) {
      if (bytes[to - 1] === COMMA) to -= 1;
      if (to - from === 1 && bytes[from] === CLOSE_ARRAY) return;
    }
    if (from === to) return;
    const first = bytes[from];
    const bracket = first === OPEN_OBJECT || first === OPEN_ARRAY;
    if (bracket && to - from === 1 && this.#mayHandBack) {
      this.#handBack = true;
      return;
    }
    const spot: Spot = { offset: base + from, line: this.#line, lineStart: this.#lineStart };
    if (first === OPEN_ARRAY || nestsDeeper(bytes, from, to, this.#limits.depth)) {
      return this.#readSlowly(bytes.subarray(from, to), spot);
    }
    // Lines of a log come by the million, and an exception costs more than a look.
    const fault = bracket ? null : findJsonFault(bytes, from, to);
    if (fault !== null) return this.#refuse(fault, bytes, from, to, spot);
    let value: unknown;
    try {
      value = this.#sink.parse(bytes.toString('utf8', from, to));
    } catch {
      return this.#readSlowly(bytes.subarray(from, to), spot);
    }
    this.#sink.json(value, this.#line, columnOf(spot), to - from);
  }

  #isText(bytes: Buffer, base: number, from: number, to: number, end: number): boolean {
    if (this.#text === null) return false;
    const column = base + from - this.#lineStart + 1;
    return this.#text.take({ bytes, from, to, end, line: this.#line, column });
  }

  #refuse(fault: JsonFault, bytes: Buffer, from: number, to: number, spot: Spot): void {
    const reason = fault.offset === to ? 'truncated' : 'not_json';
    const column = columnOf(spot) + fault.offset - from;
    this.#sink.refuse(
      { reason, text: fault.text, line: this.#line, column },
      to - from,
      bytes.subarray(from, to),
    );
  }

  #readSlowly(line: Buffer, spot: Spot): void {
    const structure = new JsonStructure(this.#sink, this.#limits, {
      from: spot,
      faults: 0,
      isTextRecord: null,
    });
    structure.push(line);
    structure.end();
  }
}

function isBlank(byte: number | undefined): boolean {
  return byte === SPACE || byte === CR || byte === TAB;
}

/** Whether brackets outside strings nest deeper than `max`. */
function nestsDeeper(bytes: Uint8Array, from: number, to: number, max: number): boolean {
  let depth = 0;
  for (let i = from; i < to; i += 1) {
    switch (bytes[i]) {
      case QUOTE:
        i += 1;
        while (i < to && bytes[i] !== QUOTE) i += bytes[i] === BACKSLASH ? 2 : 1;
        break;
      case OPEN_OBJECT:
      case OPEN_ARRAY:
        depth += 1;
        if (depth > max) return true;
        break;
      case CLOSE_OBJECT:
      case CLOSE_ARRAY:
        depth -= 1;
        break;
    }
  }
  return false;
}
