/**
 * How an entry of the event log becomes records of a topic: one, or several parts when it is large.
 *
 * A topic takes records of about 1 MiB (max.message.bytes), an entry may have 64 MiB. A larger value is cut, and each part says in
 * its headers which one it is, of how many, of which entry, and at which offset the first part is. The entry's
 * position is the offset of its *last* part: at that moment all of it is there.
 *
 * Several workers append to one partition, so between the parts of one entry lie those of others, and a worker may die
 * in the middle. A reader therefore keeps nothing while it waits for the rest: it passes over every part but the last, and at a last one
 * goes back to the first and gathers. Parts without a last one are never looked at again, wherever a reader
 * begins, and no two readers can disagree.
 *
 * Cost: large entries are fetched twice. Worked example: 2 MB at 900 kB a part are three records, say at offsets 7, 8 and 11,
 * with another worker's 9 and 10 between: the entry is at 11, after those; a reader at 9 gives 9, 10, and for 11 reads 7 to 11.
 */
import { randomBytes } from 'node:crypto';
import type { LogEntry } from '../../ports/event-log.ts';
import type { Instant } from '../../model/instant.ts';

/** What a producer sends. */
export interface PartMessage {
  value: Buffer;
  headers: Record<string, string>;
}

/** What the headers of a part say. */
export interface PartMark {
  entry: string;
  /** From 0 on. */
  index: number;
  count: number;
  /** Offset of the first part; null in the first itself. */
  first: number | null;
}

const FROM = 'from';
const TO = 'to';
const PART = 'part';

/** Bytes that a record may need beside its value: key, headers, framing. */
export const RECORD_OVERHEAD_BYTES = 512;

/** The one record of an entry that need not be cut. */
export function wholeMessage({ value, from, to }: LogEntry): PartMessage {
  return { value: asBuffer(value), headers: timeHeaders(from, to) };
}

/** How many parts a value of so many bytes becomes; 1: it is not cut. */
export function partCount(bytes: number, partBytes: number): number {
  return Math.max(1, Math.ceil(bytes / partBytes));
}

/** Names one entry that is cut: no other part anywhere has it. */
export function newEntryName(): string {
  return randomBytes(12).toString('base64url');
}

/** One part of an entry. The times stand at the last, whose record is the entry's. */
export function partMessage(entry: LogEntry, mark: PartMark, partBytes: number): PartMessage {
  const { index, count, first } = mark;
  const at = index * partBytes;
  const times = index === count - 1 ? timeHeaders(entry.from, entry.to) : {};
  const part = `${mark.entry} ${index} ${count} ${first ?? ''}`;
  return { value: asBuffer(entry.value.subarray(at, at + partBytes)), headers: { ...times, [PART]: part } };
}

/**
 * What a record's headers say of its being a part; null: it is whole.
 * @throws RangeError when they say nothing that can be
 */
export function partMarkOf(headers: ReadonlyMap<string, Buffer>): PartMark | null {
  const header = headers.get(PART);
  if (header === undefined) return null;
  const [entry = '', index = '', count = '', first = ''] = header.toString('latin1').split(' ');
  const mark = {
    entry,
    index: Number(index),
    count: Number(count),
    first: first === '' ? null : Number(first),
  };
  const isSound = mark.index >= 0 && mark.index < mark.count && (mark.index === 0) === (mark.first === null);
  if (!isSound) throw new RangeError('a part of a large entry has headers that cannot be');
  return mark;
}

/** Event times of an entry, as its record's headers say. */
export function timesOf(headers: ReadonlyMap<string, Buffer>): { from: Instant | null; to: Instant | null } {
  return { from: instantOf(headers.get(FROM)), to: instantOf(headers.get(TO)) };
}

function instantOf(header: Buffer | undefined): Instant | null {
  return header === undefined ? null : Number(header.toString('latin1'));
}

function timeHeaders(from: Instant | null, to: Instant | null): Record<string, string> {
  return {
    ...(from === null ? {} : { [FROM]: String(from) }),
    ...(to === null ? {} : { [TO]: String(to) }),
  };
}

function asBuffer(value: Uint8Array): Buffer {
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}
