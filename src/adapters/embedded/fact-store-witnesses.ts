/**
 * Witnesses by event, and the events of a trace. A witness is the same when event and chunk are: the first is kept, since
 * the chunk says which spans are in it. Trace ids are kept in the order given, as bytes where they all are.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { WitnessFact } from '../../ports/fact-store.ts';
import { distinct, ManyLookup, type Row } from './many-lookup.ts';
import { asBuffer, packHex, packId, unpackId } from './packed-ids.ts';
import { RowWriter } from './row-writer.ts';

const EVENT = 'ev_';
const TRACE = /^[0-9a-f]{32}$/;
const TRACE_BYTES = 16;

export class WitnessFacts {
  readonly #add: StatementSync;
  readonly #traces: RowWriter;
  readonly #ofEvents: ManyLookup;
  readonly #ofTraces: ManyLookup;

  constructor(db: DatabaseSync) {
    this.#add = db.prepare(
      `INSERT INTO witness (event, chunk, traces, packed) VALUES (?, ?, ?, ?)
       ON CONFLICT (event, chunk) DO NOTHING`,
    );
    this.#traces = new RowWriter(db, 'INSERT OR IGNORE INTO witness_trace (trace, event)', 2);
    this.#ofEvents = new ManyLookup(
      db,
      (marks) =>
        `SELECT event, chunk, traces, packed FROM witness WHERE event IN (${marks}) ORDER BY event, chunk`,
    );
    this.#ofTraces = new ManyLookup(
      db,
      (marks) => `SELECT DISTINCT event FROM witness_trace WHERE trace IN (${marks})`,
    );
  }

  add(witnesses: readonly WitnessFact[]): void {
    for (const { eventId, chunkId, traceIds, packed } of witnesses) {
      const event = packId(EVENT, eventId);
      if (this.#add.run(event, chunkId, packTraces(traceIds), packed).changes === 0) continue;
      for (const traceId of traceIds) this.#traces.add(packHex(traceId), event);
    }
    this.#traces.end();
  }

  ofEvents(eventIds: readonly string[]): WitnessFact[] {
    const rows = this.#ofEvents.rows(distinct(eventIds).map((id) => packId(EVENT, id)));
    return Array.from(rows, (row) => ({
      eventId: unpackId(EVENT, row['event']),
      chunkId: String(row['chunk']),
      traceIds: unpackTraces(row['traces']),
      packed: row['packed'] instanceof Uint8Array ? row['packed'] : new Uint8Array(),
    }));
  }

  eventsOfTraces(traceIds: readonly string[]): string[] {
    const rows = this.#ofTraces.rows(distinct(traceIds).map(packHex));
    return distinct(Array.from(rows, (row) => unpackId(EVENT, row['event'])));
  }
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
