/** Reads in-memory topics as one of a group. Positions are committed with the batch; all else is as the port says. */
import type { Clock } from '../../ports/clock.ts';
import type { Timers } from '../../ports/timers.ts';
import type {
  OwnedByReader,
  PartitionLag,
  TopicHandler,
  TopicReader,
  TopicRecord,
} from '../../ports/topic-reader.ts';
import type { TopicGroup, TopicGroupMember, TopicPartition, TopicTable } from './topic-group.ts';

interface MemoryReaderSettings {
  topics: readonly string[];
  batchRecords: number;
}

/** A partition while it is owned; another object when it is owned again. */
interface Owned extends TopicPartition {
  taking: boolean;
}

const PROBE_MS = 1_000;

export class MemoryTopicReader implements TopicReader, TopicGroupMember {
  readonly topics: readonly string[];
  readonly #table: TopicTable;
  readonly #group: TopicGroup;
  readonly #batchRecords: number;
  readonly #time: { clock: Clock; timers: Timers };
  #handler: TopicHandler | null = null;
  #owned: Owned[] = [];
  #takenAway = new AbortController();
  readonly #takes = new Set<Promise<void>>();
  #paused = false;
  #lost = false;
  readonly #gone = Promise.withResolvers<void>();
  readonly #ended = Promise.withResolvers<void>();
  #cancelProbe = (): void => undefined;

  constructor(
    table: TopicTable,
    group: TopicGroup,
    { topics, batchRecords }: MemoryReaderSettings,
    time: { clock: Clock; timers: Timers },
  ) {
    this.#table = table;
    this.#group = group;
    this.topics = topics;
    this.#batchRecords = batchRecords;
    this.#time = time;
    this.#ended.promise.catch(() => undefined);
  }

  async partitions(): Promise<ReadonlyMap<string, readonly number[]>> {
    return new Map(this.topics.map((topic) => [topic, [...this.#table.partitionsOf(topic).keys()]]));
  }

  async run(handler: TopicHandler): Promise<void> {
    this.#handler = handler;
    this.#probeLater();
    await this.#group.join(this);
    await this.#ended.promise;
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.wake();
  }

  owned(): readonly OwnedByReader[] {
    return this.#owned.map(({ topic, partition }) => ({ topic, partition }));
  }

  async lag(): Promise<PartitionLag[]> {
    return this.#owned.map(({ topic, partition }) => {
      const position = this.#group.positionOf({ topic, partition });
      return { topic, partition, position, end: this.#records({ topic, partition }).length };
    });
  }

  async stop(): Promise<void> {
    await this.#end(() => this.#ended.resolve());
  }

  /** As after a crash: it finishes nothing and says nothing. */
  lose(): void {
    this.#lost = true;
    this.#gone.resolve();
    this.#owned = [];
    this.#takes.clear();
    this.#cancelProbe();
    void this.#group.leave(this);
  }

  async giveBack(): Promise<void> {
    this.#owned = [];
    this.#takenAway.abort();
    await Promise.race([Promise.allSettled(this.#takes), this.#gone.promise]);
  }

  own(partitions: readonly TopicPartition[]): void {
    this.#takenAway = new AbortController();
    this.#owned = partitions.map((one) => ({ ...one, taking: false }));
    this.wake();
  }

  wake(): void {
    if (this.#paused) return;
    for (const owned of this.#owned) if (!owned.taking && this.#next(owned).length > 0) this.#begin(owned);
  }

  #records({ topic, partition }: TopicPartition): readonly TopicRecord[] {
    return this.#table.partitionsOf(topic)[partition] ?? [];
  }

  #next(owned: Owned): readonly TopicRecord[] {
    const position = this.#group.positionOf(owned);
    return this.#records(owned).slice(position, position + this.#batchRecords);
  }

  #begin(owned: Owned): void {
    owned.taking = true;
    const taking = this.#take(owned, this.#takenAway.signal).finally(() => {
      this.#takes.delete(taking);
      owned.taking = false;
      this.wake();
    });
    this.#takes.add(taking);
  }

  async #take(owned: Owned, signal: AbortSignal): Promise<void> {
    const { topic, partition } = owned;
    const records = this.#next(owned);
    const position = this.#group.positionOf(owned) + records.length;
    try {
      // Not before whoever appended goes on: a handler that fails at once must not fail an append.
      await Promise.resolve();
      const after = { position, end: this.#records(owned).length };
      await this.#handler?.take({ topic, partition, records, after }, signal);
      if (!this.#lost) this.#group.commit(owned, position);
    } catch (error) {
      if (!signal.aborted && !this.#lost) void this.#end(() => this.#ended.reject(error));
    }
  }

  #probeLater(): void {
    this.#cancelProbe = this.#time.timers.after(PROBE_MS, () => {
      void this.#probe().then(
        () => this.#probeLater(),
        (error: unknown) => this.#end(() => this.#ended.reject(error)),
      );
    });
  }

  async #probe(): Promise<void> {
    const asked = this.#time.clock.now();
    if (this.#paused) return;
    for (const owned of this.#owned) {
      const { topic, partition, taking } = owned;
      const end = this.#records(owned).length;
      if (taking || this.#group.positionOf(owned) !== end) continue;
      await this.#handler?.idle(topic, partition, { position: end, end }, asked);
    }
  }

  /** Takes nothing more, finishes what is being taken, and leaves. */
  async #end(settle: () => void): Promise<void> {
    this.#cancelProbe();
    this.#owned = [];
    await Promise.allSettled(this.#takes);
    await this.#group.leave(this);
    settle();
  }
}
