/**
 * How far the two passes of a question are. The second reads about the same range as the first, so until it begins the whole is taken for
 * twice the first; where it never does, because nothing was found, the rest is done at once.
 */
import type { RetroProgress } from '../../ports/retro-jobs.ts';

export class ScanProgress {
  readonly #unit: RetroProgress['unit'];
  readonly #onProgress: (now: RetroProgress) => void;
  #passes = 0;
  #done = 0;
  #total = 0;

  constructor(unit: RetroProgress['unit'], onProgress: (now: RetroProgress) => void) {
    this.#unit = unit;
    this.#onProgress = onProgress;
  }

  /** Another pass begins. @param total what it reads */
  begin(total: number): void {
    this.#passes += 1;
    this.#total = this.#passes === 1 ? 2 * total : this.#done + total;
    this.#tell();
  }

  read(amount: number): void {
    this.#done += amount;
    this.#tell();
  }

  #tell(): void {
    const total = Math.max(this.#done, this.#total);
    this.#onProgress({ done: this.#done, total, unit: this.#unit });
  }
}
