/**
 * Reads the log of a data folder without a lock, while another process may be writing to it.
 *
 * What: opening looks at every segment once (a footer each; the last one, if it has none, is walked) and remembers where
 * the log ended. Reading gives what stood before that end, however much is appended meanwhile. Nothing is ever written,
 * cut or mended: an unfinished tail is somebody's write in flight, or waits for the next writer, who will cut it.
 *
 * Why that is safe beside a writer: frames are never changed once they are whole, the checksum says whether one is, and
 * retention only takes the oldest files away. A file that is gone when its turn comes is passed over and counted in
 * `gone`: who asks about a range says that the answer is not whole.
 *
 * Cost: two short reads a segment at opening, 64 MiB of frames for the last. Worked example: segments of offsets 0-99,
 * 100-199 and 200-; the writer is in the middle of 250: the reader ends at 250 and says that 9 kB were unfinished. While
 * it reads, retention takes the first: it gives 100-249, and `gone` is 1.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Instant } from '../../model/instant.ts';
import type { LogRange, LogRecord } from '../../ports/event-log.ts';
import { logCorrupt, logUnreadable, noLog } from './log-errors.ts';
import { NODE_FILES, type LogFile, type LogFiles } from './log-files.ts';
import { SEGMENT_HEADER_BYTES } from './log-frame.ts';
import { walkSegment } from './log-reader.ts';
import { countFrames, hasLaterBatch, readHeader, restoreFromFooter, segmentBases } from './log-recovery.ts';
import { recordMeets, segmentName, type Segment } from './log-segment.ts';

/** What the log held at opening. */
export interface LogExtent {
  /** Oldest offset kept, and the one after the last. */
  begin: number;
  end: number;
  segments: number;
  bytes: number;
  /** What stands behind the last whole record: a write in flight, or what a crash has left. */
  unfinishedBytes: number;
  /** Event time of the oldest record kept, where older ones were dropped; null: the log holds all it ever took. */
  keptFrom: Instant | null;
  /** Earliest and latest event time in it; null where it holds none. */
  earliest: Instant | null;
  latest: Instant | null;
}

/** Is told how many bytes were read, piece by piece. */
export type OnRead = (bytes: number) => void;

export interface EventLogReader {
  readonly extent: LogExtent;
  /** Segments that retention took away since the log was opened, and that were passed over. */
  readonly gone: number;
  /** As `EventLog.scan`. */
  scan(range: LogRange, onRead?: OnRead): AsyncIterable<LogRecord[]>;
  /** Every record in order, those without times too; bytes hold until the next batch is asked for. */
  records(onRead?: OnRead): AsyncIterable<LogRecord[]>;
  /** Bytes that a scan of the range reads. */
  bytesOf(range: LogRange): number;
}

/** Whether a data folder has a log, whatever its state. */
export function hasLog(directory: string): boolean {
  return existsSync(join(directory, 'log'));
}

/**
 * Opens the log of a data folder for reading.
 * @throws CounterfoilError CF_NO_LOG when there is none; CF_LOG_CORRUPT when something is damaged that was acknowledged
 */
export async function openEventLogReader(
  directory: string,
  files: LogFiles = NODE_FILES,
): Promise<EventLogReader> {
  const folder = join(directory, 'log');
  const bases = await segmentBases({ files, folder }).catch((cause: unknown) => {
    throw isMissing(cause) ? noLog(folder) : logUnreadable(folder, cause);
  });
  if (bases.length === 0) throw noLog(folder);
  let segments: Segment[] = [];
  let unfinishedBytes = 0;
  let gone = 0;
  for (const [i, base] of bases.entries()) {
    const looked = await lookAtSegment({ files, folder }, base, bases[i + 1] ?? null);
    if (looked === 'gone') {
      // Retention takes the oldest first: those before it are gone by now too.
      gone += segments.length + 1;
      segments = [];
    } else if (looked !== 'empty') {
      segments.push(looked.segment);
      unfinishedBytes = looked.unfinishedBytes;
    }
  }
  const reader = new FolderReader({ files, folder }, segments, gone);
  return await reader.measured(unfinishedBytes);
}

export interface Folder {
  files: LogFiles;
  folder: string;
}

export type Looked = { segment: Segment; unfinishedBytes: number } | 'gone' | 'empty';

/**
 * Looks at one segment.
 * @param next base of the segment behind it; null: it is the last
 * @throws CounterfoilError CF_LOG_CORRUPT
 */
