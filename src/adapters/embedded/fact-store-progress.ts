/** How far the engine has come, and what was seen of the traces of payments: both are replaced, never merged. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { EngineProgress, VisibilityFact } from '../../ports/fact-store.ts';
import { distinct, ManyLookup } from './many-lookup.ts';

export class ProgressFact {
  readonly #save: StatementSync;
  readonly #read: StatementSync;

  constructor(db: DatabaseSync) {
    this.#save = db.prepare('INSERT OR REPLACE INTO progress (one, body) VALUES (1, ?)');
    this.#read = db.prepare('SELECT body FROM progress');
  }

  save(progress: EngineProgress): void {
    this.#save.run(JSON.stringify(progress));
  }

  read(): EngineProgress | null {
    const row = this.#read.get();
    return row === undefined ? null : (JSON.parse(String(row['body'])) as EngineProgress);
  }
}

export class VisibilityFacts {
  readonly #save: StatementSync;
  readonly #ofPayments: ManyLookup;

  constructor(db: DatabaseSync) {
    this.#save = db.prepare(
      'INSERT OR REPLACE INTO visibility (payment, traces, spans, with_identity) VALUES (?, ?, ?, ?)',
    );
    this.#ofPayments = new ManyLookup(
      db,
      (marks) => `SELECT payment, traces, spans, with_identity FROM visibility WHERE payment IN (${marks})`,
    );
  }

  save(facts: readonly VisibilityFact[]): void {
    for (const { paymentId, traces, spans, spansWithIdentity } of facts) {
      this.#save.run(paymentId, traces, spans, spansWithIdentity);
    }
  }

  ofPayments(paymentIds: readonly string[]): VisibilityFact[] {
    return Array.from(this.#ofPayments.rows(distinct(paymentIds)), (row) => ({
      paymentId: String(row['payment']),
      traces: Number(row['traces']),
      spans: Number(row['spans']),
      spansWithIdentity: Number(row['with_identity']),
    }));
  }
}
