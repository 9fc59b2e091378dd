/**
 * Reads the log: `readLog` follows it from a position on, `scanLog` picks what meets a range of time.
 *
 * Following: records appended lately come from memory (log-tail.ts); older ones from the files, about a MiB at a time.
 * A reader that falls out of memory goes on in the file at the place it has reached; only its very first place has to
 * be found, by walking the segment from its beginning (64 MiB at the speed of the page cache). At the end it waits for the
 * writer's word; nothing polls.
 *
 * Scanning: a segment whose times do not meet the range is not opened. The others are read whole, into the same memory
 * again and again.
 *
 * Worked example: segments of 10:00-10:20, 10:15-10:40 and 10:40-11:00, range 10:30-10:35: the second one is read, and of
 * its records those that meet the range are given.
 */
import type { LogRange, LogRecord } from '../../ports/event-log.ts';
import { logCorrupt, logGone, logUnreadable } from './log-errors.ts';
import type { LogFile } from './log-files.ts';
import { SEGMENT_HEADER_BYTES } from './log-frame.ts';
import { recordMeets, type Segment } from './log-segment.ts';
import type { LogContext, LogState } from './log-state.ts';
import { FrameWalk } from './frame-walk.ts';

const SCAN_CHUNK_BYTES = 2 ** 20;

/** Where a reader stands: the record of `offset` begins at `position` of the segment. */
interface Place {
  segment: Segment;
  offset: number;
  position: number;
}

export async function* readLog(
  context: LogContext,
  state: LogState,
  from: number,
  signal: AbortSignal,
): AsyncGenerator<LogRecord[]> {
  const reader = new FileReader(context, state);
  let offset = from;
  try {
    while (!signal.aborted && !state.closed) {
      checkKept(context, state, offset);
      if (offset === state.end) {
        await state.changed(signal);
        continue;
      }
      const recent = state.tail.from(offset, context.batchBytes);
      const last = recent.at(-1);
      const records = last === undefined ? await reader.next(offset) : recent.map(({ record }) => record);
      offset += records.length;
      if (last !== undefined)
        await reader.jump({ segment: last.segment, offset, position: last.endPosition });
      yield records;
    }
  } finally {
    await reader.close();
  }
}

function checkKept({ folder }: LogContext, state: LogState, offset: number): void {
  if (offset < state.begin) throw logGone(folder, offset, state.begin);
  if (offset > state.end) {
    const what = `the log ends before offset ${state.end}, a reader was already at ${offset}`;
    const last = state.segments.at(-1);
    throw logCorrupt(last?.path ?? folder, last?.bytes ?? 0, what);
  }
}

/** Reads on in the files, from segment to segment. */
class FileReader {
  readonly #context: LogContext;
  readonly #state: LogState;
  #place: Place | null = null;
  #open: { segment: Segment; file: LogFile; walk: FrameWalk } | null = null;

  constructor(context: LogContext, state: LogState) {
    this.#context = context;
    this.#state = state;
  }

  /** The next records, at least one; the offset is one that the log holds. */
  async next(offset: number): Promise<LogRecord[]> {
    for (;;) {
      const { segment, walk } = await this.#openAt(offset);
      const records = await reading(this.#context, segment, () => walk.next(segment.bytes));
      if (records.length === 0)
        throw logCorrupt(segment.path, walk.position, `the record at offset ${walk.offset} cannot be read`);
      const wanted = records.filter((record) => record.offset >= offset);
      if (wanted.length > 0) return wanted;
    }
  }

  /** Lets go of what is open, and remembers where to go on. */
  async jump(place: Place): Promise<void> {
    this.#place = place;
    await this.close();
  }

  async close(): Promise<void> {
    const open = this.#open;
    this.#open = null;
    await open?.file.close();
  }

  async #openAt(offset: number): Promise<{ segment: Segment; walk: FrameWalk }> {
    const segment = this.#state.segmentOf(offset);
    if (segment === undefined) throw logGone(this.#context.folder, offset, this.#state.begin);
    if (this.#open?.segment === segment) return this.#open;
    await this.close();
    const file = await reading(this.#context, segment, () => this.#context.files.open(segment.path, 'read'));
    const here = this.#place?.segment === segment && this.#place.offset === offset ? this.#place : null;
    const start = here ?? { offset: segment.base, position: SEGMENT_HEADER_BYTES };
    const options = { chunkBytes: this.#context.batchBytes, reuse: false };
    this.#open = { segment, file, walk: new FrameWalk(file, { salt: segment.salt, ...start }, options) };
    return this.#open;
  }
}

/** Begins a scan: what the log holds now, however much is appended before it is read. */
export function scanLog(context: LogContext, state: LogState, range: LogRange): AsyncIterable<LogRecord[]> {
  const parts = state.segments
    .filter((segment) => segment.meets(range))
    .map((segment) => ({ segment, limit: segment.bytes }));
  return scanParts(context, parts, range);
}

async function* scanParts(
  context: LogContext,
  parts: readonly { segment: Segment; limit: number }[],
  range: LogRange,
): AsyncGenerator<LogRecord[]> {
  for (const { segment, limit } of parts) {
    const file = await reading(context, segment, () => context.files.open(segment.path, 'read'));
    for await (const records of walkSegment(context, file, segment, limit)) {
      const wanted = records.filter((record) => recordMeets(record, range));
      if (wanted.length > 0) yield wanted;
    }
  }
}

/**
 * Every record of an open segment up to a place, a chunk at a time, into the same memory; closes the file.
 * @throws CounterfoilError CF_LOG_CORRUPT when a frame before that place is not sound
 */
export async function* walkSegment(
  context: Pick<LogContext, 'folder'>,
  file: LogFile,
  segment: Segment,
  limit: number,
): AsyncGenerator<LogRecord[]> {
  try {
    const start = { salt: segment.salt, offset: segment.base, position: SEGMENT_HEADER_BYTES };
    const walk = new FrameWalk(file, start, { chunkBytes: SCAN_CHUNK_BYTES, reuse: true });
    while (walk.position < limit) {
      const records = await reading(context, segment, () => walk.next(limit));
      if (records.length === 0)
        throw logCorrupt(segment.path, walk.position, `the record at offset ${walk.offset} cannot be read`);
      yield records;
    }
  } finally {
    await file.close();
  }
}

/** Runs a file operation on a segment that retention may take away meanwhile. */
async function reading<T>(
  context: Pick<LogContext, 'folder'>,
  segment: Segment,
  operation: () => Promise<T>,
): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    if (segment.dropped) throw logGone(context.folder, segment.base, segment.end);
    throw logUnreadable(segment.path, error);
  }
}
