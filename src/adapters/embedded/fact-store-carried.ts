/**
 * Ids that spans carry: by far the most rows of the store, and the only facts that are dropped.
 *
 * What: rows go into *runs* of 100,000. Within a run they are ordered by trace, with an index by value; a lookup seeks
 * in every run. Expiry drops whole runs whose newest row is too old, and copies what belongs to a trace that met an event to
 * run 0, which stays.
 *
 * Why runs: traces and values are random, so in one large tree nearly every row lands on a page of its own, and each
 * page is written twice (log and checkpoint); beyond some million rows that costs more than everything else. A run is
 * small enough to stay in memory, and its pages fill up while they are there. Expiry frees neighbouring pages
 * instead of one entry in every tenth page, and needs no index by time. `bench/fact-store.ts` measures both.
 *
 * Cost: some microseconds a row; a lookup of one value is one seek a run, and there are (rows kept / 100,000) runs. A run
 * is dropped when all of it is old, so a row may stay longer than asked, by the time that a run spans, never shorter. A row that
 * comes again in a later run is kept twice and read once.
 *
 * Worked example: runs 1 (newest 12:00), 2 (newest 12:05): `expire(12:03)` moves the rows of run 1 whose trace has
 * a witness to run 0, and drops the rest of it.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Instant } from '../../model/instant.ts';
import type { CarriedFact } from '../../ports/fact-store.ts';
import { distinct, ManyLookup, type Row } from './many-lookup.ts';
import { packHex, unpackHex } from './packed-ids.ts';
import { RowWriter } from './row-writer.ts';

const ROWS_PER_RUN = 100_000;
/** Never dropped. */
const KEPT = 0;

export class CarriedFacts {
  readonly #rows: RowWriter;
  readonly #latest: StatementSync;
  readonly #note: StatementSync;
  readonly #ofTraces: ManyLookup;
  readonly #ofValues: ManyLookup;
  readonly #expire: ReturnType<typeof prepareExpiry>;

  constructor(db: DatabaseSync) {
    const into = 'INSERT OR IGNORE INTO carried (run, trace, at, attribute, value)';
    this.#rows = new RowWriter(db, into, 5);
    this.#latest = db.prepare('SELECT run, count FROM carried_run ORDER BY run DESC LIMIT 1');
    this.#note = db.prepare(
      `INSERT INTO carried_run (run, count, newest) VALUES (?, ?, ?)
       ON CONFLICT (run) DO UPDATE SET count = count + excluded.count, newest = max(newest, excluded.newest)`,
    );
    const by = (column: string) => (marks: string) =>
      `SELECT carried.trace, carried.at, carried.attribute, carried.value
       FROM carried_run CROSS JOIN carried ON carried.run = carried_run.run
       WHERE carried.${column} IN (${marks})`;
    this.#ofTraces = new ManyLookup(db, by('trace'));
    this.#ofValues = new ManyLookup(db, by('value'));
    this.#expire = prepareExpiry(db);
  }

  add(facts: readonly CarriedFact[]): void {
    if (facts.length === 0) return;
    const run = this.#run();
    let newest = 0;
    for (const { traceId, at, attribute, value } of facts) {
      this.#rows.add(run, packHex(traceId), at, attribute, value);
      newest = Math.max(newest, at);
    }
    this.#rows.end();
    this.#note.run(run, facts.length, newest);
  }

  ofTraces(traceIds: readonly string[]): CarriedFact[] {
    return factsOf(this.#ofTraces.rows(distinct(traceIds).map(packHex)));
  }

  carrying(values: readonly string[]): CarriedFact[] {
    return factsOf(this.#ofValues.rows(distinct(values)));
  }

  expire(before: Instant): void {
    const { old, keep, drop, dropRun, note } = this.#expire;
    for (const row of old.all(before, KEPT)) {
      const run = Number(row['run']);
      const kept = Number(keep.run(KEPT, run).changes);
      if (kept > 0) note.run(KEPT, kept);
      drop.run(run);
      dropRun.run(run);
    }
  }

  /** The run that rows go to: the last one until it is full. */
  #run(): number {
    const row = this.#latest.get();
    if (row === undefined) return KEPT + 1;
    const run = Number(row['run']);
    return run === KEPT || Number(row['count']) >= ROWS_PER_RUN ? run + 1 : run;
  }
}

function prepareExpiry(db: DatabaseSync) {
  return {
    old: db.prepare('SELECT run FROM carried_run WHERE newest < ? AND run > ? ORDER BY run'),
    keep: db.prepare(
      `INSERT OR IGNORE INTO carried (run, trace, at, attribute, value)
       SELECT ?, trace, at, attribute, value FROM carried
       WHERE run = ? AND EXISTS (SELECT 1 FROM witness_trace WHERE witness_trace.trace = carried.trace)`,
    ),
    drop: db.prepare('DELETE FROM carried WHERE run = ?'),
    dropRun: db.prepare('DELETE FROM carried_run WHERE run = ?'),
    note: db.prepare(
      `INSERT INTO carried_run (run, count, newest) VALUES (?, ?, 0)
       ON CONFLICT (run) DO UPDATE SET count = count + excluded.count`,
    ),
  };
}

/** Each fact once: a redelivered one may be in two runs. */
function factsOf(rows: Iterable<Row>): CarriedFact[] {
  const facts = new Map<string, CarriedFact>();
  for (const row of rows) {
    const [traceId, at] = [unpackHex(row['trace']), Number(row['at'])];
    const [attribute, value] = [String(row['attribute']), String(row['value'])];
    facts.set(JSON.stringify([traceId, at, attribute, value]), { traceId, at, attribute, value });
  }
  return [...facts.values()];
}
