/**
 * Payment events, and the groups that they are payments by.
 *
 * What: events that share an own id, a UETR, a PSP reference or a reference of banks may be one payment, transitively (join/payment-groups.ts). A
 * group is found from any of its names: the events of the names, the strong names of those events, and so on until no
 * name is new. Why not a stored group number: two groups become one when a record names both, and renumbering the
 * larger one for every such record costs more than asking: all events of the group are read anyway, and each brings
 * its names, so what remains is one round of seeks that finds nothing new.
 *
 * Cost: a seek for each name and each event, in a few statements for thousands of them; a payment of one own id is two
 * rounds. Worked example: a{id 1}, b{id 1, uetr U}, c{uetr U}: asked for `1` -> a, b; their names 1, U -> c; its
 * names bring nothing -> a, b, c.
 *
 * Texts that differ in broken surrogates only are one name in SQLite: a group may then hold a stranger, and is still
 * whole, so that `buildPayments` separates them.
 */
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { Instant } from '../../model/instant.ts';
import type { PaymentEvent } from '../../model/payment.ts';
import type { PaymentNames } from '../../ports/fact-store.ts';
import { distinct, ManyLookup } from './many-lookup.ts';
import { packHex, packId } from './packed-ids.ts';
import {
  bodyOf,
  isPlaced,
  namesFor,
  namesOf,
  PAYMENT_EVENT,
  paymentEventOf,
  strongNamesFor,
  strongNamesOf,
} from './payment-event-row.ts';

export class PaymentFacts {
  readonly #addEvent: StatementSync;
  readonly #addName: StatementSync;
  readonly #bySeq: ManyLookup;
  readonly #named: ManyLookup;
  readonly #ofTraces: ManyLookup;
  readonly #ofIds: ManyLookup;
  readonly #between: StatementSync;
  readonly #placed: StatementSync;

  constructor(db: DatabaseSync) {
    const seqBy = (column: string): ManyLookup =>
      new ManyLookup(db, (marks) => `SELECT seq FROM payment_event WHERE ${column} IN (${marks})`);
    this.#addEvent = db.prepare(
      `INSERT INTO payment_event (id, time, trace, placed, body) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (id) DO NOTHING`,
    );
    this.#addName = db.prepare('INSERT OR IGNORE INTO payment_name (name, event) VALUES (?, ?)');
    this.#bySeq = new ManyLookup(
      db,
      (marks) => `SELECT seq, id, time, body FROM payment_event WHERE seq IN (${marks})`,
    );
    this.#named = new ManyLookup(
      db,
      (marks) => `SELECT event AS seq FROM payment_name WHERE name IN (${marks})`,
    );
    this.#ofTraces = seqBy('trace');
    this.#ofIds = seqBy('id');
    this.#between = db.prepare(
      'SELECT seq FROM payment_event WHERE time BETWEEN ? AND ? ORDER BY time, id LIMIT ?',
    );
    this.#placed = db.prepare(
      `SELECT id, time, body FROM payment_event WHERE placed = 1 AND time BETWEEN ? AND ? ORDER BY time, id`,
    );
  }

  /** Returns those that were not known. */
  add(events: readonly PaymentEvent[]): PaymentEvent[] {
    return events.filter((event) => {
      const trace = event.traceId === null ? null : packHex(event.traceId);
      const id = packId(PAYMENT_EVENT, event.id);
      const added = this.#addEvent.run(id, event.time, trace, isPlaced(event) ? 1 : 0, bodyOf(event));
      if (added.changes === 0) return false;
      for (const name of namesOf(event)) this.#addName.run(name, added.lastInsertRowid);
      return true;
    });
  }

  groups(names: PaymentNames): PaymentEvent[] {
    const group = new Group();
    const asked = [
      ...(names.strong ?? []).flatMap(strongNamesFor),
      ...(names.values ?? []).flatMap(namesFor),
    ];
    this.#collect(group, this.#named, distinct(asked));
    this.#collect(group, this.#ofTraces, distinct(names.traceIds ?? []).map(packHex));
    const ids = distinct(names.eventIds ?? []).map((id) => packId(PAYMENT_EVENT, id));
    this.#collect(group, this.#ofIds, ids);
    return this.#close(group);
  }

  /** Groups of the first `limit` events in the range. */
  between(from: Instant, to: Instant, limit: number): PaymentEvent[] {
    const group = new Group();
    for (const row of this.#between.all(from, to, limit)) group.wanted.add(Number(row['seq']));
    return this.#close(group);
  }

  placedBetween(from: Instant, to: Instant): PaymentEvent[] {
    return this.#placed.all(from, to).map(paymentEventOf);
  }

  #collect(group: Group, lookup: ManyLookup, values: readonly SQLInputValue[]): void {
    for (const row of lookup.rows(values)) {
      const seq = Number(row['seq']);
      if (!group.events.has(seq)) group.wanted.add(seq);
    }
  }

  #close(group: Group): PaymentEvent[] {
    while (group.wanted.size > 0) {
      const fresh: string[] = [];
      for (const row of this.#bySeq.rows([...group.wanted])) {
        const event = paymentEventOf(row);
        group.events.set(Number(row['seq']), event);
        for (const name of strongNamesOf(event)) {
          if (group.names.has(name)) continue;
          group.names.add(name);
          fresh.push(name);
        }
      }
      group.wanted.clear();
      this.#collect(group, this.#named, fresh);
    }
    return [...group.events.values()].toSorted(byTime);
  }
}

/** What was found so far, from one or many beginnings. */
class Group {
  readonly events = new Map<number, PaymentEvent>();
  /** Events that are known to belong here and were not read yet. */
  readonly wanted = new Set<number>();
  /** Strong names that were asked for or are about to be. */
  readonly names = new Set<string>();
}

function byTime(a: PaymentEvent, b: PaymentEvent): number {
  return a.time - b.time || (a.id < b.id ? -1 : 1);
}
