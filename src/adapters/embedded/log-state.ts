/** What writer and readers of a log share: its segments, its bounds, and word of what has become durable. */
import type { Instant } from '../../model/instant.ts';
import type { LogEntry } from '../../ports/event-log.ts';
import type { LogFiles } from './log-files.ts';
import { frameBytes } from './log-frame.ts';
import type { Segment } from './log-segment.ts';
import { LogTail } from './log-tail.ts';

export interface LogContext {
  files: LogFiles;
  /** Where the segments are. */
  folder: string;
  now: () => Instant;
  /** A new salt for a segment, 32 bits. */
  salt: () => number;
  segmentBytes: number;
  maxBytes: number;
  retentionMicros: number;
  /** Most that a batch of a reader holds, but for a single larger record. */
  batchBytes: number;
}

export class LogState {
  /** Oldest first, never empty; the last one is written to. */
  readonly segments: Segment[];
  readonly tail: LogTail;
  committed = 0;
  closed = false;
  readonly #waiting = new Set<() => void>();

  constructor(segments: Segment[], tailBytes: number) {
    this.segments = segments;
    this.tail = new LogTail(tailBytes);
  }

  get begin(): number {
    return this.segments[0]?.base ?? 0;
  }

  get end(): number {
    return this.segments.at(-1)?.end ?? 0;
  }

  get bytes(): number {
    return this.segments.reduce((sum, { fileBytes }) => sum + fileBytes, 0);
  }

  /** The segment that holds an offset, or will. */
  segmentOf(offset: number): Segment | undefined {
    return this.segments.findLast(({ base }) => base <= offset);
  }

  /** Counts entries that have become durable behind each other, and wakes who waits for them. */
  advance(segment: Segment, entries: readonly LogEntry[], now: Instant): void {
    segment.writtenAt = now;
    let endPosition = segment.bytes;
    entries.forEach(({ value, from, to }, i) => {
      const record = { partition: 0, offset: segment.end + i, value, from, to };
      endPosition += frameBytes(record);
      this.tail.push({ record, segment, endPosition });
    });
    for (const entry of entries) segment.add(entry);
    this.wake();
  }

  wake(): void {
    for (const go of this.#waiting) go();
    this.#waiting.clear();
  }

  /** Resolves when more has become durable, the log was closed, or the signal was aborted. */
  async changed(signal: AbortSignal): Promise<void> {
    if (signal.aborted || this.closed) return;
    let go = (): void => undefined;
    const woken = new Promise<void>((resolve) => (go = resolve));
    this.#waiting.add(go);
    signal.addEventListener('abort', go, { once: true });
    await woken;
    this.#waiting.delete(go);
    signal.removeEventListener('abort', go);
  }
}
