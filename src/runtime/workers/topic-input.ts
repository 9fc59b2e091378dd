/** Which input the records of a topic are of, and how a partition of it is numbered. */
import { emptyInputAccounts, type InputName } from '../../model/accounting.ts';
import type { Instant } from '../../model/instant.ts';
import type { Refusal } from '../../model/refusal.ts';
import type { TopicRecord } from '../../ports/topic-reader.ts';
import type { BuiltFrame } from '../live/frame-builder.ts';

export interface TopicInput {
  topic: string;
  input: InputName;
}

/** The body of a record, to be read as files and requests are. */
export interface RecordBody {
  input: InputName;
  name: string;
  bytes: Uint8Array;
  media: 'json' | 'protobuf';
}

/** What was read of a record, for who counts it. */
export interface ReadRecord extends Pick<BuiltFrame, 'account'> {
  input: InputName;
  media: RecordBody['media'];
  /** Its latest event time; null: it has none. */
  to: Instant | null;
}

/** What becomes of a record of a topic that nothing can be read from; null: it has a value. */
export function withoutValue(
  { value, unreadable }: TopicRecord,
  name: string,
): Pick<BuiltFrame, 'account' | 'refused'> | null {
  if (value !== null) return null;
  const account = { ...emptyInputAccounts(), records: 1 };
  // A tombstone says that a key is no more, which means nothing here.
  if (unreadable === undefined) return { account: { ...account, ignored: { tombstone: 1 } }, refused: [] };
  const place = { input: name, line: 0, column: 0 };
  const refusal: Refusal = { reason: 'unreadable', text: unreadable, place, excerpt: null };
  return { account: { ...account, dead_lettered: 1, refused: { [refusal.reason]: 1 } }, refused: [refusal] };
}

/** More than any broker gives one topic in practice. */
const MAX_PARTITIONS = 65_536;

/**
 * One number for a partition among all partitions of some topics: the same in every worker that has the same configuration.
 * @param topics in the order of the configuration
 */
export function partitionNumber(topics: readonly string[], topic: string, partition: number): number {
  return topics.indexOf(topic) * MAX_PARTITIONS + partition;
}

/** What a record is called in refusals and dead letters. */
export function recordName(topic: string, partition: number, offset: number): string {
  return `${topic}/${partition}@${offset}`;
}

/**
 * How the bytes of a record are to be read. The first byte of an OTLP message in protobuf is the tag of its first field, which is a
 * newline in text; so what follows decides: a length that fits, or not.
 */
export function mediaOf(bytes: Uint8Array): 'json' | 'protobuf' {
  const FIRST_FIELD = 0x0a;
  if (bytes[0] !== FIRST_FIELD) return isText(bytes[0]) ? 'json' : 'protobuf';
  let length = 0;
  for (let at = 1, scale = 1; at < Math.min(bytes.length, 6); at += 1, scale *= 128) {
    const byte = bytes[at] ?? 0;
    length += (byte & 0x7f) * scale;
    if (byte < 0x80) return at + 1 + length <= bytes.length ? 'protobuf' : 'json';
  }
  return 'json';
}

/** Brackets, and the white space that may stand before them. */
function isText(byte: number | undefined): boolean {
  return byte === 0x7b || byte === 0x5b || byte === 0x20 || byte === 0x09 || byte === 0x0d;
}
