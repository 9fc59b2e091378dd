/**
 * Reads the record batches of a fetched partition.
 *
 * What: a fetch brings whole batches, the last one perhaps cut. Of each the checksum is verified, the records are unpacked
 * within limits (codecs.ts) and given with their offsets. Records of control batches and of aborted transactions are left
 * out, as are those before the offset that was asked for: a batch is stored whole and comes whole.
 *
 * Why not the driver's reader: it verifies no checksum, unpacks without a limit, stands still before a batch that
 * compaction has emptied, and runs out of stack at 100,000 records a batch.
 *
 * A batch that cannot be read is not an error here: it gives one record, at its last offset, which says so. One bad batch of one
 * sender must not stop a reader for ever; who must have every byte makes an error of it.
 *
 * A fetch holds many batches, and a sender can make each of them as large as one may be. So all of a fetch become no more than that together: the
 * batch that passes it is the last that is read, and the others come with the next fetch.
 *
 * `next` is where to go on: behind the last whole batch, as its header says, whatever was left out or compacted away.
 *
 * Cost: a walk over the bytes, no copies; CRC-32C about 1.4 ns a byte (measured over 1 MiB, two shared cores). Worked example: asked for offset 7; a batch of 5-9
 * comes: records 7, 8, 9 and next = 10.
 * Source: Kafka's message format v2 (magic 2); KIP-98 for transactions.
 */
import { crc32c } from '@platformatic/wasm-utils';
import { CODECS, NotUnpacked, unpack, UNPACK_LIMITS, type UnpackLimits } from './codecs.ts';
import { RecordCursor } from './record-cursor.ts';

export interface FetchedRecord {
  offset: number;
  /** Milliseconds since the epoch; -1: none. */
  timestamp: number;
  /** Whether the broker set the timestamp, so that later records have later ones. */
  brokerTime: boolean;
  value: Buffer | null;
  headers: ReadonlyMap<string, Buffer>;
  /** Why the batch whose last offset this is could not be read; then there is no value. */
  unreadable: string | null;
}

/** A producer's transaction that was aborted: its records from the offset on do not count, up to its marker. */
export interface AbortedTransaction {
  producerId: bigint;
  firstOffset: number;
}

export interface BatchesRead {
  records: FetchedRecord[];
  next: number;
}

/** Bytes that came out of the batches of a fetch so far. */
export interface Unpacked {
  bytes: number;
}

/** Header of a batch up to its records; offset and length come before what the length counts. */
const HEADER_BYTES = 61;
const LENGTH_AT = 8;
const COUNTED_FROM = 12;
const MAGIC_AT = 16;
const CRC_AT = 17;
const ATTRIBUTES_AT = 21;
const MAGIC = 2;

const CODEC_BITS = 0x07;
const BROKER_TIME = 0x08;
const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;

/** The most records that a batch may hold; the broker's limit of 1 MiB has room for fewer, unless they are packed. */
const MAX_RECORDS = 1_000_000;

interface BatchHeader {
  base: number;
  /** Offset of its last record, also when compaction took that one. */
  last: number;
  attributes: number;
  firstTimestamp: number;
  maxTimestamp: number;
  producerId: bigint;
  count: number;
}

/**
 * Reads the batches of one partition of a fetch.
 * @param from the offset that was asked for
 * @param unpacked of other partitions of the same fetch, and then of this one too
 */
export function readBatches(
  bytes: Buffer,
  from: number,
  aborted: readonly AbortedTransaction[] = [],
  limits: UnpackLimits = UNPACK_LIMITS,
  unpacked: Unpacked = { bytes: 0 },
): BatchesRead {
  const records: FetchedRecord[] = [];
  const transactions = new Transactions(aborted);
  let next = from;
  for (let at = 0; at + HEADER_BYTES <= bytes.length;) {
    const end = at + COUNTED_FROM + bytes.readInt32BE(at + LENGTH_AT);
    if (end > bytes.length || unpacked.bytes >= limits.bytes) break;
    if (end < at + HEADER_BYTES) throw new RangeError('A record batch is shorter than its own header');
    const batch = bytes.subarray(at, end);
    const header = headerOf(batch);
    const counts = transactions.counts(header, () => controlKey(batch, header));
    if (counts && header.last >= from) unpacked.bytes += addRecords(records, batch, { header, from, limits });
    next = Math.max(next, header.last + 1);
    at = end;
  }
  return { records, next };
}

function headerOf(batch: Buffer): BatchHeader {
  const base = Number(batch.readBigInt64BE(0));
  return {
    base,
    last: base + batch.readInt32BE(23),
    attributes: batch.readInt16BE(ATTRIBUTES_AT),
    firstTimestamp: Number(batch.readBigInt64BE(27)),
    maxTimestamp: Number(batch.readBigInt64BE(35)),
    producerId: batch.readBigInt64BE(43),
    count: batch.readInt32BE(57),
  };
}

