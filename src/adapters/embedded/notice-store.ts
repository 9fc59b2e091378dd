/**
 * What was told to whom, in a SQLite file of its own in the data folder: the index has one writer, the engine, and what was sent
 * outlives an index that is written again.
 *
 * `synchronous = FULL`: a notice is on the disk before it is sent, or a power loss would make people be told twice under two
 * decisions. Notices are few, so waiting for the disk costs nothing that counts.
 */
import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { CounterfoilError } from '../../model/errors.ts';
import type { Instant, Micros } from '../../model/instant.ts';
import type { Notice, NoticeStore, ToldDeadlines } from '../../ports/notices.ts';

export const NOTICE_FILE = 'notices.sqlite';
const VERSION = 1;
const BUSY_TIMEOUT_MS = 2_000;
/** Longer ago than any lead, a deadline that was told says nothing any more. */
const KEPT_FOR: Micros = 8 * 86_400 * 1_000_000;

const TABLES = `
  CREATE TABLE IF NOT EXISTS baseline (one INTEGER PRIMARY KEY CHECK (one = 1));
  CREATE TABLE IF NOT EXISTS incident (id TEXT PRIMARY KEY, notify_key TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS deadline (
    notify_key TEXT NOT NULL, deadline INTEGER NOT NULL, told_at INTEGER NOT NULL, PRIMARY KEY (notify_key, deadline)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS notice (
    id TEXT PRIMARY KEY, body TEXT NOT NULL, expires_at INTEGER NOT NULL, attempts INTEGER NOT NULL,
    next_at INTEGER NOT NULL
  );
  CREATE INDEX IF NOT EXISTS notice_next ON notice (next_at);
  PRAGMA user_version = ${VERSION};
`;

/**
 * Opens the notices of a data folder, made where there are none; whoever opens them closes them.
 * @throws CounterfoilError CF_CONFIG when the file is of another version or cannot be used
 */
export function openNoticeStore(dir: string): NoticeStore {
  const file = join(dir, NOTICE_FILE);
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    ownerOnly(file);
    const db = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS });
    const version = Number(db.prepare('PRAGMA user_version').get()?.['user_version']);
    if (version > VERSION) throw new Error(`version ${version}`);
    db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; ${TABLES}`);
    return new SqliteNoticeStore(db);
  } catch (error) {
    const why = error instanceof Error ? error.message : 'unknown';
    throw new CounterfoilError(
      'CF_CONFIG',
      `${file} cannot be used (${why}). Move it away, and what is there now counts as told; or switch webhook.url off.`,
    );
  }
}

class SqliteNoticeStore implements NoticeStore {
  readonly #db: DatabaseSync;
  readonly #statements: ReturnType<typeof prepareStatements>;

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#statements = prepareStatements(db);
  }

  async hasBaseline(): Promise<boolean> {
    return this.#statements.baseline.get() !== undefined;
  }

  async setBaseline(incidentIds: readonly string[]): Promise<void> {
    this.#atomically(() => {
      for (const id of incidentIds) this.#statements.addIncident.run(id, id);
      this.#statements.setBaseline.run();
    });
  }

  async keyOf(incidentIds: readonly string[]): Promise<string | null> {
    for (const id of incidentIds) {
      const row = this.#statements.keyOf.get(id);
      if (row !== undefined) return String(row['notify_key']);
    }
    return null;
  }

  async rename(incidentId: string, key: string): Promise<void> {
    this.#statements.addIncident.run(incidentId, key);
  }

  async open(incidentId: string, notice: Notice): Promise<void> {
    this.#atomically(() => {
      this.#statements.addIncident.run(incidentId, incidentId);
      this.#add(notice);
    });
  }

  async toldDeadlines(key: string): Promise<ToldDeadlines> {
    const rows = this.#statements.told.all(key);
    const lastAt = rows.reduce<Instant | null>(
      (at, row) => Math.max(at ?? -Infinity, Number(row['told_at'])),
      null,
    );
    return { deadlines: new Set(rows.map((row) => Number(row['deadline']))), lastAt };
  }

  async tell(key: string, deadlines: readonly Instant[], now: Instant, notice: Notice): Promise<void> {
    this.#atomically(() => {
      this.#statements.dropDeadlines.run(now - KEPT_FOR);
      for (const deadline of deadlines) this.#statements.addDeadline.run(key, deadline, now);
      this.#add(notice);
    });
  }

  async waiting(): Promise<number> {
    return Number(this.#statements.waiting.get()?.['n']);
  }

  async due(now: Instant, limit: number): Promise<Notice[]> {
    return this.#statements.due.all(now, limit).map((row) => ({
      id: String(row['id']),
      body: String(row['body']),
      expiresAt: Number(row['expires_at']),
      attempts: Number(row['attempts']),
    }));
  }

  async putOff(noticeId: string, attempts: number, until: Instant): Promise<void> {
    this.#statements.putOff.run(attempts, until, noticeId);
  }

  async remove(noticeId: string): Promise<void> {
    this.#statements.remove.run(noticeId);
  }

  close(): void {
    if (this.#db.isOpen) this.#db.close();
  }

  #add({ id, body, expiresAt, attempts }: Notice): void {
    this.#statements.addNotice.run(id, body, expiresAt, attempts);
  }

  #atomically(action: () => void): void {
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      action();
      this.#db.exec('COMMIT');
    } catch (error) {
      this.#db.exec('ROLLBACK');
      throw error;
    }
  }
}

function prepareStatements(db: DatabaseSync) {
  return {
    baseline: db.prepare('SELECT 1 FROM baseline'),
    setBaseline: db.prepare('INSERT OR IGNORE INTO baseline (one) VALUES (1)'),
    keyOf: db.prepare('SELECT notify_key FROM incident WHERE id = ?'),
    addIncident: db.prepare('INSERT OR IGNORE INTO incident (id, notify_key) VALUES (?, ?)'),
    told: db.prepare('SELECT deadline, told_at FROM deadline WHERE notify_key = ?'),
    addDeadline: db.prepare(
      'INSERT OR IGNORE INTO deadline (notify_key, deadline, told_at) VALUES (?, ?, ?)',
    ),
    dropDeadlines: db.prepare('DELETE FROM deadline WHERE deadline < ?'),
    addNotice: db.prepare(
      'INSERT OR IGNORE INTO notice (id, body, expires_at, attempts, next_at) VALUES (?, ?, ?, ?, 0)',
    ),
    waiting: db.prepare('SELECT count(*) AS n FROM notice'),
    due: db.prepare(
      'SELECT id, body, expires_at, attempts FROM notice WHERE next_at <= ? ORDER BY next_at, rowid LIMIT ?',
    ),
    putOff: db.prepare('UPDATE notice SET attempts = ?, next_at = ? WHERE id = ?'),
    remove: db.prepare('DELETE FROM notice WHERE id = ?'),
  };
}

/** SQLite would give a new file the mode of the umask. */
function ownerOnly(file: string): void {
  closeSync(openSync(file, 'a', 0o600));
  chmodSync(file, 0o600);
}
