/**
 * Reads a stream of JSON in whichever way it is written: first by structure, by lines once those are seen, and by
 * structure again where a printed record follows. Three faults in all, and it stays with lines.
 */
import { JsonLines } from './json-lines.ts';
import { JsonStructure, MAX_FAULTS } from './json-structure.ts';
import type { RecordSink } from './record-sink.ts';
import type { SourceLimits } from './source-limits.ts';
import { FIRST_SPOT, type Spot } from './spot.ts';

export class JsonScanner {
  readonly #sink: RecordSink;
  readonly #limits: SourceLimits;
  #reader: JsonStructure | JsonLines;
  #faults = 0;

  /** @param from where the first byte stands: behind a byte order mark, if there was one */
  constructor(sink: RecordSink, limits: SourceLimits, from: Readonly<Spot> = FIRST_SPOT) {
    this.#sink = sink;
    this.#limits = limits;
    this.#reader = new JsonStructure(sink, limits, from);
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
      const elements = from.handOver === 'elements';
      const mayHandBack = !elements && this.#faults < MAX_FAULTS;
      this.#reader = new JsonLines(this.#sink, this.#limits, from.spot, elements, mayHandBack);
    } else {
      if (!from.handBack) return false;
      this.#reader = new JsonStructure(this.#sink, this.#limits, from.spot, this.#faults);
    }
    this.#reader.push(from.rest());
    return true;
  }
}
