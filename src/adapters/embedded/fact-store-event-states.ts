/**
 * What each event was when it was last evaluated: its state, and a row for each of its links.
 *
 * A state is a function of facts, so the last one saved is the one that counts. An event may have 100,000 links, of which
 * a moment changes few: the engine says which, and only their rows are written.
 *
 * Cost: one row a state or link that changed. Worked example: an event with 100,000 links meets another payment: one row
 * of some 400 bytes.
 *
 * Retiring an event takes its state and links away; should they be saved again after that, they are back.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Json } from '../../model/ids.ts';
import type { EventLinkFact, EventStateFact, StoredEvent } from '../../ports/fact-store.ts';
import { distinct, ManyLookup } from './many-lookup.ts';
import { packId, unpackId, type Packed } from './packed-ids.ts';

const EVENT = 'ev_';
const LINK = 'lk_';

export class EventStates {
  readonly #save: StatementSync;
  readonly #saveLink: StatementSync;
  readonly #removeLink: StatementSync;
  readonly #all: StatementSync;
  readonly #linksOf: StatementSync;
  readonly #retire: readonly ManyLookup[];

  constructor(db: DatabaseSync) {
    this.#save = db.prepare(
      `INSERT INTO event_state (event, state) VALUES (?, ?) ON CONFLICT (event) DO UPDATE SET state = excluded.state`,
    );
    this.#saveLink = db.prepare(
      `INSERT INTO event_link (event, id, link) VALUES (?, ?, ?)
       ON CONFLICT (event, id) DO UPDATE SET link = excluded.link`,
    );
    this.#removeLink = db.prepare('DELETE FROM event_link WHERE event = ? AND id = ?');
    this.#all = db.prepare('SELECT event, state FROM event_state ORDER BY event');
    this.#linksOf = db.prepare('SELECT link FROM event_link WHERE event = ? ORDER BY id');
    this.#retire = ['event_state', 'event_link'].map(
      (table) => new ManyLookup(db, (marks) => `DELETE FROM ${table} WHERE event IN (${marks})`),
    );
  }

  save(states: readonly EventStateFact[]): void {
    for (const { eventId, state } of states) this.#save.run(packId(EVENT, eventId), JSON.stringify(state));
  }

  saveLinks(links: readonly EventLinkFact[]): void {
    for (const { link, service } of links)
      this.#saveLink.run(
        packId(EVENT, link.eventId),
        packId(LINK, link.id),
        JSON.stringify({ link, service }),
      );
  }

  removeLinks(links: readonly EventLinkFact[]): void {
    for (const { link } of links) this.#removeLink.run(packId(EVENT, link.eventId), packId(LINK, link.id));
  }

  /** Links come back by id. */
  all(): StoredEvent[] {
    return this.#all.all().map((row) => ({
      eventId: unpackId(EVENT, row['event']),
      state: JSON.parse(String(row['state'])) as Json,
      links: this.#linksOf
        .all(row['event'] as Packed)
        .map(({ link }) => JSON.parse(String(link)) as EventLinkFact)
        .toSorted((a, b) => (a.link.id < b.link.id ? -1 : 1)),
    }));
  }

  retire(eventIds: readonly string[]): void {
    const events = distinct(eventIds).map((id) => packId(EVENT, id));
    for (const statement of this.#retire) statement.run(events);
  }
}
