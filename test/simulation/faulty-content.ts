/** The content of one file of a faulty disk: what is seen, what is on the disk, and the changes between; see faulty-files.ts. */
import type { SeededRandom } from '../../tools/seeded-random.ts';
import { Bytes } from './bytes.ts';

type Change = { at: number; bytes: Uint8Array } | { size: number };

/** How much of what was not flushed reaches the disk. */
export type Survival = 'nothing' | 'everything' | 'parts';

const SECTOR_BYTES = 512;

export function survives(survival: Survival, random: SeededRandom): boolean {
  return survival === 'everything' || (survival === 'parts' && random.chance(0.5));
}

export class FaultyContent {
  seen = new Bytes();
  readonly #onDisk = new Bytes();
  #unsynced: Change[] = [];

  /** Seen at once, on the disk later. */
  change(change: Change): void {
    apply(this.seen, change);
    this.#unsynced.push(change);
  }

  /** Applies what was not flushed to the disk, or a part of it; the rest is forgotten. */
  settle(survival: Survival, random: SeededRandom): void {
    for (const change of this.#unsynced) {
      if (survival === 'parts' && 'at' in change) this.#settleSectors(change.bytes, change.at, random);
      else if (survives(survival, random)) apply(this.#onDisk, change);
    }
    this.#unsynced = [];
  }

  /** What is seen is what is on the disk, as after a start. */
  forgetCache(): void {
    this.seen = this.#onDisk.copy();
  }

  flip(position: number): void {
    for (const bytes of [this.seen, this.#onDisk]) bytes.flip(position);
  }

  #settleSectors(bytes: Uint8Array, at: number, random: SeededRandom): void {
    for (let from = 0; from < bytes.length;) {
      const to = Math.min(bytes.length, from + SECTOR_BYTES - ((at + from) % SECTOR_BYTES));
      const beyond = at + to - this.#onDisk.length;
      if (random.chance(0.5)) this.#onDisk.write(bytes.subarray(from, to), at + from);
      else if (beyond > 0 && random.chance(0.3)) {
        // The end of the file has moved, the bytes have not come: zeros, or what the block held before.
        const before = random.chance(0.5) ? 0 : random.integer(1, 255);
        this.#onDisk.write(new Uint8Array(beyond).fill(before), this.#onDisk.length);
      }
      from = to;
    }
  }
}

function apply(bytes: Bytes, change: Change): void {
  if ('size' in change) bytes.truncate(change.size);
  else bytes.write(change.bytes, change.at);
}
