/**
 * What each event was when it was last evaluated: its state, and a row for each of its links.
 *
 * A state is a function of facts, so the last one saved is the one that counts. An event may have 100,000 links, of which
 * a moment changes few: the engine says which, and only their rows are written.
 *
 * Cost: one row a state or link that changed. Worked example: an event with 100,000 links meets another payment: one row
 * of some 400 bytes.
 *
 * A retired event keeps its rows: a payment of its incident may change days later, and what is left to stop with it.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Json } from '../../model/json.ts';
import type { EventLinkFact, EventStateFact, StoredEvent } from '../../ports/fact-store.ts';
import { distinct, ManyLookup, type Row } from './many-lookup.ts';
import { packId, unpackId, type Packed } from './packed-ids.ts';

const EVENT = 'ev_';
const LINK = 'lk_';

export class EventStates {
  readonly #save: StatementSync;
  readonly #saveLink: StatementSync;
  readonly #removeLink: StatementSync;
  readonly #all: StatementSync;
  readonly #linksOf: StatementSync;
  readonly #retire: ManyLookup;
  readonly #retired: ManyLookup;
  readonly #retiredOfIncidents: ManyLookup;
  readonly #remove: readonly ManyLookup[];

  constructor(db: DatabaseSync) {
    this.#save = db.prepare(
      `INSERT INTO event_state (event, incident, state) VALUES (?, ?, ?)
       ON CONFLICT (event) DO UPDATE SET incident = excluded.incident, state = excluded.state, retired = 0`,
    );
    this.#saveLink = db.prepare(
      `INSERT INTO event_link (event, id, link) VALUES (?, ?, ?)
       ON CONFLICT (event, id) DO UPDATE SET link = excluded.link`,
    );
    this.#removeLink = db.prepare('DELETE FROM event_link WHERE event = ? AND id = ?');
    this.#all = db.prepare('SELECT event, incident, state FROM event_state WHERE retired = 0 ORDER BY event');
    this.#linksOf = db.prepare('SELECT link FROM event_link WHERE event = ? ORDER BY id');
    const retired = 'SELECT event, incident, state FROM event_state WHERE retired = 1 AND';
    this.#retire = new ManyLookup(
      db,
      (marks) => `UPDATE event_state SET retired = 1 WHERE event IN (${marks})`,
    );
    this.#retired = new ManyLookup(db, (marks) => `${retired} event IN (${marks})`);
    this.#retiredOfIncidents = new ManyLookup(db, (marks) => `${retired} incident IN (${marks})`);
    this.#remove = ['event_state', 'event_link'].map(
      (table) => new ManyLookup(db, (marks) => `DELETE FROM ${table} WHERE event IN (${marks})`),
    );
  }

  save(states: readonly EventStateFact[]): void {
    for (const { eventId, incidentId, state } of states)
      this.#save.run(packId(EVENT, eventId), incidentId, JSON.stringify(state));
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

  all(): StoredEvent[] {
    return this.#all.all().map((row) => this.#storedOf(row));
  }

  retire(eventIds: readonly string[]): void {
    this.#retire.run(packed(eventIds));
  }

  retired(eventIds: readonly string[]): StoredEvent[] {
    const rows = [...this.#retired.rows(packed(eventIds))];
    const incidents = distinct(rows.flatMap(({ incident }) => incident ?? []));
    const alone = rows.filter(({ incident }) => incident === null);
    return [...alone, ...this.#retiredOfIncidents.rows(incidents)].map((row) => this.#storedOf(row));
  }

  remove(eventIds: readonly string[]): void {
    for (const statement of this.#remove) statement.run(packed(eventIds));
  }

  /** Links come back by id. */
  #storedOf({ event, incident, state }: Row): StoredEvent {
    const links = this.#linksOf
      .all(event as Packed)
      .map(({ link }) => JSON.parse(String(link)) as EventLinkFact);
    return {
      eventId: unpackId(EVENT, event),
      incidentId: typeof incident === 'string' ? incident : null,
      state: JSON.parse(String(state)) as Json,
      links: links.toSorted((a, b) => (a.link.id < b.link.id ? -1 : 1)),
    };
  }
}

function packed(eventIds: readonly string[]): Packed[] {
  return distinct(eventIds).map((id) => packId(EVENT, id));
}
