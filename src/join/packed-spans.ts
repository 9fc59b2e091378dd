/**
 * Spans as packed columns, so that the second pass of the batch join reads millions of them without an object each.
 *
 * A chunk is one byte array: an 8-byte header (number of spans) and six columns for CAPACITY spans, widest first so
 * that every column is aligned for a typed array. 44 bytes a span, against some 600 for an object with two ids:
 * 1 M spans are 44 MB. Transaction ids are not kept: they were resolved to bindings when the span was read.
 *
 * Worked example: span 3 of a chunk has its start at byte 8 + 3 * 8, its identity ordinal at
 * 8 + CAPACITY * (8 + 8 + 16 + 8) + 3 * 4.
 * Source: measured layouts in reference/streaming section 3.
 */
import type { SpanLog } from '../ports/span-log.ts';
import type { SpanRecord } from '../model/span-record.ts';
import { hexWord, wordHex } from './key-table.ts';

const CAPACITY = 8192;
const HEADER = 8;
const BYTES_PER_SPAN = 44;

/** One chunk, seen as its columns. */
export interface SpanColumns {
  length: number;
  start: Float64Array;
  end: Float64Array;
  /** Four words a span. */
  trace: Uint32Array;
  /** Two words a span. */
  span: Uint32Array;
  /** Ordinal of the identity in the identity table of the run. */
  identity: Uint32Array | Uint16Array;
}

/** The columns of a chunk; copies it first where the log returned it unaligned. */
export function columnsOf(chunk: Uint8Array): SpanColumns {
  const bytes = chunk.byteOffset % 8 === 0 ? chunk : chunk.slice();
  const { buffer, byteOffset } = bytes;
  let at = byteOffset + HEADER;
  const next = (bytesPerSpan: number): number => {
    const from = at;
    at += bytesPerSpan * CAPACITY;
    return from;
  };
  return {
    length: new Uint32Array(buffer, byteOffset, 1)[0] ?? 0,
    start: new Float64Array(buffer, next(8), CAPACITY),
    end: new Float64Array(buffer, next(8), CAPACITY),
    trace: new Uint32Array(buffer, next(16), CAPACITY * 4),
    span: new Uint32Array(buffer, next(8), CAPACITY * 2),
    identity: new Uint32Array(buffer, next(4), CAPACITY),
  };
}

/** Collects spans into chunks and hands full ones to the log. */
export class SpanPacker {
  readonly #log: SpanLog;
  #chunk: Uint8Array;
  #columns: SpanColumns;
  #length = 0;

  constructor(log: SpanLog) {
    this.#log = log;
    this.#chunk = new Uint8Array(HEADER + CAPACITY * BYTES_PER_SPAN);
    this.#columns = columnsOf(this.#chunk);
  }

  add(span: SpanRecord, identity: number): void {
    const at = this.#length;
    const { start, end, trace, span: ids, identity: identities } = this.#columns;
    start[at] = span.start;
    end[at] = span.end;
    for (let word = 0; word < 4; word += 1) trace[at * 4 + word] = hexWord(span.traceId, word * 8);
    ids[at * 2] = hexWord(span.spanId, 0);
    ids[at * 2 + 1] = hexWord(span.spanId, 8);
    identities[at] = identity;
    this.#length += 1;
    if (this.#length === CAPACITY) this.flush();
  }

  /** Row `at` of other columns, whose identity is this ordinal here. */
  copy(rows: SpanColumns, at: number, identity: number): void {
    const to = this.#length;
    const { start, end, trace, span, identity: identities } = this.#columns;
    start[to] = rows.start[at] ?? 0;
    end[to] = rows.end[at] ?? 0;
    for (let word = 0; word < 4; word += 1) trace[to * 4 + word] = rows.trace[at * 4 + word] ?? 0;
    for (let word = 0; word < 2; word += 1) span[to * 2 + word] = rows.span[at * 2 + word] ?? 0;
    identities[to] = identity;
    this.#length += 1;
    if (this.#length === CAPACITY) this.flush();
  }

  /** Hands over what is collected; call once after the last span. */
  flush(): void {
    if (this.#length === 0) return;
    new Uint32Array(this.#chunk.buffer, 0, 1)[0] = this.#length;
    this.#log.append(this.#chunk);
    this.#chunk = new Uint8Array(HEADER + CAPACITY * BYTES_PER_SPAN);
    this.#columns = columnsOf(this.#chunk);
    this.#length = 0;
  }
}

/** Lower-case hex of the trace id of span `at`. */
export function traceIdAt(columns: SpanColumns, at: number): string {
  let id = '';
  for (let word = 0; word < 4; word += 1) id += wordHex(columns.trace[at * 4 + word] ?? 0);
  return id;
}

/** Lower-case hex of the span id of span `at`. */
export function spanIdAt(columns: SpanColumns, at: number): string {
  return wordHex(columns.span[at * 2] ?? 0) + wordHex(columns.span[at * 2 + 1] ?? 0);
}
