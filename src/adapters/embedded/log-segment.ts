/**
 * One segment file of the log: what is known of it, and how it is made and sealed.
 *
 * Life of a segment: *made* (header, flush of the file, flush of the folder), *active* (batches are written behind each
 * other), *sealed* (footer, flush), *dropped*. The next one is made only after the seal is durable: so at most the last
 * file of a folder is without a footer, and opening reads no other one whole.
 */
import { join } from 'node:path';
import type { LogEntry, LogRange } from '../../ports/event-log.ts';
import { writeFully, type LogFile, type LogFiles } from './log-files.ts';
import {
  encodeFooter,
  encodeHeader,
  FOOTER_BYTES,
  frameBytes,
  SEGMENT_HEADER_BYTES,
  type SegmentFooter,
} from './log-frame.ts';

const OFFSET_DIGITS = 16;
const SEGMENT_NAME = /^\d{16}\.log$/;

/** Named by its first offset, so that names in order are segments in order. */
export function segmentName(base: number): string {
  return `${String(base).padStart(OFFSET_DIGITS, '0')}.log`;
}

/** First offset that a name promises; null for a file that is none of ours. */
export function baseOfName(name: string): number | null {
  return SEGMENT_NAME.test(name) ? Number(name.slice(0, OFFSET_DIGITS)) : null;
}

export class Segment {
  readonly path: string;
  readonly salt: number;
  /** Offset of its first record. */
  readonly base: number;
  /** Offset after its last durable record. */
  end: number;
  /** Where its durable frames end. */
  bytes = SEGMENT_HEADER_BYTES;
  /** Least `from` and greatest `to` in it. */
  from = Infinity;
  to = -Infinity;
  /** When its last record was written. */
  writtenAt: number;
  sealed = false;
  dropped = false;

  constructor(path: string, salt: number, base: number, writtenAt: number) {
    this.path = path;
    this.salt = salt;
    this.base = base;
    this.end = base;
    this.writtenAt = writtenAt;
  }

  get fileBytes(): number {
    return this.bytes + (this.sealed ? FOOTER_BYTES : 0);
  }

  /** Counts a durable record that stands at the end. */
  add(entry: LogEntry): void {
    this.end += 1;
    this.bytes += frameBytes(entry);
    this.from = Math.min(this.from, entry.from ?? entry.to ?? Infinity);
    this.to = Math.max(this.to, entry.to ?? entry.from ?? -Infinity);
  }

  /** Takes over what a footer says. */
  restore(footer: SegmentFooter): void {
    this.end = footer.end;
    this.bytes = footer.position;
    this.from = footer.from;
    this.to = footer.to;
    this.writtenAt = footer.writtenAt;
    this.sealed = true;
  }

  meets(range: LogRange): boolean {
    return range.from <= range.to && this.from <= range.to && this.to >= range.from;
  }
}

/** Whether a record has times that meet the range; one without times meets none. */
export function recordMeets(entry: LogEntry, range: LogRange): boolean {
  const from = entry.from ?? entry.to;
  const to = entry.to ?? entry.from;
  return from !== null && to !== null && from <= range.to && to >= range.from;
}

export interface OpenSegment {
  segment: Segment;
  file: LogFile;
}

/** Makes an empty segment, durable with its name; one of the same name that never held a record is overwritten. */
export async function createSegment(
  files: LogFiles,
  folder: string,
  base: number,
  salt: number,
  now: number,
): Promise<OpenSegment> {
  const path = join(folder, segmentName(base));
  const file = await files.open(path, 'create');
  try {
    await writeFully(file, [encodeHeader(salt, base)], 0);
    await file.sync();
    await files.syncFolder(folder);
    return { segment: new Segment(path, salt, base, now), file };
  } catch (error) {
    await file.close().catch(() => undefined);
    throw error;
  }
}

/** Writes the footer and flushes it. */
export async function sealSegment({ segment, file }: OpenSegment): Promise<void> {
  const { end, bytes: position, from, to, writtenAt } = segment;
  const footer = encodeFooter(segment.salt, { end, position, from, to, writtenAt });
  await writeFully(file, [footer], position);
  await file.sync();
  segment.sealed = true;
}
