/**
 * Splits a stream of bytes into JSON records where they do not stand one to a line: pretty-printed over many lines,
 * one after the other on a line, or elements of a top-level array, which are handed out one by one, so that an array of
 * 500 MB on one line needs the memory of one element.
 *
 * How: it knows strings, escapes and the stack of open brackets, byte by byte, resumable at any chunk border; a record
 * that closes goes to JSON.parse. What does not parse is refused at the byte where it stops being JSON, and the scan
 * goes on
 *   - in an array, where the element's brackets close: behind that element;
 *   - where an opening bracket begins a line although none may stand there: at that line, because the one before broke off;
 *   - where a line is a record in text, which may stand in no JSON: at that line;
 *   - else behind the line where the record went wrong.
 * Going back over bytes is bounded: after three faults, or one whole record on one line, it hands over to
 * `json-lines.ts`, which never goes back.
 *
 * Cost: O(1) a byte, plus JSON.parse; memory of one record. Source: RFC 8259; reference/streaming, "Input bombs".
 * Worked example: `[{"a":1},{"a":},{"a":2}]` -> record 1:2, refused 1:15, record 1:17.
 */
import type { RefusalReason } from '../../model/refusal.ts';
import { ByteWindow } from './byte-window.ts';
import { brokenBefore, judgeMalformed, type Verdict } from './json-verdict.ts';
import { OpenValue } from './open-value.ts';
import type { RecordSink } from './record-sink.ts';
import { recordTooLarge, type SourceLimits } from './source-limits.ts';
import { columnOf, type Spot } from './spot.ts';
import { TextLineLook } from './text-line-look.ts';
import type { IsTextRecord } from './text-lines.ts';

const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** Faults after which a file is read by lines for good. */
export const MAX_FAULTS = 3;
const BEHIND = { resume: null, skipLine: true, unfinished: false };

/**
 * between: before a value. text-line: at the start of a line that may be text. after: behind a value, on its line. fault: behind a
 * malformed one. next-line: on the way to the next line, after a fault.
 */
type Phase = 'between' | 'text-line' | 'value' | 'scalar' | 'after' | 'fault' | 'next-line';

const IN_RECORD: ReadonlySet<Phase> = new Set(['value', 'scalar', 'after', 'fault']);

/** Where we are in a top-level array; `resumed` is the start of a line after a fault. */
type ArrayState = 'none' | 'opened' | 'element' | 'comma' | 'resumed';

/** What the rest of the stream is to be read as: lines, or lines that are elements of an array. */
export type HandOver = 'lines' | 'elements';

/** What is known where it begins. */
export interface StructureStart {
  /** Where the first byte stands in the input. */
  from: Readonly<Spot>;
  /** How many faults there were before. */
  faults: number;
  /** Null: no line of text is a record. */
  isTextRecord: IsTextRecord | null;
}

export class JsonStructure {
  readonly #window: ByteWindow;
  readonly #sink: RecordSink;
  readonly #limits: SourceLimits;
  readonly #open: OpenValue;
  #phase: Phase = 'between';
  #array: ArrayState = 'none';
  #at: Spot;
  /** Where the value began that is being scanned, and whether it is the first one on its line. */
  #start: Spot;
  #alone = true;
  #startsLine = true;
  /** The value is refused already and only followed to its end. */
  #dropped = false;
  #parsed: unknown = undefined;
  #faults = 0;
  /** What is to be said of the value, unless a record in text cut it short. */
  #fault: { verdict: Verdict; closed: boolean; line: Spot } | null = null;
  #handOver: HandOver | null = null;

  readonly #look: TextLineLook | null;
  /** The start of the line that was found to be no text. */
  #noText = -1;
  /** More bytes are needed before anything can be said. */
  #waits = false;
  #ended = false;

  constructor(
    sink: RecordSink,
    limits: SourceLimits,
    { from, faults, isTextRecord }: Readonly<StructureStart>,
  ) {
    this.#window = new ByteWindow(from.offset);
    this.#sink = sink;
    this.#limits = limits;
    this.#look = isTextRecord === null ? null : new TextLineLook(isTextRecord, limits.recordBytes);
    this.#open = new OpenValue(limits.depth);
    this.#at = { ...from };
    this.#start = { ...from };
    this.#faults = faults;
  }

