/**
 * Opens the folder of a log as a crash or an orderly end has left it.
 *
 * What: sealed segments are taken at their footer's word, one short read each, so that 20 GB open at once. Only the
 * last one, if it is not sealed, is read whole: behind its last sound frame may stand what a crash cut short. That tail
 * was never acknowledged; it is cut off and counted. Damage anywhere else is never cut off: records that somebody was
 * promised would be lost without a word, so opening fails and says where.
 *
 * What is kept of the last batch is written and flushed once more. It may be in the page cache only, and even be marked
 * clean there: a process that died right after a failed flush leaves it so, and a flush alone would then do nothing. For
 * the same reason a last segment without records is made anew. Everything before the last batch was flushed before that
 * batch was begun.
 *
 * How a torn tail is told from damage in the last segment: see log-frame.ts. The search looks at every byte behind the
 * bad frame for a sound frame of a later batch; numbers that cannot be its offset end the look at once, so that this
 * costs nanoseconds a byte, after a crash only. (No more records fit behind the bad one than headers do.)
 *
 * Worked example: batches {10, 11} and {12, 13} follow each other, 12 is bad. 13 is sound, and its batch began at 12: a
 * torn write, both go. If instead 11 is bad: 12 is sound, and its batch began at 12 > 11, so 11 had been durable: damage.
 */
import { join } from 'node:path';
import { readFully, writeFully, type LogFile } from './log-files.ts';
import { FrameWalk } from './frame-walk.ts';
import { logCorrupt } from './log-errors.ts';
import {
  decodeFooter,
  decodeHeader,
  encodeFooter,
  FOOTER_BYTES,
  FORMAT_VERSION,
  FRAME_HEADER_BYTES,
  FrameChunk,
  SEGMENT_HEADER_BYTES,
} from './log-frame.ts';
import { baseOfName, createSegment, Segment, segmentName, type OpenSegment } from './log-segment.ts';
import type { LogContext } from './log-state.ts';

const CHUNK_BYTES = 2 ** 20;

export interface OpenedLog {
  segments: Segment[];
  active: OpenSegment;
  /** What a crash had left behind the last record, and was cut off. */
  truncatedBytes: number;
}

export async function openLog(context: LogContext): Promise<OpenedLog> {
  const { files, folder } = context;
  await files.makeFolder(folder);
  await files.syncFolder(join(folder, '..'));
  const bases = await segmentBases(context);
  const segments: Segment[] = [];
  for (const [i, base] of bases.entries()) {
    const next = bases[i + 1];
    if (next === undefined) return await openLast(context, segments, base);
    const segment = await openSealed(context, base, next);
    if (segment.end !== next) {
      const what = `its records end before offset ${segment.end}, and the next file begins at ${next}`;
      throw logCorrupt(segment.path, segment.bytes, what);
    }
    segments.push(segment);
  }
  return await openFresh(context, segments, 0, 0);
}

/** First offsets of the segments in a folder, in order. */
export async function segmentBases({
  files,
  folder,
}: Pick<LogContext, 'files' | 'folder'>): Promise<number[]> {
  const names = await files.list(folder);
  return names.flatMap((name) => baseOfName(name) ?? []).toSorted((a, b) => a - b);
}

/** Makes the segment that goes on at an offset. */
async function openFresh(
  context: LogContext,
  segments: Segment[],
  base: number,
  truncatedBytes: number,
): Promise<OpenedLog> {
  const { files, folder, salt, now } = context;
  const active = await createSegment(files, folder, base, salt(), now());
  return { segments: [...segments, active.segment], active, truncatedBytes };
}

/** A segment with others behind it. */
async function openSealed(context: LogContext, base: number, next: number): Promise<Segment> {
  const path = join(context.folder, segmentName(base));
  const file = await context.files.open(path, 'write');
  try {
    const size = await file.size();
    const segment = await readHeader(context, file, path, base);
    if (segment === null) throw logCorrupt(path, 0, 'its header cannot be read');
    if (!(await restoreFromFooter(file, segment, size))) await rebuildFooter(file, segment, size, next);
    return segment;
  } finally {
    await file.close();
  }
}

async function openLast(context: LogContext, segments: Segment[], base: number): Promise<OpenedLog> {
  const path = join(context.folder, segmentName(base));
  const file = await context.files.open(path, 'write');
  const opened = await closingOnError(file, async () => {
    const size = await file.size();
    const segment = await readHeader(context, file, path, base);
    // Its first batch is written when the header is durable: without a header it never held a record.
    if (segment === null && size > SEGMENT_HEADER_BYTES)
      throw logCorrupt(path, 0, 'its header cannot be read');
    if (segment === null) return { segment, truncatedBytes: size };
    if (size === SEGMENT_HEADER_BYTES) return { segment: null, truncatedBytes: 0 };
    if (await restoreFromFooter(file, segment, size)) return { segment, truncatedBytes: 0 };
    return { segment, truncatedBytes: await cutTornTail(file, segment, size) };
  });
  const { segment, truncatedBytes } = opened;
  // A sealed one is followed by a new one at the first append: a full disk must not keep a log from being read.
  if (segment !== null)
    return { segments: [...segments, segment], active: { segment, file }, truncatedBytes };
  await file.close();
  return await openFresh(context, segments, base, truncatedBytes);
}

