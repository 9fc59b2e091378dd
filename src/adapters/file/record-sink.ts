/** Where the scanners of one input put their records: a batch, with a limit on the refusals that keep their text. */
import { mayRound, parseExactly } from '../../model/exact-json.ts';
import type { Place } from '../../model/place.ts';
import type { RefusalReason } from '../../model/refusal.ts';
import type { RawRecord } from '../../ports/record-source.ts';

/** Bytes of a refused record that are shown to the redactor; more than an excerpt holds, so that no cut hides a number. */
const EXCERPT_SOURCE_BYTES = 1024;

const NO_DETAIL = 'refused like those before it; this input has so many refusals that no more texts are kept';

/** What is wrong with one record. */
export interface Fault {
  reason: RefusalReason;
  text: string;
  line: number;
  column: number;
}

/** Whether numbers that would be rounded are kept as text; `both`: for whoever finds out only later of what format a record is. */
export type Exactness = boolean | 'both';

export class RecordSink {
  readonly input: string;
  readonly #excerpt: (text: string) => string;
  readonly #keptRefusals: number;
  /** How JSON of this input is read. @throws SyntaxError */
  readonly parse: (text: string) => unknown;
  #batch: RawRecord[] = [];
  #refused = 0;
  /** By the exact value. */
  readonly #rounded = new WeakMap<object, unknown>();

  constructor(input: string, excerpt: (text: string) => string, keptRefusals: number, exact: Exactness) {
    const both = (text: string): unknown => this.#parseBoth(text);
    this.parse = exact === 'both' ? both : exact ? parseExactly : JSON.parse;
    this.input = input;
    this.#excerpt = excerpt;
    this.#keptRefusals = keptRefusals;
  }

  #parseBoth(text: string): unknown {
    const value = parseExactly(text);
    if (typeof value === 'object' && value !== null && mayRound(text))
      this.#rounded.set(value, JSON.parse(text));
    return value;
  }

  json(value: unknown, line: number, column: number, bytes: number): void {
    const rounded = typeof value === 'object' && value !== null ? this.#rounded.get(value) : undefined;
    const beside = rounded === undefined ? {} : { rounded };
    this.#batch.push({ kind: 'json', place: this.#place(line, column), value, bytes, ...beside });
  }

  text(text: string, line: number, column: number, bytes: number): void {
    this.#batch.push({ kind: 'text', place: this.#place(line, column), text, bytes });
  }

  /** @param payload owned by the record from here on */
  protobuf(payload: Uint8Array, offset: number): void {
    this.#batch.push({ kind: 'protobuf', place: this.#place(0, offset), payload, bytes: payload.length });
  }

  /** @param record the beginning of the record as far as it is text, or null */
  refuse(fault: Fault, bytes: number, record: Buffer | null): void {
    this.#refused += 1;
    const keep = this.#refused <= this.#keptRefusals;
    const excerpt = keep && record !== null ? this.#excerpt(firstText(record)) : null;
    const text = keep ? fault.text : NO_DETAIL;
    const place = this.#place(fault.line, fault.column);
    this.#batch.push({ kind: 'refused', refusal: { reason: fault.reason, text, place, excerpt }, bytes });
  }

  /** What came since the last call. */
  take(): RawRecord[] {
    const batch = this.#batch;
    this.#batch = [];
    return batch;
  }

  #place(line: number, column: number): Place {
    return { input: this.input, line, column };
  }
}

function firstText(record: Buffer): string {
  return record.toString('utf8', 0, Math.min(record.length, EXCERPT_SOURCE_BYTES));
}