  /** Set once the rest is to be read by lines: the bytes `rest()`, which begin at `spot`. */
  get handOver(): HandOver | null {
    return this.#handOver;
  }

  get faults(): number {
    return this.#faults;
  }

  get spot(): Spot {
    return { ...this.#at };
  }

  rest(): Buffer {
    return this.#window.view(this.#at.offset, this.#window.end);
  }

  /** @param chunk given away by the caller */
  push(chunk: Buffer): void {
    this.#window.append(chunk);
    do this.#run();
    while (this.#oversized());
    this.#window.release(IN_RECORD.has(this.#phase) && !this.#dropped ? this.#start.offset : this.#at.offset);
  }

  /** The end of the input: settles what is open. */
  end(): void {
    this.#ended = true;
    do this.#run();
    while (this.#handOver === null && this.#settle());
  }

  #run(): void {
    this.#waits = false;
    while (this.#at.offset < this.#window.end && this.#handOver === null && !this.#waits) {
      if (this.#phase === 'between') this.#between();
      else if (this.#phase === 'text-line') this.#textLine();
      else if (this.#phase === 'value') this.#value();
      else if (this.#phase === 'scalar') this.#scalar();
      else if (this.#phase === 'after') this.#after();
      else if (this.#phase === 'fault') this.#settleFault();
      else this.#nextLine();
    }
  }

  #byte(): number | undefined {
    return this.#window.bytes[this.#window.index(this.#at.offset)];
  }

  #between(): void {
    const byte = this.#byte();
    if (this.#blank(byte)) return;
    if (this.#isToBeLookedAt()) this.#phase = 'text-line';
    else if (this.#array === 'none' && byte === OPEN_ARRAY) this.#step('opened');
    else if (this.#array === 'comma' && byte === COMMA) this.#step('element');
    else if (this.#array !== 'none' && byte === CLOSE_ARRAY) this.#closeArray();
    else if (this.#array === 'comma') this.#missingComma(byte);
    else this.#begin(byte);
  }

  #isToBeLookedAt(): boolean {
    if (this.#look === null) return false;
    const { offset, lineStart } = this.#at;
    return (this.#startsLine || offset === lineStart) && this.#noText !== offset;
  }

  /** A record in text makes the rest lines, this one included. A list that it stands in broke off. */
  #textLine(): void {
    const isText = this.#look?.isText(this.#window, this.#at.offset, this.#ended) ?? null;
    this.#waits = isText === null;
    if (isText === null) return;
    if (isText) {
      this.#endArray();
      this.#handOver = 'lines';
    }
    this.#noText = this.#at.offset;
    this.#phase = 'between';
  }

  #blank(byte: number | undefined): boolean {
    if (byte === LF) this.#newline();
    else if (byte === SPACE || byte === CR || byte === TAB) this.#at.offset += 1;
    else return false;
    return true;
  }

  /** Passes the line feed that it stands on. */
  #newline(): void {
    this.#at.offset += 1;
    this.#at.line += 1;
    this.#at.lineStart = this.#at.offset;
    this.#startsLine = true;
  }

  #step(array: ArrayState): void {
    this.#at.offset += 1;
    this.#array = array;
    this.#startsLine = false;
  }

  #closeArray(): void {
    if (this.#array === 'element')
      this.#refuse('not_json', 'expected an element after the comma', this.#at, 0);
    this.#step('none');
  }

  /** A forgotten comma before a bracket costs no element; anything else costs the rest of the line. */
  #missingComma(byte: number | undefined): void {
    this.#refuse('not_json', 'expected , or ] after the element', this.#at, 0);
    this.#faults += 1;
    if ((byte === OPEN_OBJECT || byte === OPEN_ARRAY) && this.#faults < MAX_FAULTS) this.#array = 'element';
    else this.#phase = 'next-line';
  }

  #begin(byte: number | undefined): void {
    this.#start = { ...this.#at };
    this.#alone = this.#startsLine;
    this.#dropped = false;
    this.#open.reset();
    this.#startsLine = false;
    const bracketed = byte === OPEN_OBJECT || byte === OPEN_ARRAY || byte === QUOTE;
    this.#phase = bracketed ? 'value' : 'scalar';
    if (!bracketed) this.#at.offset += 1;
  }

  #value(): void {
    const { bytes } = this.#window;
    const from = this.#window.index(this.#at.offset);
    const reached = this.#open.scan(bytes, from, this.#window.index(this.#window.end));
    if (this.#open.lines > 0) {
      this.#at.line += this.#open.lines;
      this.#at.lineStart = this.#at.offset + (this.#open.lastLine + 1 - from);
    }
    this.#at.offset += reached - from;
    if (this.#open.state === 'closed') this.#closed();
    else if (this.#open.state === 'broken') this.#broken();
    else if (this.#open.state === 'deep') this.#tooDeep();
  }

  #scalar(): void {
    for (; this.#at.offset < this.#window.end; this.#at.offset += 1) {
      if (endsScalar(this.#byte())) return this.#closed();
    }
  }

  #tooDeep(): void {
    const text = `nested deeper than ${this.#limits.depth} levels; flatten it, or raise limits.depth`;
    this.#refuse('too_deep', text, this.#at, 0);
    this.#dropped = true;
    this.#open.countOnly();
  }

  /** Brackets that do not match, or a line break in a string. */
  #broken(): void {
    if (this.#dropped) this.#phase = 'next-line';
    else this.#fail(this.#at.offset + 1, false);
  }

  /** The value ends here. */
  #closed(): void {
    const length = this.#at.offset - this.#start.offset;
    if (!this.#dropped && length > this.#limits.recordBytes) this.#tooLarge();
    if (this.#dropped) return this.#goOn();
    try {
      this.#parsed = this.#sink.parse(this.#window.text(this.#start.offset, this.#at.offset));
    } catch {
      return this.#fail(this.#at.offset, true);
    }
    if (this.#array === 'none') {
      this.#phase = 'after';
      return;
    }
    this.#emit();
    this.#goOn();
  }

  #goOn(): void {
    this.#phase = 'between';
    if (this.#array !== 'none') this.#array = 'comma';
  }

  #emit(): void {
    const { line } = this.#start;
    this.#sink.json(this.#parsed, line, columnOf(this.#start), this.#at.offset - this.#start.offset);
    this.#parsed = undefined;
  }

  /** Behind a record, on its line: nothing, or the next record. */
  #after(): void {
    const byte = this.#byte();
    if (byte === SPACE || byte === CR || byte === TAB) {
      this.#at.offset += 1;
    } else if (byte === LF) {
      this.#emit();
      const wholeLine = this.#alone && this.#start.line === this.#at.line;
      this.#newline();
      this.#phase = 'between';
      if (wholeLine) this.#handOver = 'lines';
    } else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
      this.#emit();
      this.#phase = 'between';
    } else {
      this.#refuse('not_json', 'expected nothing more on the line of the record', this.#at, 1);
      this.#faults += 1;
      this.#phase = 'next-line';
    }
  }

  #nextLine(): void {
    const lf = this.#window.view(this.#at.offset, this.#window.end).indexOf(LF);
    if (lf === -1) {
      this.#at.offset = this.#window.end;
      return;
    }
    this.#at.offset += lf;
    this.#newline();
    this.#resume();
  }

  /** At the start of a line after a fault. */
  #resume(): void {
    this.#phase = 'between';
    if (this.#array !== 'none') this.#array = 'resumed';
    if (this.#faults >= MAX_FAULTS) this.#handOver = this.#array === 'none' ? 'lines' : 'elements';
  }

  /** Refuses the value, which was scanned up to `end`, and goes on where the next one may begin. */
  #fail(end: number, closed: boolean): void {
    // `[2026-03-10 ...] text` is a line of a log and no array.
    if (this.#phase === 'scalar' && this.#array === 'opened') this.#array = 'none';
    const verdict = this.#judge(end, closed);
    this.#conclude(
      verdict ?? { reason: 'not_json', text: 'not a JSON record', place: this.#start, ...BEHIND },
      closed,
    );
  }

  #conclude(verdict: Verdict, closed: boolean): void {
    const { line, lineStart } = verdict.place;
    this.#fault = { verdict, closed, line: { offset: lineStart, line, lineStart } };
    this.#phase = 'fault';
    this.#settleFault();
  }

  /** What goes wrong may have swallowed records in text: it goes on at the first, and where that is what is wrong, broke off before it. */
  #settleFault(): void {
    if (this.#fault === null) return;
    const { verdict, closed, line } = this.#fault;
    const isText = verdict.resume === null ? this.#findText(line) : false;
    this.#waits = isText === null;
    if (isText === null) return;
    this.#fault = null;
    if (!isText) return this.#apply(verdict, closed);
    const broke = brokenBefore(this.#window, this.#start, line);
    this.#apply(line.line === verdict.place.line ? broke : { ...broke, ...blameOf(verdict) }, closed);
  }

  /** Moves a spot to the first line from there on, up to where was scanned, that is a record in text; null: more bytes are needed. */
  #findText(line: Spot): boolean | null {
    if (this.#look === null) return false;
    for (;;) {
      const isBehind = line.line > this.#start.line;
      const isText = isBehind && this.#look.isText(this.#window, line.offset, this.#ended);
      if (isText !== false) return isText;
      const lf = this.#window.view(line.offset, this.#window.end).indexOf(LF);
      if (lf === -1 || line.offset + lf >= this.#at.offset) return false;
      line.offset += lf + 1;
      line.lineStart = line.offset;
      line.line += 1;
    }
  }

  #judge(end: number, closed: boolean): Verdict | null {
    return judgeMalformed(this.#window, { start: this.#start, end, closed, inArray: this.#array !== 'none' });
  }

  #apply(verdict: Verdict, closed: boolean): void {
    const { resume } = verdict;
    this.#refuse(
      verdict.reason,
      verdict.text,
      verdict.place,
      (resume ?? this.#at).offset - this.#start.offset,
    );
    if (resume === null && closed && this.#array !== 'none') return this.#goOn();
    this.#faults += 1;
    if (resume !== null) this.#at = { ...resume };
    if (verdict.skipLine) this.#phase = 'next-line';
    else if (resume !== null) this.#resume();
    else this.#goOn();
  }

  /** A record over its limit, unless it is malformed already. True when the scan went back. */
  #oversized(): boolean {
    if (this.#dropped || (this.#phase !== 'value' && this.#phase !== 'scalar')) return false;
    if (this.#at.offset - this.#start.offset <= this.#limits.recordBytes) return false;
    const verdict = this.#judge(this.#at.offset, false);
    if (verdict === null || verdict.unfinished) {
      this.#tooLarge();
      return false;
    }
    this.#conclude(verdict, false);
    return this.#fault === null;
  }

  #tooLarge(): void {
    this.#refuse('too_large', recordTooLarge('the record', this.#limits), this.#start, 0);
    this.#dropped = true;
  }

  /** At the end of the input. True when there may be more to scan. */
  #settle(): boolean {
    if (this.#phase === 'scalar') {
      this.#closed();
    } else if (this.#phase === 'fault') {
      this.#settleFault();
    } else if (this.#phase === 'after') {
      this.#emit();
      this.#phase = 'between';
    } else if (this.#phase === 'value' && !this.#dropped) {
      this.#fail(this.#at.offset, false);
    } else {
      if (this.#phase === 'between') this.#endArray();
      return false;
    }
    return true;
  }

  #endArray(): void {
    if (this.#array !== 'none' && this.#array !== 'resumed')
      this.#refuse('truncated', 'the array is not closed', this.#at, 0);
    this.#array = 'none';
  }

  /** @param place where the record went wrong */
  #refuse(reason: RefusalReason, text: string, place: Spot, bytes: number): void {
    const record = this.#window.view(Math.max(this.#start.offset, this.#window.start), this.#window.end);
    this.#sink.refuse({ reason, text, line: place.line, column: columnOf(place) }, bytes, record);
  }
}

function blameOf({ reason, text, place }: Verdict): Pick<Verdict, 'reason' | 'text' | 'place'> {
  return { reason, text, place };
}

function endsScalar(byte: number | undefined): boolean {
  switch (byte) {
    case SPACE:
    case LF:
    case CR:
    case TAB:
    case QUOTE:
    case COMMA:
    case COLON:
    case OPEN_ARRAY:
    case CLOSE_ARRAY:
    case OPEN_OBJECT:
    case CLOSE_OBJECT:
      return true;
    default:
      return false;
  }
}
