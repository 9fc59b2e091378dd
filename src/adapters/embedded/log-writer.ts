/**
 * Appends to the log, many callers at once, each answered when its record is on the disk.
 *
 * Group commit: what arrives while a batch is written and flushed waits, and goes together in the next one: one
 * write and one flush, however many. So the time of a flush does not bound the rate, and nobody waits longer than two
 * of them. Nothing is delayed on purpose but by one turn of the event loop, in which the requests that have just come in
 * arrive.
 *
 * Failure: nothing of a batch whose write or flush failed is kept. After a failed flush the system has marked pages
 * clean that are not on the disk, and a second flush would say "done"; so the batch is never flushed again. The file
 * is opened anew, has to take and flush a probe, and is cut back to its last durable end before it is trusted; until then
 * every append is refused. A record that was refused comes back only if the process ends before the disk takes that cut.
 *
 * Worked example: A is being flushed when B, C, D arrive; they are one batch, C does not fit `maxBytes`: C is refused, B
 * and D are written. The flush fails: B and D are refused, file cut, probe. The next append takes B's offset.
 * Cost: O(1) per record besides its checksum; values are not copied.
 * Source: group commit after DeWitt et al. 1984; failed flushes: "Can Applications Recover from fsync Failures?",
 * Rebello et al., USENIX ATC 2020.
 */
import type { LogEntry, LogPosition } from '../../ports/event-log.ts';
import { writeFully } from './log-files.ts';
import { encodeBatch, FOOTER_BYTES, frameBytes, SEGMENT_HEADER_BYTES } from './log-frame.ts';
import { logFull, logOverBound } from './log-errors.ts';
import { countToDrop } from './log-retention.ts';
import { createSegment, sealSegment, type OpenSegment } from './log-segment.ts';
import type { LogContext, LogState } from './log-state.ts';

interface Waiting {
  entry: LogEntry;
  resolve: (position: LogPosition) => void;
  reject: (reason: unknown) => void;
}

/** One block of a disk: zeros are never a frame, should a crash leave them there. */
const PROBE = new Uint8Array(4_096);

export class LogWriter {
  readonly #context: LogContext;
  readonly #state: LogState;
  #active: OpenSegment;
  /** Bytes behind the durable end of the active file are unknown. */
  #doubtful = false;
  #waiting: Waiting[] = [];
  #gathering = false;
  /** The end of all work begun so far: one thing at a time changes segments. */
  #work: Promise<unknown> = Promise.resolve();

  constructor(context: LogContext, state: LogState, active: OpenSegment) {
    this.#context = context;
    this.#state = state;
    this.#active = active;
  }

