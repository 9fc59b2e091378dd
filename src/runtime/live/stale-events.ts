/**
 * Which events must be evaluated: some whole, of others only what a few traces change.
 *
 * Whole, where anything about the event itself is new: its content, what its names mean, a payment that became part of
 * another. By trace, where spans met it or ids came for spans that had: the usual case by far.
 */
import type { TraceMeeting } from '../../ports/fact-store.ts';

export class StaleEvents {
  #whole = new Set<string>();
  #traces = new Map<string, Set<string>>();

  add(eventId: string): void {
    this.#whole.add(eventId);
  }

  met({ eventId, traceId }: TraceMeeting): void {
    const traces = this.#traces.get(eventId);
    if (traces === undefined) this.#traces.set(eventId, new Set([traceId]));
    else traces.add(traceId);
  }

  /** Hands out what was noted, once. An event that is evaluated whole is not among those by trace. */
  take(): { whole: ReadonlySet<string>; traces: ReadonlyMap<string, ReadonlySet<string>> } {
    const [whole, traces] = [this.#whole, this.#traces];
    for (const eventId of whole) traces.delete(eventId);
    this.#whole = new Set();
    this.#traces = new Map();
    return { whole, traces };
  }
}
