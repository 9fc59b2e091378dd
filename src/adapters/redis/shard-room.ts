/**
 * How full a store is, by shard: what every reply says of its own shard, and what is asked when it may be too much.
 *
 * Other workers fill it too, so the sum is a little old; a store passes its limit by what they write between two looks of one. Before
 * something is refused the shards are asked, so that nothing waits for room that is there.
 */
export class ShardRoom {
  readonly #limit: number;
  readonly #ask: () => Promise<readonly number[]>;
  #taken: number[] = [];

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
    if (this.#sum() + incoming <= this.#limit) return true;
    await this.refresh();
    return this.#sum() + incoming <= this.#limit;
  }

  async refresh(): Promise<void> {
    this.#taken = [...(await this.#ask())];
  }

  #sum(): number {
    return this.#taken.reduce((sum, taken) => sum + taken, 0);
  }
}
