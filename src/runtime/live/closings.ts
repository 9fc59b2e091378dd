/** Open, final, gone: the life of active events, moved by the span watermark (DESIGN 4.4). */
import { closedStateOf } from '../../join/coverage.ts';
import { windowOf } from '../../join/confidence.ts';
import type { Learned } from '../../join/learned.ts';
import type { Instant } from '../../model/instant.ts';
import type { ActiveEvent, ActiveEvents } from './active-events.ts';
import type { EngineOptions } from './engine-options.ts';
import { shownCoverage } from './shown-coverage.ts';
import type { Timekeeper } from './timekeeper.ts';

type ClosingsOptions = Pick<EngineOptions, 'settings' | 'onSilence'>;

export class Closings {
  readonly #actives: ActiveEvents;
  readonly #time: Timekeeper;
  readonly #learned: Learned;
  readonly #options: ClosingsOptions;
  /** Past their late horizon, while others of their incident are not. */
  readonly #expired = new Set<string>();

  constructor(actives: ActiveEvents, time: Timekeeper, learned: Learned, options: ClosingsOptions) {
    this.#actives = actives;
    this.#time = time;
    this.#learned = learned;
    this.#options = options;
  }

  watch({ event, closing }: ActiveEvent): void {
    const { sessionCap } = this.#options.settings;
    const end = event.ongoing ? Math.max(event.end, event.start + sessionCap) : event.end;
    this.#time.watch(event.id, end, closing !== 'open');
  }

  /** The event lasted longer than was known: it closes later, and is open until then. */
  reopen(active: ActiveEvent): void {
    active.closing = 'open';
    active.coverage = null;
    this.#expired.delete(active.event.id);
    this.watch(active);
  }

  /** Closes what is due. Returns those events. */
  due(now: Instant): string[] {
    const due = this.#time.due().flatMap((id) => this.#actives.get(id) ?? []);
    for (const active of due) {
      const window = windowOf(active.event, this.#options.settings);
      const { end } = window;
      const silences = this.#time.silences(this.#ownKeys(active), end);
      if (silences.length > 0) this.#options.onSilence?.(active.event.id, silences);
      const state = closedStateOf(false, silences);
      active.closing = state === 'final_unverified' ? 'final_unverified' : 'final';
      active.coverage = shownCoverage(this.#time.coverage(window, now));
    }
    return due.map(({ event }) => event.id);
  }

  /** The end of a bounded run. */
  closeAll(): void {
    for (const active of this.#actives.all()) active.closing = 'final';
  }

  /**
   * Takes events out of the working set with the last of their incident. Returns them.
   * @param isBehind whether the documents of an event do not say all of it yet: it stays until they do
   */
  retire(isBehind: (eventId: string) => boolean): ActiveEvent[] {
    for (const eventId of this.#time.expired()) this.#expired.add(eventId);
    // An event that vanished since then is no more.
    for (const eventId of this.#expired)
      if (this.#actives.get(eventId) === undefined) this.#expired.delete(eventId);
    if (this.#expired.size === 0) return [];
    const lively = new Set<string>();
    for (const { event, incidentId } of this.#actives.all())
      if (incidentId !== null && (!this.#expired.has(event.id) || isBehind(event.id))) lively.add(incidentId);
    const retired = [...this.#expired]
      .flatMap((id) => this.#actives.get(id) ?? [])
      .filter(({ event, incidentId }) => !isBehind(event.id) && !lively.has(incidentId ?? ''));
    for (const { event } of retired) {
      this.#actives.remove(event.id);
      this.#expired.delete(event.id);
    }
    return retired;
  }

  /** Span keys of the event's own pod and container, not of those beside it. */
  #ownKeys({ joined, hot }: ActiveEvent): Set<string> {
    const { identities } = this.#learned.knowledge();
    const keys = new Set<string>();
    for (let ordinal = 0; ordinal < this.#learned.identityCount; ordinal += 1) {
      const key = this.#learned.spanKeyAt(ordinal);
      if (key === null || !hot.has(key)) continue;
      const resolved = identities.resolve(ordinal, joined.event.start);
      const own = resolved?.pod === joined.pod || resolved?.container === joined.container;
      if (own && (resolved?.pod ?? resolved?.container ?? null) !== null) keys.add(key);
    }
    return keys;
  }
}
