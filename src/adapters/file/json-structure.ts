/**
 * Splits a stream of bytes into JSON records where they do not stand one to a line: pretty-printed over many lines,
 * one after the other on a line, or elements of a top-level array, which are handed out one by one, so that an array of
 * 500 MB on one line needs the memory of one element.
 *
 * How: it knows strings, escapes and the stack of open brackets, byte by byte, resumable at any chunk border; a record
 * that closes goes to JSON.parse. What does not parse is refused at the byte where it stops being JSON, and the scan
 * goes on
 *   - inside an array, when the element's brackets close: behind that element;
 *   - when an opening bracket stands at the start of a line where none may stand: there, because the line before broke off;
 *   - else behind the line where the record went wrong.
 * Going back over bytes is bounded: after three faults, or one whole record on one line, it hands over to
 * `json-lines.ts`, which never goes back.
 *
 * Cost: O(1) a byte, plus JSON.parse; memory of one record. Source: RFC 8259; reference/streaming, "Input bombs".
 * Worked example: `[{"a":1},{"a":},{"a":2}]` -> record 1:2, refused 1:15, record 1:17.
 */
import { ByteWindow } from './byte-window.ts';
import { findJsonFault } from './json-fault.ts';
import { OpenValue } from './open-value.ts';
import type { RecordSink } from './record-sink.ts';
import type { SourceLimits } from './source-limits.ts';

const LF = 0x0a;
const MAX_FAULTS = 3;

type Phase = 'between' | 'value' | 'scalar' | 'after' | 'next-line';

/**
 * Where we are in a top-level array: not in one; behind `[`; where an element must come; behind an element; at the
 * start of a line after a fault.
 */
type ArrayState = 'none' | 'opened' | 'element' | 'comma' | 'resumed';

/** What the rest of the stream is to be read as: lines, or lines that are elements of an array. */
export type HandOver = 'lines' | 'elements';

export class JsonStructure {
  readonly #window: ByteWindow;
  readonly #sink: RecordSink;
  readonly #limits: SourceLimits;
  #phase: Phase = 'between';
  #array: ArrayState = 'none';
  #at: number;
  #line: number;
  #lineStart: number;
  /** The value being scanned. */
  #open = new OpenValue();
  #start = 0;
  #startLine = 0;
  #startLineStart = 0;
  #firstOnLine = true;
  /** A refused value that is only followed to its end. */
  #dropped = false;
  #parsed: unknown = undefined;
  #faults = 0;
  #handOver: HandOver | null = null;

  /** @param origin where the first byte stands in the input */
  constructor(sink: RecordSink, limits: SourceLimits, origin = { offset: 0, line: 1, lineStart: 0 }) {
    this.#window = new ByteWindow(origin.offset);
    this.#at = origin.offset;
    this.#line = origin.line;
    this.#lineStart = origin.lineStart;
    this.#sink = sink;
    this.#limits = limits;
  }

  /** Set once the rest is to be read by lines; `rest` and `origin` then say what is left. */
  get handOver(): HandOver | null {
    return this.#handOver;
  }

  get origin(): { offset: number; line: number; lineStart: number } {
    return { offset: this.#at, line: this.#line, lineStart: this.#lineStart };
  }

  rest(): Buffer {
    return this.#window.view(this.#at, this.#window.end);
  }

  /** @param chunk given away by the caller */
  push(chunk: Buffer): void {
    this.#window.append(chunk);
    this.#run();
    if (this.#phase === 'value' || this.#phase === 'scalar') this.#checkSize();
    const needed = (this.#phase === 'value' || this.#phase === 'scalar' || this.#phase === 'after') && !this.#dropped;
    this.#window.release(needed ? this.#start : this.#at);
  }

  /** The end of the input: settles what is open. */
  end(): void {
    while (this.#handOver === null) {
      this.#run();
      if (this.#handOver !== null || !this.#settle()) return;
    }
  }

  #run(): void {
    while (this.#at < this.#window.end && this.#handOver === null) {
      if (this.#phase === 'between') this.#between();
      else if (this.#phase === 'value') this.#value();
      else if (this.#phase === 'scalar') this.#scalar();
      else if (this.#phase === 'after') this.#after();
      else this.#nextLine();
    }
  }

  #byte(): number | undefined {
    return this.#window.bytes[this.#window.index(this.#at)];
  }

  /** Blanks, commas and brackets of a top-level array, up to the next value. */
  #between(): void {
    const byte = this.#byte();
    if (this.#blank(byte)) return;
    if (this.#array === 'none' && byte === 0x5b) {
      this.#array = 'opened';
      this.#at += 1;
    } else if (byte === 0x5d && this.#array !== 'none') {
      this.#closeArray();
    } else if (this.#array === 'comma') {
      this.#comma(byte);
    } else {
      this.#begin(byte);
    }
  }

  #blank(byte: number | undefined): boolean {
    if (byte === LF) this.#newline(this.#at);
    else if (byte !== 0x20 && byte !== 0x0d && byte !== 0x09) return false;
    this.#at += 1;
    return true;
  }

  #newline(at: number): void {
    this.#line += 1;
    this.#lineStart = at + 1;
    this.#firstOnLine = true;
  }

  #closeArray(): void {
    if (this.#array === 'element') this.#refuseHere('expected an element after the comma');
    this.#array = 'none';
    this.#at += 1;
    this.#firstOnLine = false;
  }

  #comma(byte: number | undefined): void {
    if (byte === 0x2c) {
      this.#array = 'element';
      this.#at += 1;
      return;
    }
    this.#refuseHere('expected , or ] after the element');
    if (this.#faulty()) return;
    // A forgotten comma costs no element; anything else costs the line.
    this.#array = 'element';
    if (byte !== 0x7b && byte !== 0x5b) this.#phase = 'next-line';
  }

  #refuseHere(text: string): void {
    this.#sink.refuse({ reason: 'not_json', text, ...this.#placeOf(this.#at) }, 0, null);
  }

  /** Counts a fault; true when it was the last that this scan may have. */
  #faulty(): boolean {
    this.#faults += 1;
    if (this.#faults < MAX_FAULTS) return false;
    this.#phase = 'next-line';
    return true;
  }

  #begin(byte: number | undefined): void {
    this.#start = this.#at;
    this.#startLine = this.#line;
    this.#startLineStart = this.#lineStart;
    this.#dropped = false;
    const container = byte === 0x7b || byte === 0x5b || byte === 0x22;
    this.#phase = container ? 'value' : 'scalar';
    this.#open.reset();
    if (!container) this.#at += 1;
  }

  #value(): void {
    const open = this.#open;
    const at = open.scan(this.#window.bytes, this.#window.index(this.#at), this.#window.index(this.#window.end));
    const reached = this.#at + at - this.#window.index(this.#at);
    if (open.lines > 0) {
      this.#line += open.lines;
      this.#lineStart = this.#at + open.lastLine + 1 - this.#window.index(this.#at);
    }
    this.#at = reached;
    if (open.deepest > this.#limits.depth && !this.#dropped) this.#tooDeep();
    if (open.state === 'closed') this.#closed();
    else if (open.state === 'broken') this.#broken();
  }
}
