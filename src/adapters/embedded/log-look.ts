/**
 * Looks at the log of a data folder and says all that is wrong with it, where the reader (event-log-reader.ts) stops at
 * the first fault. Takes no lock and writes nothing; safe beside a writer for the same reasons.
 *
 * Every segment is looked at (header, footer), and then the frames of the newest ones up to a limit: old records matter less
 * by the hour, and 20 GB take a while. Cost: about 1 GB/s from the page cache.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { CounterfoilError } from '../../model/errors.ts';
import { MICROS_PER_MS, type Instant } from '../../model/instant.ts';
import type { LogRecord } from '../../ports/event-log.ts';
import { lookAtSegment, openKept, type Looked } from './event-log-reader.ts';
import { logUnreadable } from './log-errors.ts';
import { NODE_FILES } from './log-files.ts';
import { walkSegment } from './log-reader.ts';
import { segmentBases } from './log-recovery.ts';
import { segmentName, type Segment } from './log-segment.ts';

export interface LogLook {
  folder: string;
  segments: number;
  /** Oldest offset kept, and the one after the last that can be read. */
  begin: number;
  end: number;
  bytes: number;
  /** Of segments whose frames were not looked at. */
  unreadBytes: number;
  /** Behind the last whole record. */
  unfinishedBytes: number;
  /** Earliest and latest event time; null where it holds none. */
  earliest: Instant | null;
  latest: Instant | null;
  /** When the newest file was written, by the clock of the machine; 0 where none can be seen. */
  writtenAt: Instant;
  /** Each damaged place, with what to do. */
  damage: string[];
}

export interface LogLookOptions {
  /** How many bytes of frames are read. */
  maxBytes: number;
  /** Is told of each record that was read, of one segment in order; its bytes do not hold. */
  onRecord: (record: LogRecord) => void;
}

const DIR = 'log';

/** Null when the folder has no log. */
export async function lookAtLog(dir: string, options: LogLookOptions): Promise<LogLook | null> {
  const folder = join(dir, DIR);
  const look = { ...NOTHING, folder, damage: [] as string[] };
  const bases = await basesIn(folder, look.damage);
  if (bases === null) return null;
  const segments: Segment[] = [];
  for (const [i, base] of bases.entries()) {
    const looked = await noting(look.damage, folder, () => lookAt(folder, base, bases[i + 1] ?? null));
    if (looked === null || looked === 'gone' || looked === 'empty') continue;
    segments.push(looked.segment);
    look.unfinishedBytes = looked.unfinishedBytes;
  }
  const unreadBytes = await readFrames(folder, segments.toReversed(), options, look.damage);
  return {
    ...look,
    ...extentOf(segments),
    begin: bases[0] ?? 0,
    unreadBytes,
    writtenAt: writtenAt(folder, bases),
  };
}

const NOTHING = { segments: 0, begin: 0, end: 0, bytes: 0, unfinishedBytes: 0, earliest: null, latest: null };

async function lookAt(folder: string, base: number, next: number | null): Promise<Looked> {
  return await lookAtSegment({ files: NODE_FILES, folder }, base, next);
}

/** Null when there is no such folder, or nothing in it. */
async function basesIn(folder: string, damage: string[]): Promise<number[] | null> {
  try {
    const bases = await segmentBases({ files: NODE_FILES, folder });
    return bases.length === 0 ? null : bases;
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && (cause.code === 'ENOENT' || cause.code === 'ENOTDIR'))
      return null;
    damage.push(logUnreadable(folder, cause).message);
    return [];
  }
}

/** @returns how many bytes were not read for the sake of the limit */
async function readFrames(
  folder: string,
  newestFirst: readonly Segment[],
  { maxBytes, onRecord }: LogLookOptions,
  damage: string[],
): Promise<number> {
  let left = maxBytes;
  let unread = 0;
  for (const segment of newestFirst) {
    if (segment.bytes > left) {
      unread += segment.bytes;
      continue;
    }
    left -= segment.bytes;
    await noting(damage, folder, () => readSegment(folder, segment, onRecord));
  }
  return unread;
}

async function readSegment(
  folder: string,
  segment: Segment,
  onRecord: (record: LogRecord) => void,
): Promise<void> {
  const file = await openKept(NODE_FILES, segment.path);
  if (file === null) return;
  for await (const records of walkSegment({ folder }, file, segment, segment.bytes))
    for (const record of records) onRecord(record);
}

/** Runs a look; what is damaged is noted, and gives null. */
async function noting<T>(damage: string[], folder: string, look: () => Promise<T>): Promise<T | null> {
  try {
    return await look();
  } catch (cause) {
    damage.push(cause instanceof CounterfoilError ? cause.message : logUnreadable(folder, cause).message);
    return null;
  }
}

function extentOf(
  segments: readonly Segment[],
): Pick<LogLook, 'segments' | 'end' | 'bytes' | 'earliest' | 'latest'> {
  const earliest = segments.reduce((least, { from }) => Math.min(least, from), Infinity);
  const latest = segments.reduce((most, { to }) => Math.max(most, to), -Infinity);
  return {
    segments: segments.length,
    end: segments.at(-1)?.end ?? 0,
    bytes: segments.reduce((sum, { fileBytes }) => sum + fileBytes, 0),
    earliest: earliest <= latest ? earliest : null,
    latest: earliest <= latest ? latest : null,
  };
}

function writtenAt(folder: string, bases: readonly number[]): Instant {
  const last = bases.at(-1);
  if (last === undefined) return 0;
  const stats = statSync(join(folder, segmentName(last)), { throwIfNoEntry: false });
  return Math.trunc(stats?.mtimeMs ?? 0) * MICROS_PER_MS;
}
