/**
 * Spans as packed rows that can be stored and sent: in the log, in the window, as witnesses of an event.
 *
 * What: columns as in packed-spans.ts, but as long as they need to be, and with identities of their own: an identity is
 * 8 bytes of the hash of its content, listed once in a dictionary at the front; a row has its number there. So a chunk means
 * the same in every process, whatever was seen before it.
 *
 *   0   version, rows, identities, 0          4 words
 *   16  identity ids                          8 bytes each
 *       start, end                            8 + 8 bytes a row
 *       trace, span                           16 + 8 bytes a row
 *       identity                              2 bytes a row, padded to 8
 *
 * Cost: 42 bytes a row and 8 an identity; reading allocates the column views only. Worked example: 25 rows of one pod
 * are 16 + 8 + 25 * 40 + 56 = 1,080 bytes.
 * Source: measured layouts in reference/streaming section 3.
 */
import { CounterfoilError } from '../model/errors.ts';
import type { Instant } from '../model/instant.ts';
import type { SpanColumns } from './packed-spans.ts';
import { hexWord, wordHex } from './key-table.ts';

const VERSION = 1;
const HEADER_BYTES = 16;
const ROW_BYTES = 40;
const MAX_IDENTITIES = 0xffff;

/** Rows whose identities are numbers of a dictionary of 16-digit identity ids. */
export interface SpanRows extends SpanColumns {
  dictionary: readonly string[];
}

/** Collects rows, growing as needed. */
export class SpanRowWriter {
  #capacity = 32;
  #length = 0;
  #start = new Float64Array(this.#capacity);
  #end = new Float64Array(this.#capacity);
  #trace = new Uint32Array(this.#capacity * 4);
  #span = new Uint32Array(this.#capacity * 2);
  #identity = new Uint16Array(this.#capacity);
  readonly #ordinals = new Map<string, number>();

  get length(): number {
    return this.#length;
  }

  /** Number of an identity in the dictionary. */
  intern(identityId: string): number {
    let ordinal = this.#ordinals.get(identityId);
    if (ordinal === undefined) {
      ordinal = this.#ordinals.size;
      if (ordinal >= MAX_IDENTITIES)
        throw new CounterfoilError('CF_OVER_LIMIT', `More than ${MAX_IDENTITIES} resources in one request`);
      this.#ordinals.set(identityId, ordinal);
    }
    return ordinal;
  }

