/**
 * Rule matches by event, and what is known of the stages of audited requests.
 *
 * A match is the same when event and record are; should a rule have changed its severity since, the smaller text is
 * kept, so that the order of arrival does not show. Of a request the greatest rank wins, of equal ranks the later time;
 * its last end is the latest of all.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { RuleMatch } from '../../model/security-event.ts';
import type { MatchFact, RequestFact } from '../../ports/fact-store.ts';
import { distinct, ManyLookup } from './many-lookup.ts';
import { packHex, packId, unpackHex, unpackId } from './packed-ids.ts';

const EVENT = 'ev_';

export class MatchFacts {
  readonly #add: StatementSync;
  readonly #remove: StatementSync;
  readonly #ofEvents: ManyLookup;
  readonly #ofRequests: ManyLookup;
  readonly #note: StatementSync;
  readonly #requests: ManyLookup;

  constructor(db: DatabaseSync) {
    this.#add = db.prepare(
      `INSERT INTO fact_match (event, record, request, body) VALUES (?, ?, ?, ?)
       ON CONFLICT (event, record) DO UPDATE SET body = excluded.body WHERE excluded.body < body`,
    );
    this.#remove = db.prepare('DELETE FROM fact_match WHERE event = ? AND record = ?');
    this.#ofEvents = new ManyLookup(
      db,
      (marks) => `SELECT event, record, request, body FROM fact_match WHERE event IN (${marks})`,
    );
    this.#ofRequests = new ManyLookup(
      db,
      (marks) => `SELECT DISTINCT event FROM fact_match WHERE request IN (${marks})`,
    );
    this.#note = db.prepare(
      `INSERT INTO fact_request (request, rank, time, last_end) VALUES (?, ?, ?, ?)
       ON CONFLICT (request) DO UPDATE SET
         time = CASE WHEN excluded.rank > rank THEN excluded.time
                     WHEN excluded.rank = rank THEN max(excluded.time, time) ELSE time END,
         rank = max(excluded.rank, rank), last_end = max(excluded.last_end, last_end)`,
    );
    this.#requests = new ManyLookup(
      db,
      (marks) => `SELECT request, rank, time, last_end FROM fact_request WHERE request IN (${marks})`,
    );
  }

  add(matches: readonly MatchFact[]): void {
    for (const { eventId, recordId, requestId, match } of matches) {
      const request = requestId === null ? null : packHex(requestId);
      this.#add.run(packId(EVENT, eventId), packHex(recordId), request, JSON.stringify(match));
    }
  }

  remove(matches: readonly Pick<MatchFact, 'eventId' | 'recordId'>[]): void {
    for (const { eventId, recordId } of matches) this.#remove.run(packId(EVENT, eventId), packHex(recordId));
  }

  ofEvents(eventIds: readonly string[]): MatchFact[] {
    const rows = this.#ofEvents.rows(distinct(eventIds).map((id) => packId(EVENT, id)));
    return Array.from(rows, (row) => ({
      eventId: unpackId(EVENT, row['event']),
      recordId: unpackHex(row['record']),
      requestId: row['request'] === null ? null : unpackHex(row['request']),
      match: JSON.parse(String(row['body'])) as RuleMatch,
    }));
  }

  eventsOfRequests(requestIds: readonly string[]): string[] {
    const rows = this.#ofRequests.rows(distinct(requestIds).map(packHex));
    return distinct(Array.from(rows, (row) => unpackId(EVENT, row['event'])));
  }

  noteRequests(requests: readonly RequestFact[]): void {
    for (const { requestId, rank, time, lastEnd } of requests) {
      this.#note.run(packHex(requestId), rank, time, lastEnd);
    }
  }

  requests(requestIds: readonly string[]): RequestFact[] {
    return Array.from(this.#requests.rows(distinct(requestIds).map(packHex)), (row) => ({
      requestId: unpackHex(row['request']),
      rank: Number(row['rank']),
      time: Number(row['time']),
      lastEnd: Number(row['last_end']),
    }));
  }
}
