/**
 * One generation of a reader's group: from the moment that its partitions are known to the moment that they are given back.
 *
 * Four things go on at once, and none waits for another:
 *
 *  - fetching: one request to each broker, for those of its partitions that have room; a partition has one batch waiting and one
 *    being taken. Where a partition was left out for want of room, the broker may hold the request only
 *    briefly, so that the partition is asked for again soon;
 *  - taking: partitions side by side, `concurrency` at a time, one batch each;
 *  - a beat: heartbeats whatever the handler does, so that a slow batch never costs the membership; commits about once a second;
 *  - a probe, once a second, of partitions at their end.
 *
 * It ends when the group rebalances, the membership is lost, something fails, or the reader is stopped. At an end, what is being taken
 * is waited for, with heartbeats, and committed. Partitions that are taken away abort its signal first.
 *
 * Bounds: `bufferBytes` of values wait at most, and one fetch more.
 */
import type { Clock } from '../../ports/clock.ts';
import type { OwnedByReader, PartitionLag, TopicHandler } from '../../ports/topic-reader.ts';
import { protocolError } from './driver.ts';
import type { FetchedPartition } from './fetch-response.ts';
import type { GroupMember, Standing, TopicPartition } from './group-member.ts';
import { isTransient } from './kafka-errors.ts';
import type { OwnedPartition } from './owned-partition.ts';
import { pauseBefore, pauseUnless } from './patience.ts';
import { isOutOfRange, type TopicAccess } from './topic-access.ts';
import { Wake } from './wake.ts';

export interface SessionSettings {
  sessionMs: number;
  heartbeatMs: number;
  commitMs: number;
  probeMs: number;
  concurrency: number;
  partitionBytes: number;
  fetchBytes: number;
  bufferBytes: number;
}

export interface SessionParts {
  topics: readonly string[];
  access: TopicAccess;
  member: GroupMember;
  handler: TopicHandler;
  clock: Clock;
  settings: SessionSettings;
  /** Whether records may be handed out now. */
  isPaused: () => boolean;
  /** Where this group stood, the partition has nothing any more: it goes on elsewhere. */
  onJump: (partition: TopicPartition, from: number, to: number) => void;
}

/** Why a session is over. */
export type SessionEnd = { why: 'taken-away' } | { why: 'stopped' } | { why: 'failed'; error: unknown };

const HOLD_MS = 500;
const HOLD_BRIEFLY_MS = 25;
/** Attempts at the last commit, while the group's broker does not answer. */
const LAST_COMMITS = 5;
const NEVER = new AbortController().signal;
/** In place of a broker's number. */
const NO_LEADER = -1;
const LEADER_NOT_AVAILABLE = 5;

export class ReaderSession {
  readonly #parts: SessionParts;
  readonly #owned: readonly OwnedPartition[];
  /** Aborted when the session is over, for whatever reason. */
  readonly #over = new AbortController();
  readonly #takenAway = new AbortController();
  /** How many partitions each topic had when these were shared out. */
  readonly #counts: ReadonlyMap<string, number>;
  readonly #wake = new Wake();
  readonly #flights = new Map<number, Promise<void>>();
  #end: SessionEnd | null = null;
  #takes = 0;
  #pumpFrom = 0;
  #waitingBytes = 0;
  #lastBeat: number;
  #failures = 0;
  #committing: Promise<Standing> = Promise.resolve('member');

  constructor(parts: SessionParts, owned: readonly OwnedPartition[]) {
    this.#parts = parts;
    this.#owned = owned;
    const { access, topics } = parts;
    this.#counts = new Map(topics.map((topic) => [topic, access.partitions(topic).length]));
    this.#lastBeat = parts.clock.elapsedMs();
  }

  /** Until it is over. */
  async serve(): Promise<SessionEnd> {
    const finished = new AbortController();
    const beats = this.#beat(finished.signal);
    const probes = this.#probe();
    await this.#fetchAll();
    for (const partition of this.#owned) this.#waitingBytes -= partition.drop();
    while (this.#takes > 0) await this.#wake.next();
    await probes;
    finished.abort();
    await beats;
    await this.#commitLast();
    return this.#end ?? { why: 'stopped' };
  }

  stop(): void {
    this.#finish({ why: 'stopped' });
  }

  /** Something outside has changed: paused, resumed. */
  touch(): void {
    this.#pumpAll();
    this.#wake.call();
  }

  get owned(): readonly OwnedByReader[] {
    return this.#owned.map(({ topic, partition }) => ({ topic, partition }));
  }

  async lag(): Promise<PartitionLag[]> {
    const ends = await this.#offsetsAt('end').catch(async (error: unknown) => {
      // A reader that is held fetches nothing, and would not learn who leads a partition now.
      if (!isTransient(error)) throw error;
      await this.#parts.access.mend();
      return await this.#offsetsAt('end');
    });
    return [...ends].map(([{ topic, partition, done: position }, end]) => ({
      topic,
      partition,
      position,
      end,
    }));
  }

