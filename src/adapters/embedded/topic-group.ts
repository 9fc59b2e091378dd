/**
 * A group of readers of in-memory topics: who owns which partition, and how far the group has come.
 *
 * When a member comes or goes, all give their partitions back: each is told, finishes what it is taking, and only when all have
 * are the partitions shared out again, one after the other over the members. A member that was lost is not waited for.
 */
import type { TopicRecord } from '../../ports/topic-reader.ts';

/** Where records are. */
export interface TopicTable {
  partitionsOf(topic: string): readonly (readonly TopicRecord[])[];
}

export interface TopicPartition {
  topic: string;
  partition: number;
}

export interface TopicGroupMember {
  readonly topics: readonly string[];
  /** Takes its partitions away; resolves when nothing of them is being taken any more. */
  giveBack(): Promise<void>;
  own(partitions: readonly TopicPartition[]): void;
  wake(): void;
}

export class TopicGroup {
  readonly #table: TopicTable;
  readonly #members = new Set<TopicGroupMember>();
  readonly #next = new Map<string, number>();
  #sharing: Promise<void> = Promise.resolve();

  constructor(table: TopicTable) {
    this.#table = table;
  }

  /** Resolves when partitions are shared out with it. */
  async join(member: TopicGroupMember): Promise<void> {
    this.#members.add(member);
    await this.#share();
  }

  /** Resolves when partitions are shared out without it. */
  async leave(member: TopicGroupMember): Promise<void> {
    if (this.#members.delete(member)) await this.#share();
  }

  wake(): void {
    for (const member of this.#members) member.wake();
  }

  /** Next offset to be read. */
  positionOf({ topic, partition }: TopicPartition): number {
    return this.#next.get(`${topic} ${partition}`) ?? 0;
  }

  commit({ topic, partition }: TopicPartition, offset: number): void {
    this.#next.set(`${topic} ${partition}`, offset);
  }

  #share(): Promise<void> {
    this.#sharing = this.#sharing.then(() => this.#shareNow());
    return this.#sharing;
  }

  async #shareNow(): Promise<void> {
    const members = [...this.#members];
    await Promise.all(members.map((member) => member.giveBack()));
    const plan = new Map(members.map((member) => [member, [] as TopicPartition[]]));
    const topics = new Set(members.flatMap((member) => member.topics));
    let turn = 0;
    for (const topic of topics) {
      const readers = members.filter((member) => member.topics.includes(topic));
      for (const partition of this.#table.partitionsOf(topic).keys()) {
        const reader = readers[turn++ % readers.length];
        if (reader !== undefined) plan.get(reader)?.push({ topic, partition });
      }
    }
    for (const [member, partitions] of plan) if (this.#members.has(member)) member.own(partitions);
  }
}
