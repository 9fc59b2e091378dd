/**
 * Incidents past their late horizon, whose payments still change: one is captured the next day, a settlement file comes
 * after a week. What can still be stopped changes with it, so the incident is taken up again until its documents say so.
 *
 * Its events come back as they were, final, and are retired again with the next checkpoint. Nothing else of them
 * changes: spans and alerts that concern them are beyond the horizon.
 *
 * Cost: one look at the links of each payment that changed; an incident that comes back is read whole. Worked example: 40 of the
 * payments of an incident of last week are settled: its 3 events with 900 links are read, 40 links and one incident are
 * written, and it is gone again a second later.
 */
import type { FactStore } from '../../ports/fact-store.ts';
import type { IncidentIndex } from '../../ports/incident-index.ts';
import type { ActiveEvents } from './active-events.ts';
import type { Closings } from './closings.ts';
import { activeOf } from './event-state.ts';

const LINKS_AT_A_TIME = 100;

export interface RetiredParts {
  facts: FactStore;
  index: IncidentIndex;
  actives: ActiveEvents;
  closing: Closings;
}

export class RetiredIncidents {
  readonly #parts: RetiredParts;
  readonly #tenant: string;

  constructor(parts: RetiredParts, tenant: string) {
    this.#parts = parts;
    this.#tenant = tenant;
  }

  /** Takes up again the events that these payments are linked to, by the ids that they have or had, with all of their incidents. */
  async revive(paymentIds: Iterable<string>): Promise<void> {
    const { facts, actives, closing } = this.#parts;
    const eventIds: string[] = [];
    for (const id of paymentIds)
      for await (const eventId of this.#retiredEventsOf(id)) eventIds.push(eventId);
    if (eventIds.length === 0) return;
    for (const stored of await facts.retiredEvents(eventIds)) {
      const active = activeOf(stored);
      actives.set(active);
      closing.watch(active);
    }
  }

  async *#retiredEventsOf(paymentId: string): AsyncIterable<string> {
    const { index, actives } = this.#parts;
    for (let cursor: string | null = null; ;) {
      const page = await index.linksOfPayment(this.#tenant, paymentId, { limit: LINKS_AT_A_TIME, cursor });
      for (const { link, event } of page.items)
        if (link.status === 'live' && actives.get(event.id) === undefined) yield event.id;
      if (page.next === null) return;
      cursor = page.next;
    }
  }
}