export async function lookAtSegment(
  { files, folder }: Folder,
  base: number,
  next: number | null,
): Promise<Looked> {
  const path = join(folder, segmentName(base));
  const file = await openKept(files, path);
  if (file === null) return 'gone';
  try {
    const size = await file.size();
    const segment = await readHeader({ now: () => 0 }, file, path, base);
    if (segment === null && next === null && size <= SEGMENT_HEADER_BYTES) return 'empty';
    if (segment === null) throw logCorrupt(path, 0, 'its header cannot be read');
    const sealed = await restoreFromFooter(file, segment, size);
    if (!sealed) await countFrames(file, segment, size, next ?? Infinity);
    if (next !== null && segment.end !== next) {
      const what = `its records end before offset ${segment.end}, and the next file begins at ${next}`;
      throw logCorrupt(path, segment.bytes, what);
    }
    const unfinishedBytes = sealed || next !== null ? 0 : size - segment.bytes;
    if (unfinishedBytes > 0 && (await hasLaterBatch(file, segment, size))) {
      const what = `the record at offset ${segment.end} cannot be read, and later ones can`;
      throw logCorrupt(path, segment.bytes, what);
    }
    return { segment, unfinishedBytes };
  } catch (cause) {
    throw logUnreadable(path, cause);
  } finally {
    await file.close();
  }
}

/** Null when retention has taken the file. */
export async function openKept(files: LogFiles, path: string): Promise<LogFile | null> {
  try {
    return await files.open(path, 'read');
  } catch (cause) {
    if (isMissing(cause)) return null;
    throw logUnreadable(path, cause);
  }
}

function isMissing(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
}

class FolderReader implements EventLogReader {
  extent: LogExtent;
  gone: number;
  readonly #folder: Folder;
  readonly #segments: readonly Segment[];

  constructor(folder: Folder, segments: readonly Segment[], gone: number) {
    this.#folder = folder;
    this.#segments = segments;
    this.gone = gone;
    const from = segments.reduce((least, segment) => Math.min(least, segment.from), Infinity);
    const to = segments.reduce((most, segment) => Math.max(most, segment.to), -Infinity);
    this.extent = {
      begin: segments[0]?.base ?? 0,
      end: segments.at(-1)?.end ?? 0,
      segments: segments.length,
      bytes: segments.reduce((sum, { fileBytes }) => sum + fileBytes, 0),
      unfinishedBytes: 0,
      keptFrom: null,
      earliest: from <= to ? from : null,
      latest: from <= to ? to : null,
    };
  }

  /** Finds out from when on the log holds everything. */
  async measured(unfinishedBytes: number): Promise<this> {
    const keptFrom = this.extent.begin === 0 ? null : await this.#oldestTime();
    this.extent = { ...this.extent, unfinishedBytes, keptFrom };
    return this;
  }

  async #oldestTime(): Promise<Instant | null> {
    for await (const records of this.#walk(this.#segments))
      for (const { from, to } of records) if ((to ?? from) !== null) return to ?? from;
    return null;
  }

  async *scan(range: LogRange, onRead?: OnRead): AsyncGenerator<LogRecord[]> {
    for await (const records of this.#walk(this.#meeting(range), onRead)) {
      const wanted = records.filter((record) => recordMeets(record, range));
      if (wanted.length > 0) yield wanted;
    }
  }

  records(onRead?: OnRead): AsyncIterable<LogRecord[]> {
    return this.#walk(this.#segments, onRead);
  }

  bytesOf(range: LogRange): number {
    return this.#meeting(range).reduce((sum, { bytes }) => sum + bytes, 0);
  }

  #meeting(range: LogRange): Segment[] {
    return this.#segments.filter((segment) => segment.meets(range));
  }

  async *#walk(segments: readonly Segment[], onRead?: OnRead): AsyncGenerator<LogRecord[]> {
    for (const segment of segments) {
      const file = await openKept(this.#folder.files, segment.path);
      if (file === null) {
        this.gone += segment.dropped ? 0 : 1;
        segment.dropped = true;
        onRead?.(segment.bytes);
        continue;
      }
      for await (const records of walkSegment(this.#folder, file, segment, segment.bytes)) {
        yield records;
        onRead?.(records.reduce((sum, { value }) => sum + value.length, 0));
      }
    }
  }
}