async function closingOnError<T>(file: LogFile, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Null when the file does not begin with a header. */
export async function readHeader(
  context: Pick<LogContext, 'now'>,
  file: LogFile,
  path: string,
  base: number,
): Promise<Segment | null> {
  const bytes = new Uint8Array(SEGMENT_HEADER_BYTES);
  const header = decodeHeader(bytes.subarray(0, await readFully(file, bytes, 0)));
  if (header === null) return null;
  if (header.version !== FORMAT_VERSION)
    throw logCorrupt(path, 8, `format ${header.version} belongs to another version of Counterfoil`);
  if (header.base !== base)
    throw logCorrupt(path, 16, `it begins at offset ${header.base}, its name says ${base}`);
  return new Segment(path, header.salt, base, context.now());
}

/** Whether a sound footer stands at the end; the segment then has its counts. */
export async function restoreFromFooter(file: LogFile, segment: Segment, size: number): Promise<boolean> {
  const position = size - FOOTER_BYTES;
  if (position < SEGMENT_HEADER_BYTES) return false;
  const bytes = new Uint8Array(FOOTER_BYTES);
  await readFully(file, bytes, position);
  const footer = decodeFooter(bytes, segment.salt, position);
  if (footer !== null) segment.restore(footer);
  return footer !== null;
}

/**
 * Reads the frames of a segment into its counts, up to an offset or to the first frame that is not sound.
 * @returns where the last batch begins
 */
export async function countFrames(
  file: LogFile,
  segment: Segment,
  size: number,
  until: number,
): Promise<number> {
  const start = { salt: segment.salt, position: segment.bytes, offset: segment.base };
  const walk = new FrameWalk(file, start, { chunkBytes: CHUNK_BYTES, reuse: true });
  while (segment.end < until) {
    const records = await walk.next(size);
    if (records.length === 0) break;
    for (const record of records) if (record.offset < until) segment.add(record);
  }
  return walk.batchPosition;
}

/** A footer that cannot be read is written again, if all that it speaks of is there. */
async function rebuildFooter(file: LogFile, segment: Segment, size: number, next: number): Promise<void> {
  await countFrames(file, segment, size, next);
  if (segment.end !== next)
    throw logCorrupt(segment.path, segment.bytes, `the record at offset ${segment.end} cannot be read`);
  const { end, bytes: position, from, to, writtenAt } = segment;
  await file.truncate(position);
  await writeFully(file, [encodeFooter(segment.salt, { end, position, from, to, writtenAt })], position);
  await file.sync();
  segment.sealed = true;
}

/** Cuts off what stands behind the last sound frame; returns how much that was. */
async function cutTornTail(file: LogFile, segment: Segment, size: number): Promise<number> {
  const lastBatch = await countFrames(file, segment, size, Infinity);
  const torn = size - segment.bytes;
  if (torn > 0 && (await hasLaterBatch(file, segment, size))) {
    const what = `the record at offset ${segment.end} cannot be read, and later ones can`;
    throw logCorrupt(segment.path, segment.bytes, what);
  }
  // Also where nothing is torn: an earlier attempt may have got no further than the page cache.
  await file.truncate(segment.bytes);
  await writeAgain(file, lastBatch, segment.bytes);
  await file.sync();
  return torn;
}

async function writeAgain(file: LogFile, from: number, to: number): Promise<void> {
  for (let at = from; at < to; at += CHUNK_BYTES) {
    const bytes = new Uint8Array(Math.min(CHUNK_BYTES, to - at));
    await readFully(file, bytes, at);
    await writeFully(file, [bytes], at);
  }
}

/** Whether a sound frame of a later batch stands behind the place where the segment's frames end. */
export async function hasLaterBatch(file: LogFile, segment: Segment, size: number): Promise<boolean> {
  const window = new Uint8Array(CHUNK_BYTES + FRAME_HEADER_BYTES);
  const greatest = segment.end + (size - segment.bytes) / FRAME_HEADER_BYTES;
  for (let start = segment.bytes; start < size; start += CHUNK_BYTES) {
    const chunk = new FrameChunk(window.subarray(0, await readFully(file, window, start)));
    for (let at = 0; at + FRAME_HEADER_BYTES <= chunk.length; at += 1) {
      const offset = chunk.offsetAt(at);
      if (!(offset > segment.end && offset <= greatest && Number.isInteger(offset))) continue;
      const claim = chunk.claimAt(at);
      if (claim === null || start + at + claim > size || chunk.batchAt(at) <= segment.end) continue;
      const frame = new Uint8Array(claim);
      await readFully(file, frame, start + at);
      if (new FrameChunk(frame).recordAt(0, segment.salt) !== null) return true;
    }
  }
  return false;
}
