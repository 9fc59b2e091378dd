/**
 * Follows one partition from an offset on, without a group.
 *
 * While what was fetched is being worked on, the next fetch is on its way: two fetches are in memory, no more. An abort ends the
 * waiting at once; the broker's answer that is still to come is dropped.
 */
import type { FetchedPartition } from './fetch-response.ts';
import { isOutOfRange, type FetchSize, TopicAccess } from './topic-access.ts';
import type { KafkaConnection } from './connection.ts';
import { protocolError } from './driver.ts';
import { unlessAborted } from './patience.ts';

export interface PartitionOfTopic {
  topic: string;
  partition: number;
}

const LEADER_NOT_AVAILABLE = 5;

/** Where a partition begins and ends. */
export interface Bounds {
  begin: number;
  end: number;
}

export class PartitionReader {
  readonly access: TopicAccess;
  readonly #of: PartitionOfTopic;
  readonly #doing: string;
  readonly #size: FetchSize;

  constructor(connection: KafkaConnection, of: PartitionOfTopic, size: FetchSize) {
    this.access = new TopicAccess(connection, [of.topic]);
    this.#of = of;
    this.#size = size;
    this.#doing = `to read topic ${of.topic}`;
  }

  async bounds(): Promise<Bounds> {
    const { topic, partition } = this.#of;
    await this.access.open();
    return await this.access.patiently(this.#doing, async () => {
      const begins = await this.access.offsets(topic, [partition], 'begin');
      const ends = await this.access.offsets(topic, [partition], 'end');
      return { begin: begins.get(partition) ?? 0, end: ends.get(partition) ?? 0 };
    });
  }

  /**
   * Fetches from an offset on, one fetch after the other, empty ones included; ends when the signal is aborted.
   * The last one says `error` 1 when the offset is not, or no more, within what is kept.
   */
  async *from(offset: number, signal: AbortSignal): AsyncGenerator<FetchedPartition> {
    await this.access.open();
    let next = this.#fetch(offset, signal);
    for (;;) {
      const fetched = await unlessAborted(next, signal);
      if (fetched === null || signal.aborted) break;
      if (isOutOfRange(fetched)) {
        yield fetched;
        break;
      }
      next = this.#fetch(fetched.next, signal);
      // The caller may be gone by the time it fails.
      next.catch(() => undefined);
      yield fetched;
    }
  }

  #fetch(offset: number, signal: AbortSignal): Promise<FetchedPartition> {
    const { topic, partition } = this.#of;
    return this.access.patiently(
      this.#doing,
      async () => {
        const node = this.access.leader(topic, partition);
        if (node === null) throw protocolError(LEADER_NOT_AVAILABLE);
        const [fetched] = await this.access.fetch(node, [{ topic, partition, offset }], this.#size);
        if (fetched === undefined) throw protocolError(LEADER_NOT_AVAILABLE);
        isOutOfRange(fetched);
        return fetched;
      },
      signal,
    );
  }

  async close(): Promise<void> {
    await this.access.close();
  }
}
