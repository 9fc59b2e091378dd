/**
 * The outbox in the file of the store (ports/outbox.ts): one row a document, which moves to the end when it changes again.
 *
 * Two connections. The store's own writes rows and takes them off, in its transaction; entries are read on another, so that only what
 * was committed is seen. A row that changed since it was read has another `seq`, and stays.
 *
 * Cost: a seek and a row for each document that is written. Worked example: payment p changes three times before it is read: one entry.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Outbox, OutboxEntry } from '../../ports/outbox.ts';

/** What the store's own connection does. */
export class OutboxWriter {
  readonly #put: StatementSync;
  readonly #remove: StatementSync;
  #seq: number;
  #done: OutboxEntry[] = [];

  constructor(db: DatabaseSync) {
    this.#put = db.prepare('INSERT OR REPLACE INTO outbox (kind, id, seq) VALUES (?, ?, ?)');
    this.#remove = db.prepare('DELETE FROM outbox WHERE kind = ? AND id = ? AND seq = ?');
    this.#seq = Number(db.prepare('SELECT max(seq) AS seq FROM outbox').get()?.['seq'] ?? 0);
  }

  /** It changed, in this transaction. */
  put(kind: OutboxEntry['kind'], id: string): void {
    this.#seq += 1;
    this.#put.run(kind, id, this.#seq);
  }

  /** To be taken off by `settle`. */
  done(entries: readonly OutboxEntry[]): void {
    this.#done.push(...entries);
  }

  /** In this transaction. */
  settle(): void {
    const done = this.#done;
    this.#done = [];
    for (const { kind, id, seq } of done) this.#remove.run(kind, id, seq);
  }
}

/**
 * @param readable another connection to the same file
 * @param close closes that connection
 */
export function outboxOf(writer: OutboxWriter, readable: DatabaseSync, close: () => void): Outbox {
  const read = readable.prepare('SELECT seq, kind, id FROM outbox WHERE seq > ? ORDER BY seq LIMIT ?');
  const progress = readable.prepare(
    'SELECT json_extract(body, \'$.positions."0"\') AS position FROM progress',
  );
  const count = readable.prepare('SELECT count(*) AS count FROM outbox');
  return {
    entries: async (after, limit) => read.all(after, limit) as unknown as OutboxEntry[],
    position: async () => Number(progress.get()?.['position'] ?? 0),
    depth: async () => Number(count.get()?.['count']),
    done: (entries) => writer.done(entries),
    close,
  };
}