/** @returns how many bytes were unpacked */
function addRecords(
  records: FetchedRecord[],
  batch: Buffer,
  { header, from, limits }: { header: BatchHeader; from: number; limits: UnpackLimits },
): number {
  try {
    const plain = plainOf(batch, header, limits);
    const cursor = new RecordCursor(plain);
    const read = Array.from({ length: header.count }, () => recordAt(cursor, header));
    for (const record of read) if (record.offset >= from) records.push(record);
    return plain.length;
  } catch (cause) {
    if (!(cause instanceof NotUnpacked) && !(cause instanceof RangeError)) throw cause;
    const where = `the batch of offsets ${header.base} to ${header.last} cannot be read`;
    records.push({
      offset: header.last,
      timestamp: header.maxTimestamp,
      brokerTime: (header.attributes & BROKER_TIME) !== 0,
      value: null,
      headers: NO_HEADERS,
      unreadable: `${where}: ${cause.message}`,
    });
    return 0;
  }
}

function plainOf(batch: Buffer, header: BatchHeader, limits: UnpackLimits): Buffer {
  if (batch.readInt8(MAGIC_AT) !== MAGIC) throw new RangeError('it is in a format of before Kafka 0.11');
  if (batch.readUInt32BE(CRC_AT) !== crc32c(batch.subarray(ATTRIBUTES_AT)) >>> 0)
    throw new RangeError('its checksum does not match its bytes');
  if (header.count < 0 || header.count > MAX_RECORDS)
    throw new RangeError(`it says to hold ${header.count} records, and ${MAX_RECORDS} are allowed`);
  const codec = CODECS[header.attributes & CODEC_BITS];
  if (codec === undefined) throw new RangeError('its codec is unknown');
  return unpack(codec, batch.subarray(HEADER_BYTES), limits);
}

const NO_HEADERS: ReadonlyMap<string, Buffer> = new Map();

function recordAt(cursor: RecordCursor, header: BatchHeader): FetchedRecord {
  const length = cursor.varint();
  const end = cursor.at + length;
  cursor.skip(1);
  const timestampDelta = cursor.varint();
  const offset = header.base + cursor.varint();
  cursor.skip(Math.max(0, cursor.varint()));
  const value = cursor.bytes();
  const headers = headersAt(cursor);
  if (cursor.at !== end || length < 0) throw new RangeError('a record is not as long as it says');
  const brokerTime = (header.attributes & BROKER_TIME) !== 0;
  const timestamp = brokerTime ? header.maxTimestamp : header.firstTimestamp + timestampDelta;
  return { offset, timestamp, brokerTime, value, headers, unreadable: null };
}

function headersAt(cursor: RecordCursor): ReadonlyMap<string, Buffer> {
  const count = cursor.varint();
  if (count === 0) return NO_HEADERS;
  const headers = new Map<string, Buffer>();
  for (let i = 0; i < count; i++) {
    const key = cursor.bytes()?.toString() ?? '';
    const value = cursor.bytes();
    if (value !== null) headers.set(key, value);
  }
  return headers;
}

/** The key of a control record: version, then 0 = aborted, 1 = committed. */
function controlKey(batch: Buffer, header: BatchHeader): number {
  if (header.count < 1) return -1;
  const cursor = new RecordCursor(batch.subarray(HEADER_BYTES));
  cursor.varint();
  cursor.skip(1);
  cursor.varint();
  cursor.varint();
  const key = cursor.bytes();
  return key === null || key.length < 4 ? -1 : key.readInt16BE(2);
}

/** Which batches count: control batches never, and none of a transaction between its beginning and its abort marker. */
class Transactions {
  readonly #coming: AbortedTransaction[];
  readonly #aborted = new Set<bigint>();

  constructor(aborted: readonly AbortedTransaction[]) {
    this.#coming = aborted.toSorted((a, b) => a.firstOffset - b.firstOffset);
  }

  counts(header: BatchHeader, markerOf: () => number): boolean {
    for (let first = this.#coming[0]; first !== undefined && first.firstOffset <= header.last;) {
      this.#aborted.add(first.producerId);
      this.#coming.shift();
      first = this.#coming[0];
    }
    if ((header.attributes & CONTROL) !== 0) {
      if (markerOf() === 0) this.#aborted.delete(header.producerId);
      return false;
    }
    return (header.attributes & TRANSACTIONAL) === 0 || !this.#aborted.has(header.producerId);
  }
}
