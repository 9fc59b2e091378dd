/**
 * How full a store is, by shard: what every reply says of its own shard, and what all are asked for once a second.
 *
 * Other workers fill it too, so a store passes its limit by what they write in that second. Before something is refused
 * the shards are asked again, so that nothing waits for room that is there.
 */
const OLD_MS = 1_000;

export class ShardRoom {
  readonly #limit: number;
  readonly #ask: () => Promise<readonly number[]>;
  #taken: number[] = [];
  #askedAt = -Infinity;

  /** @param ask what each shard holds now */
  constructor(limit: number, ask: () => Promise<readonly number[]>) {
    this.#limit = limit;
    this.#ask = ask;
  }

  note(shard: number, taken: number): void {
    this.#taken[shard] = taken;
  }

  /** Whether there is room for so much more. */
  async hasRoom(incoming: number): Promise<boolean> {
    const isFresh = performance.now() - this.#askedAt < OLD_MS;
    if (isFresh && this.#holds(incoming)) return true;
    await this.refresh();
    return this.#holds(incoming);
  }

  async refresh(): Promise<void> {
    this.#askedAt = performance.now();
    this.#taken = [...(await this.#ask())];
  }

  #holds(incoming: number): boolean {
    return this.#taken.reduce((sum, taken) => sum + taken, incoming) <= this.#limit;
  }
}