  /** A row with ids as words, as the wire has them. */
  push(
    start: Instant,
    end: Instant,
    trace: ArrayLike<number>,
    span: ArrayLike<number>,
    identity: number,
  ): void {
    if (this.#length === this.#capacity) this.#grow();
    const at = this.#length;
    this.#start[at] = start;
    this.#end[at] = end;
    for (let word = 0; word < 4; word += 1) this.#trace[at * 4 + word] = trace[word] ?? 0;
    this.#span[at * 2] = span[0] ?? 0;
    this.#span[at * 2 + 1] = span[1] ?? 0;
    this.#identity[at] = identity;
    this.#length += 1;
  }

  /** Row `at` of other rows, whose identity is this number here. */
  copy(rows: SpanColumns, at: number, identity: number): void {
    if (this.#length === this.#capacity) this.#grow();
    const to = this.#length;
    this.#start[to] = rows.start[at] ?? 0;
    this.#end[to] = rows.end[at] ?? 0;
    for (let word = 0; word < 4; word += 1) this.#trace[to * 4 + word] = rows.trace[at * 4 + word] ?? 0;
    this.#span[to * 2] = rows.span[at * 2] ?? 0;
    this.#span[to * 2 + 1] = rows.span[at * 2 + 1] ?? 0;
    this.#identity[to] = identity;
    this.#length += 1;
  }

  #grow(): void {
    this.#capacity *= 2;
    this.#start = grown(this.#start, new Float64Array(this.#capacity));
    this.#end = grown(this.#end, new Float64Array(this.#capacity));
    this.#trace = grown(this.#trace, new Uint32Array(this.#capacity * 4));
    this.#span = grown(this.#span, new Uint32Array(this.#capacity * 2));
    this.#identity = grown(this.#identity, new Uint16Array(this.#capacity));
  }

  /** Takes back the last rows; identities stay, and do no harm. */
  truncate(length: number): void {
    this.#length = Math.min(this.#length, length);
  }

  pack(): Uint8Array {
    const dictionary = [...this.#ordinals.keys()];
    const rows = this.#length;
    const packed = new Uint8Array(sizeOf(rows, dictionary.length));
    new Uint32Array(packed.buffer, 0, 4).set([VERSION, rows, dictionary.length, 0]);
    const ids = new Uint32Array(packed.buffer, HEADER_BYTES, dictionary.length * 2);
    for (const [at, id] of dictionary.entries()) ids.set([hexWord(id, 0), hexWord(id, 8)], at * 2);
    const views = columnsAt(packed.buffer, 0, rows, dictionary.length);
    views.start.set(this.#start.subarray(0, rows));
    views.end.set(this.#end.subarray(0, rows));
    views.trace.set(this.#trace.subarray(0, rows * 4));
    views.span.set(this.#span.subarray(0, rows * 2));
    views.identity.set(this.#identity.subarray(0, rows));
    return packed;
  }
}

function grown<T extends Float64Array | Uint32Array | Uint16Array>(from: T, to: T): T {
  to.set(from);
  return to;
}

/**
 * The rows of a packed chunk; views of its bytes where they are aligned, of a copy where not.
 * @throws CounterfoilError CF_INTERNAL when the bytes are no chunk of this version
 */
export function unpackSpans(packed: Uint8Array): SpanRows {
  // A copy by the constructor: `slice` of a Buffer is a view.
  const bytes = packed.byteOffset % 8 === 0 ? packed : new Uint8Array(packed);
  const [version, rows = 0, identities = 0] = new Uint32Array(bytes.buffer, bytes.byteOffset, 4);
  if (version !== VERSION || bytes.length !== sizeOf(rows, identities))
    throw new CounterfoilError('CF_INTERNAL', 'Bytes that should be packed spans are none');
  const ids = new Uint32Array(bytes.buffer, bytes.byteOffset + HEADER_BYTES, identities * 2);
  const dictionary = Array.from(
    { length: identities },
    (_, at) => wordHex(ids[at * 2] ?? 0) + wordHex(ids[at * 2 + 1] ?? 0),
  );
  return { length: rows, dictionary, ...columnsAt(bytes.buffer, bytes.byteOffset, rows, identities) };
}

function sizeOf(rows: number, identities: number): number {
  return HEADER_BYTES + identities * 8 + rows * ROW_BYTES + Math.ceil((rows * 2) / 8) * 8;
}

function columnsAt(buffer: ArrayBufferLike, offset: number, rows: number, identities: number) {
  const start = offset + HEADER_BYTES + identities * 8;
  return {
    start: new Float64Array(buffer, start, rows),
    end: new Float64Array(buffer, start + rows * 8, rows),
    trace: new Uint32Array(buffer, start + rows * 16, rows * 4),
    span: new Uint32Array(buffer, start + rows * 32, rows * 2),
    identity: new Uint16Array(buffer, start + rows * 40, rows),
  };
}

/** Rows as they were packed: with the same dictionary, in the same order. */
export function packRows(rows: SpanRows): Uint8Array {
  const writer = new SpanRowWriter();
  for (const id of rows.dictionary) writer.intern(id);
  for (let at = 0; at < rows.length; at += 1) writer.copy(rows, at, rows.identity[at] ?? 0);
  return writer.pack();
}

/** The same rows with their identities as numbers of another table; without those that it does not have. */
export function renumbered(rows: SpanRows, ordinalOf: (identityId: string) => number | null): SpanColumns {
  const ordinals = rows.dictionary.map(ordinalOf);
  const known = ordinals.includes(null) ? keptRows(rows, (at) => (ordinals[at] ?? null) !== null) : rows;
  const numbers = known === rows ? ordinals : known.dictionary.map(ordinalOf);
  return { ...known, identity: Uint32Array.from(known.identity, (at) => numbers[at] ?? 0) };
}

/** @param keeps is asked for the number of an identity */
function keptRows(rows: SpanRows, keeps: (identity: number) => boolean): SpanRows {
  const writer = new SpanRowWriter();
  for (let at = 0; at < rows.length; at += 1) {
    const identity = rows.identity[at] ?? 0;
    if (keeps(identity)) writer.copy(rows, at, writer.intern(rows.dictionary[identity] ?? ''));
  }
  return unpackSpans(writer.pack());
}
