/**
 * Reads the answer to a fetch, version 11, partition by partition.
 *
 * The driver's reader throws away all partitions when one has an error, and reads records in its own way (record-batch.ts says why
 * that is not wanted). Errors stay with their partition here.
 *
 * Source: Kafka's protocol guide, Fetch response version 11.
 */
import { UNPACK_LIMITS } from './codecs.ts';
import { readBatches, type AbortedTransaction, type BatchesRead, type Unpacked } from './record-batch.ts';
import { ResponseReader } from './response-reader.ts';

/** One partition of an answer. */
export interface FetchedPartition extends BatchesRead {
  topic: string;
  partition: number;
  /** Of the protocol; 0: none. */
  error: number;
  /** Oldest offset kept. */
  begin: number;
  /** Offset after the last record, those of unfinished transactions included. */
  end: number;
}

/** What the driver reads of an answer besides. */
export interface FetchAnswer {
  clientSideThrottleTime: number;
  error: number;
  partitions: FetchedPartition[];
}

/**
 * Reads an answer.
 * @param askedFor offset that was asked for of a partition
 */
export function readFetchResponse(
  bytes: Buffer,
  askedFor: (topic: string, partition: number) => number,
): FetchAnswer {
  const reader = new ResponseReader(bytes);
  const clientSideThrottleTime = reader.int32();
  const error = reader.int16();
  reader.int32();
  const partitions: FetchedPartition[] = [];
  const unpacked = { bytes: 0 };
  for (let topics = reader.int32(); topics > 0; topics--) {
    const topic = reader.text();
    for (let count = reader.int32(); count > 0; count--)
      partitions.push(readPartition(reader, topic, askedFor, unpacked));
  }
  return { clientSideThrottleTime, error, partitions };
}

function readPartition(
  reader: ResponseReader,
  topic: string,
  askedFor: (topic: string, partition: number) => number,
  unpacked: Unpacked,
): FetchedPartition {
  const partition = reader.int32();
  const error = reader.int16();
  const end = reader.int64();
  reader.int64();
  const begin = reader.int64();
  const aborted: AbortedTransaction[] = [];
  for (let count = reader.int32(); count > 0; count--)
    aborted.push({ producerId: reader.bigInt64(), firstOffset: reader.int64() });
  reader.int32();
  const bytes = reader.bytes();
  const read = readBatches(bytes, askedFor(topic, partition), aborted, UNPACK_LIMITS, unpacked);
  return { topic, partition, error, begin, end, ...read };
}
