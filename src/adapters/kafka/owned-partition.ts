/**
 * One partition while this reader owns it: where it stands, and what was fetched and not handed out.
 *
 *     done  <=  (being taken)  <=  waiting batches  <=  fetchFrom  <=  end
 *
 * `done` is what may be committed: everything before it has had its effects.
 */
import { MICROS_PER_MS, isInstant } from '../../model/instant.ts';
import type { TopicBatch, TopicRecord } from '../../ports/topic-reader.ts';
import type { FetchedPartition } from './fetch-response.ts';
import type { TopicPartition } from './group-member.ts';
import type { FetchedRecord } from './record-batch.ts';

interface WaitingBatch {
  batch: TopicBatch;
  bytes: number;
}

/** One batch waits while another is being taken: enough to keep both busy. */
const MOST_WAITING = 1;

export class OwnedPartition implements TopicPartition {
  readonly topic: string;
  readonly partition: number;
  done: number;
  committed: number;
  fetchFrom: number;
  taking = false;
  /** Whether a fetch for it is on its way. */
  fetching = false;
  /** Counts its set backs: what was fetched or begun before one does not count after it. */
  turn = 0;
  readonly #waiting: WaitingBatch[] = [];
  /** Handed out last, in this turn. */
  #taken: WaitingBatch | null = null;

  constructor({ topic, partition }: TopicPartition, position: number) {
    this.topic = topic;
    this.partition = partition;
    this.done = position;
    this.committed = position;
    this.fetchFrom = position;
  }

  get hasRoom(): boolean {
    return this.#waiting.length < MOST_WAITING;
  }

  get isWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  /** Nothing is between what was done and what will be fetched. */
  get isSettled(): boolean {
    return !this.taking && !this.isWaiting && this.done === this.fetchFrom;
  }

  /** @returns bytes that wait because of it */
  add(fetched: FetchedPartition): number {
    const { topic, partition } = this;
    this.fetchFrom = fetched.next;
    const after = { position: fetched.next, end: fetched.end };
    if (fetched.records.length === 0) {
      this.#passOver(after.position);
      return 0;
    }
    const bytes = fetched.records.reduce((sum, { value }) => sum + (value?.length ?? 0), 0);
    const records = fetched.records.map(toTopicRecord);
    this.#waiting.push({ batch: { topic, partition, records, after }, bytes });
    return bytes;
  }

  next(): WaitingBatch | undefined {
    const next = this.#waiting.shift();
    this.#taken = next ?? null;
    return next;
  }

  /** @returns bytes that waited */
  drop(): number {
    const bytes = this.#waiting.reduce((sum, one) => sum + one.bytes, 0);
    this.#waiting.length = 0;
    return bytes;
  }

  setTo(position: number): void {
    this.turn += 1;
    this.#taken = null;
    this.done = position;
    this.fetchFrom = position;
  }

  /** Offsets without records count as done with whatever comes before them. */
  #passOver(position: number): void {
    const last = this.#waiting.at(-1) ?? (this.taking ? this.#taken : null);
    if (last === null) this.done = position;
    else last.batch.after.position = position;
  }
}

/** As the port has it. Records without a time, or with one that cannot be, are taken for the oldest. */
export function toTopicRecord({ offset, timestamp, value, unreadable }: FetchedRecord): TopicRecord {
  const micros = timestamp * MICROS_PER_MS;
  const at = isInstant(micros) ? micros : 0;
  return unreadable === null ? { offset, value, at } : { offset, value, at, unreadable };
}
