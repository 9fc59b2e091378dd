/**
 * What each event was when it was last evaluated: its state and its links.
 *
 * A state is a function of facts, so the last one saved is the one that counts. An event may have 100,000 links, of which
 * a new evaluation changes few: links are kept in parts of about 256, by a hash of their id, and only a part whose text
 * changed is written. Why not a row for each link: comparing 100,000 rows costs more than 400 texts; why not one text: it would be
 * 50 MB to write for one new link. The number of parts is a power of two, so that it changes rarely.
 *
 * Cost: JSON of all links, one comparison a part, the changed parts written. Worked example: 3 links are 1 part; 100,000
 * are 512; one more link rewrites one of them.
 *
 * Retiring an event takes its state away; should it be saved again after that, it is back.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Json } from '../../model/ids.ts';
import type { EventStateFact } from '../../ports/fact-store.ts';
import { distinct, ManyLookup } from './many-lookup.ts';
import { packId, unpackId, type Packed } from './packed-ids.ts';

const EVENT = 'ev_';
const LINKS_PER_PART = 256;

type StoredLink = EventStateFact['links'][number];

export class EventStates {
  readonly #save: StatementSync;
  readonly #savePart: StatementSync;
  readonly #dropPartsFrom: StatementSync;
  readonly #all: StatementSync;
  readonly #partsOf: StatementSync;
  readonly #retire: readonly ManyLookup[];

  constructor(db: DatabaseSync) {
    this.#save = db.prepare(
      `INSERT INTO event_state (event, parts, state) VALUES (?, ?, ?)
       ON CONFLICT (event) DO UPDATE SET parts = excluded.parts, state = excluded.state
       WHERE excluded.parts <> parts OR excluded.state <> state`,
    );
    this.#savePart = db.prepare(
      `INSERT INTO event_links (event, part, links) VALUES (?, ?, ?)
       ON CONFLICT (event, part) DO UPDATE SET links = excluded.links WHERE excluded.links <> links`,
    );
    this.#dropPartsFrom = db.prepare('DELETE FROM event_links WHERE event = ? AND part >= ?');
    this.#all = db.prepare('SELECT event, state FROM event_state ORDER BY event');
    this.#partsOf = db.prepare('SELECT links FROM event_links WHERE event = ? ORDER BY part');
    this.#retire = ['event_state', 'event_links'].map(
      (table) => new ManyLookup(db, (marks) => `DELETE FROM ${table} WHERE event IN (${marks})`),
    );
  }

  save(states: readonly EventStateFact[]): void {
    for (const { eventId, state, links } of states) {
      const event = packId(EVENT, eventId);
      const parts = partsOf(links);
      this.#save.run(event, parts.length, JSON.stringify(state));
      for (const [part, own] of parts.entries()) this.#savePart.run(event, part, JSON.stringify(own));
      this.#dropPartsFrom.run(event, parts.length);
    }
  }

  /** Links come back by id. */
  all(): EventStateFact[] {
    return this.#all.all().map((row) => ({
      eventId: unpackId(EVENT, row['event']),
      state: JSON.parse(String(row['state'])) as Json,
      links: this.#linksOf(row['event'] as Packed),
    }));
  }

  retire(eventIds: readonly string[]): void {
    const events = distinct(eventIds).map((id) => packId(EVENT, id));
    for (const statement of this.#retire) statement.run(events);
  }

  #linksOf(event: Packed): StoredLink[] {
    const parts = this.#partsOf.all(event).map((row) => JSON.parse(String(row['links'])) as StoredLink[]);
    return parts.flat().toSorted(byId);
  }
}

/** Always at least one part; the links of each by id, so that the same links give the same text. */
function partsOf(links: readonly StoredLink[]): StoredLink[][] {
  let count = 1;
  while (count * LINKS_PER_PART < links.length) count *= 2;
  const parts = Array.from({ length: count }, (): StoredLink[] => []);
  for (const stored of links) parts[hash(stored.link.id) & (count - 1)]?.push(stored);
  return parts.map((part) => part.toSorted(byId));
}

/** FNV-1a, 32 bits, its high half folded in. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return (value ^ (value >>> 16)) >>> 0;
}

function byId(a: StoredLink, b: StoredLink): number {
  return a.link.id < b.link.id ? -1 : 1;
}
