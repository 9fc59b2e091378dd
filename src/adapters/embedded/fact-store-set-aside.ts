/** Of which records of the log some spans were set aside, and by which bounds; by place, so that a stretch is one look-up. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { LogPosition } from '../../ports/event-log.ts';
import type { SetAsideFact } from '../../ports/fact-store.ts';

export class SetAsideFacts {
  readonly #add: StatementSync;
  readonly #between: StatementSync;
  readonly #drop: StatementSync;

  constructor(db: DatabaseSync) {
    this.#add = db.prepare(
      'INSERT OR REPLACE INTO set_aside (partition, at, earlier, later) VALUES (?, ?, ?, ?)',
    );
    this.#between = db.prepare(
      'SELECT at, earlier, later FROM set_aside WHERE partition = ? AND at BETWEEN ? AND ? ORDER BY at',
    );
    this.#drop = db.prepare('DELETE FROM set_aside WHERE partition = ? AND at < ?');
  }

  add({ partition, offset, earlierThan, laterThan }: SetAsideFact): void {
    this.#add.run(partition, offset, earlierThan, laterThan);
  }

  between(partition: number, from: number, to: number): SetAsideFact[] {
    return this.#between.all(partition, from, to).map(({ at, earlier, later }) => ({
      partition,
      offset: Number(at),
      earlierThan: earlier === null ? null : Number(earlier),
      laterThan: later === null ? null : Number(later),
    }));
  }

  dropBefore({ partition, offset }: LogPosition): void {
    this.#drop.run(partition, offset);
  }
}
