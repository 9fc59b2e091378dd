/** Matches that correlation rules look at. They are few, and read at a start only: all of them. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { RuleMatch } from '../../model/security-event.ts';
import type { CorrelatedFact } from '../../ports/fact-store.ts';
import { packHex, unpackHex } from './packed-ids.ts';

export class CorrelatedFacts {
  readonly #add: StatementSync;
  readonly #all: StatementSync;
  readonly #drop: StatementSync;

  constructor(db: DatabaseSync) {
    this.#add = db.prepare(
      'INSERT INTO fact_correlated (record, request, body) VALUES (?, ?, ?) ON CONFLICT (record) DO NOTHING',
    );
    this.#all = db.prepare('SELECT record, request, body FROM fact_correlated');
    this.#drop = db.prepare('DELETE FROM fact_correlated WHERE record = ?');
  }

  add(facts: readonly CorrelatedFact[]): void {
    for (const { recordId, requestId, match } of facts)
      this.#add.run(packHex(recordId), requestId === null ? null : packHex(requestId), JSON.stringify(match));
  }

  all(): CorrelatedFact[] {
    return this.#all.all().map((row) => ({
      recordId: unpackHex(row['record']),
      requestId: row['request'] === null ? null : unpackHex(row['request']),
      match: JSON.parse(String(row['body'])) as RuleMatch,
    }));
  }

  drop(recordIds: readonly string[]): void {
    for (const recordId of recordIds) this.#drop.run(packHex(recordId));
  }
}
