/** Reads a stream of JSON in whichever way it is written: first by structure, by lines once those are seen. */
import { JsonLines } from './json-lines.ts';
import { JsonStructure } from './json-structure.ts';
import type { RecordSink } from './record-sink.ts';
import type { SourceLimits } from './source-limits.ts';
import { FIRST_SPOT, type Spot } from './spot.ts';

export class JsonScanner {
  readonly #sink: RecordSink;
  readonly #limits: SourceLimits;
  #reader: JsonStructure | JsonLines;

  /** @param from where the first byte stands: behind a byte order mark, if there was one */
  constructor(sink: RecordSink, limits: SourceLimits, from: Readonly<Spot> = FIRST_SPOT) {
    this.#sink = sink;
    this.#limits = limits;
    this.#reader = new JsonStructure(sink, limits, from);
  }

  /** @param chunk given away by the caller */
  push(chunk: Buffer): void {
    this.#reader.push(chunk);
    this.#changeOver();
  }

  end(): void {
    this.#reader.end();
    if (this.#changeOver()) this.#reader.end();
  }

  #changeOver(): boolean {
    const structure = this.#reader;
    if (!(structure instanceof JsonStructure) || structure.handOver === null) return false;
    this.#reader = new JsonLines(this.#sink, this.#limits, structure.spot, structure.handOver === 'elements');
    this.#reader.push(structure.rest());
    return true;
  }
}
