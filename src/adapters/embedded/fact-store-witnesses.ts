/**
 * Witnesses by event, and the events of a trace. A witness is the same when event and chunk are: the first is kept, since
 * the chunk says which spans are in it. Trace ids are kept in the order given, as bytes where they all are.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { TraceMeeting, WitnessFact } from '../../ports/fact-store.ts';
import { distinct, ManyLookup, type Row } from './many-lookup.ts';
import { asBuffer, packHex, packId, unpackHex, unpackId } from './packed-ids.ts';
import { RowWriter } from './row-writer.ts';

const EVENT = 'ev_';
const TRACE = /^[0-9a-f]{32}$/;
const TRACE_BYTES = 16;

export class WitnessFacts {
  readonly #add: StatementSync;
  readonly #traces: RowWriter;
  readonly #ofEvents: ManyLookup;
  readonly #ofTraces: ManyLookup;
  readonly #numbersOfTraces: ManyLookup;
  readonly #numbered: ManyLookup;

  constructor(db: DatabaseSync) {
    this.#add = db.prepare(
      `INSERT INTO witness (event, chunk, traces, packed) VALUES (?, ?, ?, ?)
       ON CONFLICT (event, chunk) DO NOTHING`,
    );
    this.#traces = new RowWriter(db, 'INSERT OR IGNORE INTO witness_trace (trace, event, witness)', 3);
    this.#ofEvents = new ManyLookup(
      db,
      (marks) =>
        `SELECT event, chunk, traces, packed FROM witness WHERE event IN (${marks}) ORDER BY event, chunk`,
    );
    this.#ofTraces = new ManyLookup(
      db,
      (marks) => `SELECT DISTINCT trace, event FROM witness_trace WHERE trace IN (${marks})`,
    );
    this.#numbersOfTraces = new ManyLookup(
      db,
      (marks) => `SELECT DISTINCT witness FROM witness_trace WHERE trace IN (${marks})`,
    );
    this.#numbered = new ManyLookup(
      db,
      (marks) => `SELECT event, chunk, traces, packed FROM witness WHERE rowid IN (${marks})`,
    );
  }

  /** Returns those that were not known. */
  add(witnesses: readonly WitnessFact[]): WitnessFact[] {
    const fresh = witnesses.filter(({ eventId, chunkId, traceIds, packed }) => {
      const event = packId(EVENT, eventId);
      const added = this.#add.run(event, chunkId, packTraces(traceIds), packed);
      if (added.changes === 0) return false;
      for (const traceId of traceIds) this.#traces.add(packHex(traceId), event, added.lastInsertRowid);
      return true;
    });
    this.#traces.end();
    return fresh;
  }

  ofEvents(eventIds: readonly string[]): WitnessFact[] {
    return Array.from(this.#ofEvents.rows(distinct(eventIds).map((id) => packId(EVENT, id))), witnessOf);
  }

  ofTraces(traceIds: readonly string[]): WitnessFact[] {
    const rows = this.#numbersOfTraces.rows(distinct(traceIds).map(packHex));
    const numbers = new Set(Array.from(rows, (row) => Number(row['witness'])));
    return Array.from(this.#numbered.rows([...numbers]), witnessOf);
  }

  eventsOfTraces(traceIds: readonly string[]): TraceMeeting[] {
    return Array.from(this.#ofTraces.rows(distinct(traceIds).map(packHex)), (row) => ({
      traceId: unpackHex(row['trace']),
      eventId: unpackId(EVENT, row['event']),
    }));
  }
}

function witnessOf(row: Row): WitnessFact {
  return {
    eventId: unpackId(EVENT, row['event']),
    chunkId: String(row['chunk']),
    traceIds: unpackTraces(row['traces']),
    packed: row['packed'] instanceof Uint8Array ? row['packed'] : new Uint8Array(),
  };
}

function packTraces(traceIds: readonly string[]): Uint8Array | string {
  if (!traceIds.every((id) => TRACE.test(id))) return JSON.stringify(traceIds);
  return Buffer.from(traceIds.join(''), 'hex');
}

function unpackTraces(value: Row[string] | undefined): string[] {
  if (!(value instanceof Uint8Array)) return JSON.parse(String(value)) as string[];
  const bytes = asBuffer(value);
  return Array.from({ length: bytes.length / TRACE_BYTES }, (_, i) =>
    bytes.toString('hex', i * TRACE_BYTES, (i + 1) * TRACE_BYTES),
  );
}
