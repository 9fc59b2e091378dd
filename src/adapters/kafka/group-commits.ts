/**
 * Writes how far the log was taken to a consumer group, so that the usual tools show its lag. Nobody reads it back: the position
 * that counts stands beside the facts. So the newest wins, a failure is only noted, and at most one is written a second.
 */
import type { KafkaConnection } from './connection.ts';
import { findCoordinator } from './find-coordinator.ts';
import { kafkaFailed } from './kafka-errors.ts';
import { pauseUnless } from './patience.ts';
import type { TopicAccess } from './topic-access.ts';

const EVERY_MS = 1_000;
/** A commit from outside of the group's members, which is taken while it has none. */
const NO_MEMBER = { groupGenerationId: -1, memberId: '' };

export class GroupCommits {
  readonly #connection: KafkaConnection;
  readonly #access: TopicAccess;
  readonly #of: { topic: string; partition: number; group: string };
  readonly #closed = new AbortController();
  #noted = 0;
  #written = 0;
  #writing: Promise<void> | null = null;

  constructor(
    connection: KafkaConnection,
    access: TopicAccess,
    of: { topic: string; partition: number; group: string },
  ) {
    this.#connection = connection;
    this.#access = access;
    this.#of = of;
  }

  /** Never goes back. */
  note(offset: number): void {
    this.#noted = Math.max(this.#noted, offset);
    if (this.#noted > this.#written && !this.#closed.signal.aborted) this.#writing ??= this.#writeAll();
  }

  async close(): Promise<void> {
    this.#closed.abort();
    await this.#writing;
  }

  async #writeAll(): Promise<void> {
    while (this.#noted > this.#written) {
      await pauseUnless(EVERY_MS, this.#closed.signal);
      const offset = this.#noted;
      await this.#write(offset).catch((error: unknown) => this.#note(error));
      this.#written = offset;
    }
    this.#writing = null;
  }

  async #write(offset: number): Promise<void> {
    const { topic, partition, group: groupId } = this.#of;
    const coordinator = await findCoordinator(this.#access.cluster, groupId);
    const topics = [{ topic, partitions: [{ partition, offset: String(offset) }] }];
    await coordinator.offsetCommit({ groupId, ...NO_MEMBER, topics });
  }

  #note(error: unknown): void {
    const { topic, partition, group } = this.#of;
    const failed = kafkaFailed(this.#connection.brokers, `to commit to group ${group}`, error);
    const text = failed instanceof Error ? failed.message : 'unknown';
    this.#connection.log({ name: 'kafka_commit_failed', level: 'warn', text, topic, partition });
  }
}