  append(entry: LogEntry): Promise<LogPosition> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ entry, resolve, reject });
      if (this.#gathering) return;
      this.#gathering = true;
      void this.#inTurn(() => this.#commitWaiting());
    });
  }

  /** Drops what is old or too much. Returns how many segments went. */
  retain(): Promise<number> {
    return this.#inTurn(() => this.#drop(this.#context.maxBytes));
  }

  /** Waits for what was appended, and leaves the file clean. */
  close(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#doubtful) await this.#mend().catch(() => undefined);
      await this.#active.file.close().catch(() => undefined);
    });
  }

  async #inTurn<T>(action: () => Promise<T>): Promise<T> {
    const mine = this.#work.then(action);
    this.#work = mine.catch(() => undefined);
    return await mine;
  }

  async #commitWaiting(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    this.#gathering = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (let at = 0; at < waiting.length;) at += await this.#commitFrom(waiting, at);
  }

  /** Commits the next batch of those that wait; returns how many have their answer. */
  async #commitFrom(waiting: readonly Waiting[], at: number): Promise<number> {
    const first = waiting[at];
    if (first === undefined) return 1;
    try {
      await this.#makeReady(frameBytes(first.entry));
      if (!this.#hasRoom(frameBytes(first.entry))) {
        const { folder, maxBytes } = this.#context;
        first.reject(logOverBound(folder, maxBytes, this.#state.committed));
        return 1;
      }
    } catch (error) {
      // The disk does not take a thing: it would say the same to each of them.
      return this.#refuse(waiting.slice(at), error);
    }
    const batch = this.#batchFrom(waiting, at);
    try {
      await this.#write(batch);
    } catch (error) {
      this.#doubtful = true;
      // Before anyone is told, so that what is refused is really gone; if the disk does not take even that, the next
      // append tries again.
      await this.#mend().catch(() => undefined);
      return this.#refuse(batch, error);
    }
    return batch.length;
  }

  #refuse(waiting: readonly Waiting[], error: unknown): number {
    for (const { reject } of waiting) reject(logFull(this.#context.folder, error));
    return waiting.length;
  }

  /** Sees to it that the active segment can be trusted and has room, and that old ones make room. */
  async #makeReady(bytes: number): Promise<void> {
    if (this.#doubtful) await this.#mend();
    const { segment } = this.#active;
    const isEmpty = segment.bytes === SEGMENT_HEADER_BYTES;
    const fits = isEmpty || segment.bytes + bytes <= this.#context.segmentBytes;
    if (segment.sealed || !fits) await this.#roll();
    if (!this.#hasRoom(bytes)) await this.#drop(this.#context.maxBytes - bytes - FOOTER_BYTES);
  }

  #hasRoom(bytes: number): boolean {
    return this.#state.bytes + bytes + FOOTER_BYTES <= this.#context.maxBytes;
  }

  /** As many of those that wait as fit the active segment and the log, at least one: it was made ready for that. */
  #batchFrom(waiting: readonly Waiting[], at: number): Waiting[] {
    const { segmentBytes, maxBytes } = this.#context;
    const room = Math.min(
      segmentBytes - this.#active.segment.bytes,
      maxBytes - this.#state.bytes - FOOTER_BYTES,
    );
    const batch: Waiting[] = [];
    for (let i = at, bytes = 0; i < waiting.length; i += 1) {
      const next = waiting[i];
      if (next === undefined) break;
      bytes += frameBytes(next.entry);
      if (bytes > room && batch.length > 0) break;
      batch.push(next);
    }
    return batch;
  }

  async #write(batch: readonly Waiting[]): Promise<void> {
    const { segment, file } = this.#active;
    const entries = batch.map(({ entry }) => entry);
    const first = segment.end;
    await writeFully(file, encodeBatch(entries, first, segment.salt), segment.bytes);
    await file.sync();
    this.#state.advance(segment, entries, this.#context.now());
    batch.forEach(({ resolve }, i) => resolve({ partition: 0, offset: first + i }));
  }

  /** Seals the active segment and goes on in a new one; may be tried again after either step has failed. */
  async #roll(): Promise<void> {
    const { files, folder, salt, now, maxBytes } = this.#context;
    const { segment, file } = this.#active;
    if (!segment.sealed) {
      this.#doubtful = true;
      await sealSegment(this.#active);
      this.#doubtful = false;
    }
    const next = await createSegment(files, folder, segment.end, salt(), now());
    this.#state.segments.push(next.segment);
    this.#active = next;
    await file.close().catch(() => undefined);
    await this.#drop(maxBytes);
  }

  async #drop(targetBytes: number): Promise<number> {
    const { files, folder, now, retentionMicros } = this.#context;
    const { segments, committed } = this.#state;
    const count = countToDrop(segments, { now: now(), retentionMicros, committed, targetBytes });
    for (const segment of segments.slice(0, count)) {
      segment.dropped = true;
      await files.remove(segment.path);
      segments.shift();
      // One after the other, or a crash could leave the first and the third of three.
      await files.syncFolder(folder);
    }
    return count;
  }

  /** Brings the active file back to its durable end, and finds out whether it takes anything. */
  async #mend(): Promise<void> {
    const { path, bytes } = this.#active.segment;
    await this.#active.file.close().catch(() => undefined);
    const file = await this.#context.files.open(path, 'write');
    this.#active.file = file;
    try {
      await writeFully(file, [PROBE], bytes);
      await file.sync();
    } finally {
      // Also when it was refused: the last bytes of a full disk are not for zeros.
      await file.truncate(bytes);
      await file.sync();
    }
    this.#doubtful = false;
  }
}
