/**
 * Which of the events that closed are compared: a sample of a fixed size, of as many as there are.
 *
 * Ids of events are hashes of their content, so the smallest ids are as good a sample as any, need no dice, and are the same whatever the
 * order. Cost: a sorted insert each, at most so many ids. Worked example: 340 close in an hour; the 50 smallest are compared, and 340 are told.
 */

export interface ClosedSample {
  /** In order. */
  ids: readonly string[];
  /** Events that closed, those of the sample included. */
  total: number;
}

/** A question costs two scans of a quarter of an hour of the log. */
const SAMPLE = 50;

export class ClosedEvents {
  #ids: string[] = [];
  #total = 0;

  add(eventIds: readonly string[]): void {
    this.#total += eventIds.length;
    // One that was opened again and closed again is one event.
    this.#ids = [...new Set([...this.#ids, ...eventIds])].toSorted().slice(0, SAMPLE);
  }

  /** Those since this was last asked. */
  take(): ClosedSample {
    const taken = { ids: this.#ids, total: this.#total };
    this.#ids = [];
    this.#total = 0;
    return taken;
  }
}
