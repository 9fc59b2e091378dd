import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Checkpointer } from '../../../src/adapters/embedded/checkpointer.ts';

const ROWS = 2_000;
const PAGE_BYTES = 4_096;
const ROW = 'x'.repeat(2_000);

let folder: string;
let file: string;
let db: DatabaseSync;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'counterfoil-checkpointer-'));
  file = join(folder, 'index.sqlite');
  db = new DatabaseSync(file);
  db.exec('PRAGMA journal_mode = WAL; CREATE TABLE row (text TEXT NOT NULL)');
});

afterEach(() => {
  if (db.isOpen) db.close();
  rmSync(folder, { recursive: true });
});

function writeRows(): void {
  const insert = db.prepare('INSERT INTO row (text) VALUES (?)');
  db.exec('BEGIN');
  for (let i = 0; i < ROWS; i += 1) insert.run(ROW);
  db.exec('COMMIT');
}

it('copies the log into the file beside the thread that writes, which begins the log anew', async () => {
  const checkpointer = new Checkpointer(db, file, () => undefined);
  try {
    // So a commit as large as this one copies nothing itself.
    const limit = Number(db.prepare('PRAGMA wal_autocheckpoint').get()?.['wal_autocheckpoint']);
    expect(limit * PAGE_BYTES).toBeGreaterThan(10 * ROWS * ROW.length);
    writeRows();
    await expect.poll(() => statSync(file).size, { timeout: 10_000 }).toBeGreaterThan(ROWS * ROW.length);
    const grows = (): number => {
      const before = statSync(`${file}-wal`).size;
      db.prepare('INSERT INTO row (text) VALUES (?)').run('one more');
      return statSync(`${file}-wal`).size - before;
    };
    await expect.poll(grows, { timeout: 10_000 }).toBe(0);
  } finally {
    await checkpointer.stop();
  }
});

it('has closed its connection when it is stopped, so that the last one out removes the log', async () => {
  const checkpointer = new Checkpointer(db, file, () => undefined);
  writeRows();
  await checkpointer.stop();
  db.close();
  expect(() => statSync(`${file}-wal`)).toThrow('ENOENT');
});

it('tells when its thread has failed, and the writer goes on', async () => {
  let failures = 0;
  const elsewhere = join(folder, 'none', 'index.sqlite');
  const checkpointer = new Checkpointer(db, elsewhere, () => (failures += 1));
  await expect.poll(() => failures, { timeout: 10_000 }).toBe(1);
  writeRows();
  await checkpointer.stop();
  expect(db.prepare('SELECT count(*) AS rows FROM row').get()).toEqual({ rows: ROWS });
});
