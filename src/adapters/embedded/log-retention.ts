/**
 * Which segments go: whole ones, oldest first, as soon as they are too old or the log too large, and never one that
 * holds anything not committed.
 *
 * Age is the time since the *last write* to the segment, on the log's own clock, not that of its events: an event with a
 * wrong date would keep its segment for ever, or drop at once what a replay of old data has just brought.
 *
 * Worked example: segments of 10 MB ending at offsets 100, 200, 300 and an active one; committed 250, `maxBytes` 25 MB,
 * nothing old: the first two may go, and both do, since 40 and 30 MB are too much; the third waits for its commit.
 * Cost: a look at each dropped segment and one more.
 */
import type { Segment } from './log-segment.ts';

export interface RetentionQuestion {
  now: number;
  retentionMicros: number;
  /** Offset before which everything has had its effects. */
  committed: number;
  /** Bytes to come down to; Infinity when only age counts. */
  targetBytes: number;
}

/** How many of the segments, from the oldest on, are to be dropped; the last one is written to and stays. */
export function countToDrop(segments: readonly Segment[], question: RetentionQuestion): number {
  let bytes = segments.reduce((sum, { fileBytes }) => sum + fileBytes, 0);
  let count = 0;
  for (const segment of segments.slice(0, -1)) {
    const old = segment.writtenAt < question.now - question.retentionMicros;
    if (segment.end > question.committed || !(old || bytes > question.targetBytes)) break;
    bytes -= segment.fileBytes;
    count += 1;
  }
  return count;
}
