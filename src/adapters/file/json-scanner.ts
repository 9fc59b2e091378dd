/**
 * Reads a stream of JSON in whichever way it is written: first by structure, by lines once those are seen, and by
 * structure again where a printed record follows. Three faults in all, and it stays with lines.
 */
import { JsonLines } from './json-lines.ts';
import { JsonStructure, MAX_FAULTS } from './json-structure.ts';
import type { RecordSink } from './record-sink.ts';
import type { SourceLimits } from './source-limits.ts';
import { FIRST_SPOT, type Spot } from './spot.ts';
import { TextLines, type IsTextRecord } from './text-lines.ts';

/** What of a stream is known before it is read. */
export interface Expectation {
  /** Where the first byte stands: behind a byte order mark, if there was one. */
  from: Readonly<Spot>;
  /** Null: no line of text is a record. */
  isTextRecord: IsTextRecord | null;
  /** It is a log, whose records stand one to a line. */
  lines: boolean;
}

const JSON_ONLY: Expectation = { from: FIRST_SPOT, isTextRecord: null, lines: false };

export class JsonScanner {
  readonly #sink: RecordSink;
  readonly #limits: SourceLimits;
  readonly #isTextRecord: IsTextRecord | null;
  readonly #text: TextLines | null;
  #reader: JsonStructure | JsonLines;
  #faults = 0;

  constructor(
    sink: RecordSink,
    limits: SourceLimits,
    { from, isTextRecord, lines }: Expectation = JSON_ONLY,
  ) {
    this.#sink = sink;
    this.#limits = limits;
    this.#isTextRecord = isTextRecord;
    this.#text = isTextRecord === null ? null : new TextLines(sink, limits, isTextRecord);
    this.#reader = lines ? this.#lines(from, false) : this.#structure(from);
  }

  /** @param chunk given away by the caller */
  push(chunk: Buffer): void {
    this.#reader.push(chunk);
    while (this.#changeOver());
  }

  end(): void {
    do this.#reader.end();
    while (this.#changeOver());
  }

  /** Gives what is left to the other reader, where this one asks for it. */
  #changeOver(): boolean {
    const from = this.#reader;
    if (from instanceof JsonStructure) {
      if (from.handOver === null) return false;
      this.#faults = from.faults;
      this.#reader = this.#lines(from.spot, from.handOver === 'elements');
    } else {
      if (!from.handBack) return false;
      this.#reader = this.#structure(from.spot);
    }
    this.#reader.push(from.rest());
    return true;
  }
  #lines(from: Spot, elements: boolean): JsonLines {
    const mayHandBack = !elements && this.#faults < MAX_FAULTS;
    return new JsonLines(this.#sink, this.#limits, from, { elements, mayHandBack, text: this.#text });
  }

  #structure(from: Spot): JsonStructure {
    return new JsonStructure(this.#sink, this.#limits, {
      from,
      faults: this.#faults,
      isTextRecord: this.#isTextRecord,
    });
  }
}