  /** Writes what is done and not committed, one commit after the other. */
  commit(): Promise<Standing> {
    this.#committing = this.#committing.then(() => this.#commitNow());
    return this.#committing;
  }

  /** What is not committed now is done twice. */
  async #commitLast(): Promise<void> {
    for (let attempt = 1; attempt <= LAST_COMMITS && (await this.commit()) === 'unknown'; attempt++) {
      await pauseUnless(pauseBefore(attempt), NEVER);
      await this.#parts.access.mend().catch(() => undefined);
    }
  }

  async #commitNow(): Promise<Standing> {
    const offsets = this.#owned
      .filter(({ done, committed }) => done !== committed)
      .map((partition) => ({ partition, offset: partition.done }));
    try {
      const standing = await this.#parts.member.commit(
        offsets.map(({ partition: { topic, partition }, offset }) => ({ topic, partition, offset })),
      );
      if (standing === 'member') for (const { partition, offset } of offsets) partition.committed = offset;
      this.#heed(standing);
      return standing;
    } catch (error) {
      this.#finish({ why: 'failed', error });
      return 'unknown';
    }
  }

  // --- fetching

  async #fetchAll(): Promise<void> {
    const { signal } = this.#over;
    while (!signal.aborted) {
      if (!this.#parts.isPaused() && this.#waitingBytes < this.#parts.settings.bufferBytes)
        for (const [node, partitions] of this.#byLeader())
          if (!this.#flights.has(node)) this.#fly(node, partitions);
      await this.#wake.next();
    }
    // What is still on its way is dropped when it comes.
  }

  /** Partitions with room, by the broker to ask; those whose leader is not known are looked up by a failing fetch. */
  #byLeader(): Map<number, OwnedPartition[]> {
    const ready = this.#owned.filter((partition) => partition.hasRoom && !partition.fetching);
    return Map.groupBy(
      ready,
      ({ topic, partition }) => this.#parts.access.leader(topic, partition) ?? NO_LEADER,
    );
  }

  #fly(node: number, partitions: readonly OwnedPartition[]): void {
    for (const partition of partitions) partition.fetching = true;
    const flight = this.#fetch(node, partitions).finally(() => {
      for (const partition of partitions) partition.fetching = false;
      this.#flights.delete(node);
      this.#wake.call();
    });
    this.#flights.set(node, flight);
  }

  async #fetch(node: number, partitions: readonly OwnedPartition[]): Promise<void> {
    const { access, settings } = this.#parts;
    const turns = partitions.map(({ turn }) => turn);
    const isLeftOut = this.#owned.some((partition) => !partition.hasRoom);
    try {
      if (node === NO_LEADER) throw protocolError(LEADER_NOT_AVAILABLE);
      const wanted = partitions.map(({ topic, partition, fetchFrom }) => ({
        topic,
        partition,
        offset: fetchFrom,
      }));
      const fetched = await access.fetch(node, wanted, {
        partitionBytes: settings.partitionBytes,
        totalBytes: settings.fetchBytes,
        waitMs: isLeftOut ? HOLD_BRIEFLY_MS : HOLD_MS,
      });
      if (this.#over.signal.aborted) return;
      this.#checkCount();
      for (const [i, partition] of partitions.entries()) {
        const part = fetched.find(
          (one) => one.topic === partition.topic && one.partition === partition.partition,
        );
        if (part !== undefined && partition.turn === turns[i]) await this.#add(partition, part);
      }
      this.#failures = 0;
    } catch (error) {
      await this.#failedFetch(error);
    }
  }

  async #add(partition: OwnedPartition, fetched: FetchedPartition): Promise<void> {
    if (isOutOfRange(fetched)) return await this.#jump(partition);
    this.#waitingBytes += partition.add(fetched);
    this.#pump(partition);
  }

  /** Where a partition does not keep the offset any more, it goes on at what it keeps; said, not silent. */
  async #jump(partition: OwnedPartition): Promise<void> {
    // What is being taken ends first; the broker answers at once, however often it is asked.
    if (!partition.isSettled) return await pauseUnless(HOLD_BRIEFLY_MS, this.#over.signal);
    const { topic } = partition;
    const begins = await this.#parts.access.offsets(topic, [partition.partition], 'begin');
    const to = begins.get(partition.partition) ?? 0;
    this.#parts.onJump(partition, partition.done, to);
    partition.setTo(to);
  }

  /** More partitions than before: the group shares them out anew. */
  #checkCount(): void {
    const { access } = this.#parts;
    for (const [topic, count] of this.#counts)
      if (access.partitions(topic).length !== count) this.#finish({ why: 'taken-away' });
  }

  async #failedFetch(cause: unknown): Promise<void> {
    if (this.#over.signal.aborted) return;
    if (!isTransient(cause)) return this.#finish({ why: 'failed', error: cause });
    this.#failures += 1;
    this.#parts.access.noteRetry('to fetch records', cause, this.#failures);
    await pauseUnless(pauseBefore(this.#failures), this.#over.signal);
    await this.#parts.access.mend().catch(() => undefined);
  }

  // --- taking

  /** Begins where it ended last, so that no partition waits for ever behind busier ones. */
  #pumpAll(): void {
    const from = this.#pumpFrom;
    this.#pumpFrom = (from + 1) % Math.max(1, this.#owned.length);
    for (const partition of [...this.#owned.slice(from), ...this.#owned.slice(0, from)])
      this.#pump(partition);
  }

  #pump(partition: OwnedPartition): void {
    const { settings, isPaused } = this.#parts;
    if (this.#over.signal.aborted || isPaused() || partition.taking || !partition.isWaiting) return;
    if (this.#takes >= settings.concurrency) return;
    this.#takes += 1;
    partition.taking = true;
    void this.#take(partition).finally(() => {
      this.#takes -= 1;
      partition.taking = false;
      this.#pumpAll();
      this.#wake.call();
    });
  }

  async #take(partition: OwnedPartition): Promise<void> {
    const next = partition.next();
    if (next === undefined) return;
    const { turn } = partition;
    this.#waitingBytes -= next.bytes;
    this.#wake.call();
    try {
      await this.#parts.handler.take(next.batch, this.#takenAway.signal);
      if (partition.turn === turn) partition.done = next.batch.after.position;
    } catch (error) {
      if (!this.#takenAway.signal.aborted) this.#finish({ why: 'failed', error });
    }
  }

  // --- staying a member

  async #beat(finished: AbortSignal): Promise<void> {
    const { settings, clock, member } = this.#parts;
    let lastCommit = clock.elapsedMs();
    while (!finished.aborted) {
      await pauseUnless(Math.min(settings.heartbeatMs, settings.commitMs), finished);
      if (finished.aborted) break;
      const now = clock.elapsedMs();
      if (now - this.#lastBeat >= settings.heartbeatMs) await this.#beatOnce(member);
      if (now - lastCommit >= settings.commitMs && !this.#over.signal.aborted) {
        await this.commit();
        lastCommit = now;
      }
    }
  }

  async #beatOnce(member: GroupMember): Promise<void> {
    const { clock, settings } = this.#parts;
    try {
      const standing = await member.heartbeat();
      if (standing === 'member' || standing === 'rebalance') this.#lastBeat = clock.elapsedMs();
      this.#heed(standing);
    } catch (error) {
      this.#finish({ why: 'failed', error });
    }
    // The others have shared out its partitions by now, whether or not it was told.
    if (clock.elapsedMs() - this.#lastBeat > settings.sessionMs) this.#finish({ why: 'taken-away' });
  }

  #heed(standing: Standing): void {
    if (standing === 'rebalance' || standing === 'expelled') this.#finish({ why: 'taken-away' });
  }

  // --- probing

  async #probe(): Promise<void> {
    const { settings, clock, handler, isPaused } = this.#parts;
    const { signal } = this.#over;
    while (!signal.aborted) {
      await pauseUnless(settings.probeMs, signal);
      if (signal.aborted || isPaused()) continue;
      const asked = clock.now();
      try {
        for (const [partition, end] of await this.#offsetsAt('end')) {
          if (signal.aborted || !partition.isSettled || partition.done !== end) continue;
          await handler.idle(partition.topic, partition.partition, { position: end, end }, asked);
        }
      } catch (error) {
        if (!isTransient(error)) this.#finish({ why: 'failed', error });
      }
    }
  }

  async #offsetsAt(at: 'end' | number): Promise<Map<OwnedPartition, number>> {
    const offsets = new Map<OwnedPartition, number>();
    for (const [topic, partitions] of Map.groupBy(this.#owned, (one) => one.topic)) {
      const numbers = partitions.map(({ partition }) => partition);
      const found = await this.#parts.access.offsets(topic, numbers, at);
      for (const one of partitions) offsets.set(one, found.get(one.partition) ?? -1);
    }
    return offsets;
  }

  #finish(end: SessionEnd): void {
    this.#end ??= end;
    if (end.why === 'taken-away') this.#takenAway.abort();
    this.#over.abort();
    this.#wake.call();
  }
}
