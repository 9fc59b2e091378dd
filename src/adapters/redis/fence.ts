/**
 * Runs commands under the generation that a store has begun, and stops at the first sign that it is gone (generation.ts). What was
 * lost stays lost until `begin`: otherwise a worker could go on with the shards that are still there.
 */
import { CounterfoilError } from '../../model/errors.ts';
import { listOf, textOf, type Command, type Reply } from './command.ts';
import type { RedisConnection } from './connection.ts';
import {
  beginGeneration,
  generationName,
  groupOf,
  presentGeneration,
  windowLost,
  type Generation,
} from './generation.ts';

/** Number that is the first element of the reply of every script that was given a mark. */
const LOST = 0;

/** Commands on one shard, given the mark that they are to find there. */
export interface ShardWork {
  shard: number;
  commands: (mark: string) => Command[];
}

export class Fence {
  readonly #connection: RedisConnection;
  readonly #metaKeys: readonly string[];
  #generation: Generation = { marks: [], histories: new Set() };
  #lost = true;
  #closed = false;

  constructor(connection: RedisConnection, metaKeys: readonly string[]) {
    this.#connection = connection;
    this.#metaKeys = metaKeys;
  }

  async begin(): Promise<string> {
    this.checkOpen();
    const generation = await beginGeneration(this.#connection, this.#metaKeys);
    this.#generation = generation;
    this.#lost = false;
    return generationName(generation);
  }

  /** As it is now, whatever was begun. */
  async present(): Promise<string> {
    this.checkOpen();
    return generationName(await presentGeneration(this.#connection, this.#metaKeys));
  }

  /**
   * Replies of each work's commands, in order.
   * @param isLost whether a work's replies say that its mark was not there; default: what a script says first
   * @throws CounterfoilError CF_WINDOW_LOST
   */
  async run(
    works: readonly ShardWork[],
    isLost: (replies: readonly Reply[], mark: string) => boolean = scriptSaysLost,
  ): Promise<(readonly Reply[])[]> {
    this.checkHeld();
    if (works.length === 0) return [];
    const generation = this.#generation;
    const markOf = (shard: number): string => generation.marks[shard] ?? '';
    const answers = await this.#connection.run(
      works.map(({ shard, commands }) => groupOf(shard, commands(markOf(shard)))),
    );
    for (const [i, { history, replies }] of answers.entries()) {
      if (generation.histories.has(history) && !isLost(replies, markOf(works[i]?.shard ?? 0))) continue;
      if (this.#generation === generation) this.#lost = true;
      throw windowLost();
    }
    return answers.map(({ replies }) => replies);
  }

  /** Replies of commands to every shard, whether or not something was lost. */
  async ask(commands: (metaKey: string) => Command[]): Promise<(readonly Reply[])[]> {
    this.checkOpen();
    const groups = this.#metaKeys.map((key, shard) => groupOf(shard, commands(key)));
    return (await this.#connection.run(groups)).map(({ replies }) => replies);
  }

  /** Open, and nothing lost that is known of. */
  checkHeld(): void {
    this.checkOpen();
    if (this.#lost) throw windowLost();
  }

  checkOpen(): void {
    if (this.#closed) throw new CounterfoilError('CF_INTERNAL', 'The store is closed');
  }

  close(): void {
    this.#closed = true;
  }
}

function scriptSaysLost(replies: readonly Reply[]): boolean {
  return replies.some((reply) => listOf(reply)[0] === LOST);
}

/** Of plain reads, behind which the mark was read. */
export function markIsNotLast(replies: readonly Reply[], mark: string): boolean {
  return textOf(replies.at(-1)) !== mark;
}
