/**
 * Takes the lines of an input that are records in text, of which somebody else says which those are, and joins what the container
 * runtime cut.
 *
 * The runtime writes a line that is too long for it in parts, each but the last marked `P`. Parts are joined only where they follow each
 * other directly, in one stream: what stands between them might belong to either. A record that never ends is handed on as
 * it is, still marked `P`, for its format to refuse. Parts are joined as bytes, since a cut may go through a character.
 *
 * Cost: a line that may be text is made text once. Memory: one record, at most limits.record_bytes with the heads of its lines.
 * Worked example: `T1 stdout P {"a":` LF `T2 stdout F 1}` LF -> one record `T1 stdout F {"a":1}`, at the first line.
 * Source: Kubernetes, CRI logging.
 */
import { parseRuntimeLine, type RuntimeLine } from '../../model/runtime-line.ts';
import { findJsonFault } from './json-fault.ts';
import type { RecordSink } from './record-sink.ts';
import { recordTooLarge, type SourceLimits } from './source-limits.ts';

const CR = 0x0d;
const QUOTE = 0x22;
const OPEN_ARRAY = 0x5b;
const OPEN_OBJECT = 0x7b;
/** `[pod/` of kubectl: no value of JSON begins so. */
const SMALL_P = 0x70;

/** Whether a line of text is a record by itself. */
export type IsTextRecord = (line: string) => boolean;

/** A line among the bytes of an input. */
export interface LineBytes {
  bytes: Buffer;
  /** What it holds, without blanks around it. */
  from: number;
  to: number;
  /** Where its line feed is. */
  end: number;
  line: number;
  column: number;
}

/** A record of which not all parts have come. */
interface Started {
  time: string;
  stream: string;
  line: number;
  column: number;
  contents: Buffer[];
  bytes: number;
  /** It is refused already, and its parts are only passed. */
  dropped: boolean;
}

export class TextLines {
  readonly #sink: RecordSink;
  readonly #limits: SourceLimits;
  readonly #isTextRecord: IsTextRecord;
  #started: Started | null = null;

  constructor(sink: RecordSink, limits: SourceLimits, isTextRecord: IsTextRecord) {
    this.#sink = sink;
    this.#limits = limits;
    this.#isTextRecord = isTextRecord;
  }

  /** True when the line is a record in text, or a part of something; else it is for others to read. */
  take(at: LineBytes): boolean {
    const { bytes, from, to } = at;
    if (!mayBeText(bytes[from], bytes[from + 1])) {
      this.settle();
      return false;
    }
    // Blanks at the end of a part stand in the middle of the record.
    const end = bytes[at.end - 1] === CR ? at.end - 1 : at.end;
    const text = bytes.toString('utf8', from, end);
    const line = parseRuntimeLine(text);
    if (line !== null && (line.partial || line.stream === this.#started?.stream)) {
      const head = Buffer.byteLength(text) - Buffer.byteLength(line.content);
      this.#addPart(at, line, {
        time: text.slice(0, text.indexOf(' ')),
        record: bytes.subarray(from, end),
        head,
      });
      return true;
    }
    this.settle();
    if (!this.#isTextRecord(text.trimEnd())) return false;
    this.#sink.text(text.trimEnd(), at.line, at.column, to - from);
    return true;
  }

  /** What has come in parts goes on no further. */
  settle(): void {
    if (this.#started !== null) this.#finish(this.#started, 'P');
  }

  #addPart(
    { line, column }: LineBytes,
    { stream, partial }: RuntimeLine,
    { time, record, head }: { time: string; record: Buffer; head: number },
  ): void {
    if (this.#started !== null && this.#started.stream !== stream) this.settle();
    this.#started ??= { time, stream, line, column, contents: [], bytes: 0, dropped: false };
    const started = this.#started;
    started.bytes += record.length;
    if (started.bytes > this.#limits.recordBytes) this.#drop(started, record);
    else started.contents.push(Buffer.from(record.subarray(head)));
    if (!partial) this.#finish(started, 'F');
  }

  #drop(started: Started, record: Buffer): void {
    if (started.dropped) return;
    const { line, column, bytes, contents } = started;
    const text = recordTooLarge('the record', this.#limits);
    this.#sink.refuse({ reason: 'too_large', text, line, column }, bytes, contents[0] ?? record);
    started.contents = [];
    started.dropped = true;
  }

  #finish({ time, stream, line, column, contents, bytes, dropped }: Started, mark: 'F' | 'P'): void {
    this.#started = null;
    if (dropped) return;
    const text = `${time} ${stream} ${mark} ${Buffer.concat(contents).toString('utf8')}`;
    if (this.#isTextRecord(text)) return this.#sink.text(text, line, column, bytes);
    const record = Buffer.from(text);
    const fault = findJsonFault(record, 0, record.length);
    this.#sink.refuse(
      { reason: 'not_json', text: fault?.text ?? '', line, column: column + (fault?.offset ?? 0) },
      bytes,
      record,
    );
  }
}

/** Neither an object nor a text in JSON, nor a list but for what begins like a time or a pod in brackets. */
export function mayBeText(first: number | undefined, second: number | undefined): boolean {
  if (first === OPEN_ARRAY)
    return second === SMALL_P || (second !== undefined && second >= 0x30 && second <= 0x39);
  return first !== OPEN_OBJECT && first !== QUOTE;
}
