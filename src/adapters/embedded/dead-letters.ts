/**
 * Records that could not be used, for people to read: newest first, at most so many. Beyond the limit the oldest are dropped,
 * and counted. A letter that comes again is the letter that is there.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { DeadLetter, Redriven } from '../../ports/fact-store.ts';
import type { Page, PageRequest } from '../../ports/incident-index.ts';
import { readPage } from './list-page.ts';

export class SqliteDeadLetters {
  readonly #limit: number;
  readonly #add: StatementSync;
  readonly #count: StatementSync;
  readonly #dropOldest: StatementSync;
  readonly #noteDropped: StatementSync;
  readonly #dropped: StatementSync;
  readonly #page: StatementSync;
  readonly #get: StatementSync;
  readonly #markRedriven: StatementSync;

  readonly #changed: (id: string) => void;

  /** @param changed is told of each letter that is new or marked, in its transaction */
  constructor(db: DatabaseSync, limit: number, changed: (id: string) => void = () => undefined) {
    this.#changed = changed;
    this.#limit = limit;
    this.#add = db.prepare(
      'INSERT INTO dead_letter (id, age, document) VALUES (?, ?, ?) ON CONFLICT (id) DO NOTHING',
    );
    this.#count = db.prepare('SELECT count(*) AS count FROM dead_letter');
    this.#dropOldest = db.prepare(
      `DELETE FROM dead_letter
       WHERE rowid IN (SELECT rowid FROM dead_letter ORDER BY age DESC, id DESC LIMIT ?)`,
    );
    this.#noteDropped = db.prepare(
      `INSERT INTO dead_letter_dropped (one, count) VALUES (1, ?)
       ON CONFLICT (one) DO UPDATE SET count = count + excluded.count`,
    );
    this.#dropped = db.prepare('SELECT count FROM dead_letter_dropped');
    this.#page = db.prepare(
      'SELECT age AS key, id, document FROM dead_letter WHERE (age, id) > (?, ?) ORDER BY age, id LIMIT ?',
    );
    this.#get = db.prepare('SELECT document FROM dead_letter WHERE id = ?');
    this.#markRedriven = db.prepare(
      "UPDATE dead_letter SET document = json_set(document, '$.redrivenAt', CAST(? AS INTEGER)) WHERE id = ?",
    );
  }

  add(letters: readonly DeadLetter[]): void {
    if (letters.length === 0) return;
    for (const letter of letters) {
      this.#changed(letter.id);
      this.#add.run(letter.id, -letter.at, JSON.stringify(letter));
    }
    const tooMany = Number(this.#count.get()?.['count']) - this.#limit;
    if (tooMany <= 0) return;
    this.#dropOldest.run(tooMany);
    this.#noteDropped.run(tooMany);
  }

  markRedriven(redriven: readonly Redriven[]): void {
    for (const { letterId, at } of redriven) {
      this.#changed(letterId);
      this.#markRedriven.run(at, letterId);
    }
  }

  deadLetter(id: string): DeadLetter | null {
    const document = this.#get.get(id)?.['document'];
    return document === undefined ? null : (JSON.parse(String(document)) as DeadLetter);
  }

  deadLetters(page: PageRequest): Page<DeadLetter> {
    return readPage(['dead-letters'], page, (after, limit) => this.#page.all(after.key, after.id, limit));
  }

  deadLetterCount(): { kept: number; dropped: number } {
    return {
      kept: Number(this.#count.get()?.['count']),
      dropped: Number(this.#dropped.get()?.['count'] ?? 0),
    };
  }
}
