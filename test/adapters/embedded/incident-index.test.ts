/** What is special about the embedded index: its file, its lock, its version, its speed. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openIncidentIndex } from '../../../src/adapters/embedded/incident-index.ts';
import type { PaymentDocument } from '../../../src/model/documents/payment.ts';
import { CounterfoilError } from '../../../src/model/errors.ts';
import {
  TENANT,
  eventDocument,
  linkDocument,
  paymentDocument,
  story,
} from '../../conformance/incident-documents.ts';

const MODULE = fileURLToPath(new URL('../../../src/adapters/embedded/incident-index.ts', import.meta.url));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'counterfoil-index-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function failure(dir: string, mode: 'read' | 'write'): Promise<CounterfoilError> {
  try {
    await openIncidentIndex(dir, mode).close();
  } catch (error) {
    if (error instanceof CounterfoilError) return error;
    throw error;
  }
  throw new Error('the index opened');
}

describe('the file', () => {
  it('is readable by its owner only, and so is the folder', async () => {
    const data = join(folder, 'a', 'data');
    const index = openIncidentIndex(data, 'write');
    await index.replaceAll(TENANT, story());
    expect(statSync(data).mode & 0o777).toBe(0o700);
    for (const file of ['index.sqlite', 'index.sqlite-wal', 'index.lock']) {
      expect([file, statSync(join(data, file)).mode & 0o777]).toEqual([file, 0o600]);
    }
    await index.close();
  });

  it('leaves the mode of a folder alone that was there before', async () => {
    mkdirSync(join(folder, 'mine'), { mode: 0o755 });
    await openIncidentIndex(join(folder, 'mine'), 'write').close();
    expect(statSync(join(folder, 'mine')).mode & 0o777).toBe(0o755);
  });

  it('keeps its content', async () => {
    const writer = openIncidentIndex(folder, 'write');
    await writer.replaceAll(TENANT, story());
    await writer.close();
    const reader = openIncidentIndex(folder, 'read');
    expect(await reader.resolvePayment(TENANT, 'p0')).toEqual(['p1']);
    await reader.close();
  });

  it('is read while it is written, at its last committed state', async () => {
    const writer = openIncidentIndex(folder, 'write');
    await writer.replaceAll(TENANT, story());
    const reader = openIncidentIndex(folder, 'read');
    let seen: Promise<(PaymentDocument | null)[]> | undefined;
    const payments = function* () {
      yield paymentDocument({ id: 'new' });
      seen = Promise.all(['p1', 'new'].map((id) => reader.payment(TENANT, id)));
    };
    await writer.replaceAll(TENANT, { events: [], links: [], payments: payments(), incidents: [] });
    expect((await seen)?.map((document) => document?.payment.id)).toEqual(['p1', undefined]);
    expect(await reader.payment(TENANT, 'p1')).toBeNull();
    expect((await reader.payment(TENANT, 'new'))?.payment.id).toBe('new');
    await reader.close();
    await writer.close();
  });

  it('is not written by who opened it to read', async () => {
    await openIncidentIndex(folder, 'write').close();
    const reader = openIncidentIndex(folder, 'read');
    await expect(reader.replaceAll(TENANT, story())).rejects.toThrow('reading only');
    await reader.close();
  });
});

describe('refusals', async () => {
  it('says that there is no index, where, and what to do', async () => {
    const error = await failure(join(folder, 'none'), 'read');
    expect(error.code).toBe('CF_NO_INDEX');
    expect(error.message).toContain(join(folder, 'none'));
    expect(existsSync(join(folder, 'none'))).toBe(false);
  });

  it('takes a file to which nothing was written yet for no index', async () => {
    writeFileSync(join(folder, 'index.sqlite'), '');
    expect((await failure(folder, 'read')).code).toBe('CF_NO_INDEX');
  });

  it.each(['read', 'write'] as const)('refuses an index of another version (%s)', async (mode) => {
    await openIncidentIndex(folder, 'write').close();
    const db = new DatabaseSync(join(folder, 'index.sqlite'));
    db.exec('PRAGMA user_version = 99');
    db.close();
    const error = await failure(folder, mode);
    expect(error.code).toBe('CF_INDEX_VERSION');
    expect(error.message).toMatch(/version 99.*Move the file away/);
  });

  it.each(['read', 'write'] as const)(
    'refuses the SQLite file of another program, and leaves it as it is (%s)',
    async (mode) => {
      const file = join(folder, 'index.sqlite');
      const theirs = new DatabaseSync(file);
      theirs.exec('CREATE TABLE payment (secret TEXT)');
      theirs.close();
      expect((await failure(folder, mode)).code).toBe('CF_INDEX_VERSION');
      const again = new DatabaseSync(file);
      expect(
        again
          .prepare('SELECT name FROM sqlite_schema')
          .all()
          .map((row) => row['name']),
      ).toEqual(['payment']);
      again.close();
    },
  );

  it.each(['read', 'write'] as const)('refuses a file that is no database (%s)', async (mode) => {
    writeFileSync(join(folder, 'index.sqlite'), 'a letter to somebody\n'.repeat(500));
    const error = await failure(folder, mode);
    expect(error.code).toBe('CF_INDEX_VERSION');
    expect(error.message).toContain('Move it away');
  });

  it('gives the lock back when opening fails', async () => {
    writeFileSync(join(folder, 'index.sqlite'), 'a letter to somebody\n'.repeat(500));
    await failure(folder, 'write');
    rmSync(join(folder, 'index.sqlite'));
    await expect(openIncidentIndex(folder, 'write').close()).resolves.toBeUndefined();
  });
});

describe('one writer', () => {
  it('keeps a second one out until the first is done', async () => {
    const first = openIncidentIndex(folder, 'write');
    const error = await failure(folder, 'write');
    expect(error.code).toBe('CF_INDEX_LOCKED');
    expect(error.message).toContain(folder);
    await first.close();
    await openIncidentIndex(folder, 'write').close();
  });

  it('holds over processes, and ends with a process that was killed', async () => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', openAndStay()], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      const [said] = (await once(child.stdout, 'data')) as [Buffer];
      expect(said.toString()).toBe('open');
      expect((await failure(folder, 'write')).code).toBe('CF_INDEX_LOCKED');
    } finally {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    }
    await openIncidentIndex(folder, 'write').close();
  });

  it('is still kept out of other processes after this one refused a second writer', async () => {
    const first = openIncidentIndex(folder, 'write');
    expect((await failure(folder, 'write')).code).toBe('CF_INDEX_LOCKED');
    const child = spawn(process.execPath, ['--input-type=module', '-e', openAndStay()], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      const [said] = (await once(child.stdout, 'data')) as [Buffer];
      expect(said.toString()).toBe('CF_INDEX_LOCKED');
    } finally {
      child.kill('SIGKILL');
      await first.close();
    }
  });
});

/** A program that opens the index to write, says what came of it, and stays. */
function openAndStay(): string {
  return `
    const { openIncidentIndex } = await import(${JSON.stringify(MODULE)});
    try {
      globalThis.held = openIncidentIndex(${JSON.stringify(folder)}, 'write');
      process.stdout.write('open');
    } catch (error) {
      process.stdout.write(error.code ?? String(error));
    }
    setInterval(() => {}, 1000);`;
}

describe('speed', async () => {
  // Its own time, not that of the clock on the wall: a machine that others keep busy is no fault.
  it(
    'takes 50,000 payments and as many links in 30 seconds of the processor',
    { timeout: 300_000 },
    async () => {
      const began = process.threadCpuUsage();
      const event = eventDocument({ id: 'ev_1', incident: 'inc_1' });
      const COUNT = 50_000;
      const payments = function* () {
        for (let i = 0; i < COUNT; i += 1) {
          yield paymentDocument({ id: `p${i}`, aliases: [{ type: 'order_id', value: `o${i}` }] });
        }
      };
      const links = function* () {
        for (const payment of payments()) yield linkDocument(event, payment);
      };
      const index = openIncidentIndex(folder, 'write');
      await index.replaceAll(TENANT, {
        events: [event],
        links: links(),
        payments: payments(),
        incidents: [],
      });
      await index.replaceAll(TENANT, {
        events: [event],
        links: links(),
        payments: payments(),
        incidents: [],
      });
      expect(await index.resolvePayment(TENANT, 'o49999')).toEqual(['p49999']);
      expect((await index.linksOfEvent(TENANT, 'ev_1', { limit: 3, cursor: null })).items).toHaveLength(3);
      expect(
        existsSync(join(folder, 'index.sqlite-wal')) ? statSync(join(folder, 'index.sqlite-wal')).size : 0,
      ).toBe(0);
      await index.close();
      const { user, system } = process.threadCpuUsage(began);
      expect((user + system) / 1e6).toBeLessThan(30);
    },
  );
});

describe('single writes', async () => {
  it('cost what they touch: a new payment reads none of the links of the others', async () => {
    const index = openIncidentIndex(':memory:', 'write');
    const event = eventDocument({ id: 'ev_1', incident: 'inc_1' });
    const payments = Array.from({ length: 20_000 }, (_, i) => paymentDocument({ id: `p${i}` }));
    const links = payments.map((payment) => linkDocument(event, payment));
    const removed = { events: [], payments: [], incidents: [] };
    // Not replaceAll: that leaves statistics behind, which a live index does not have.
    await index.write(TENANT, { events: [event], links, payments: [], incidents: [], removed });
    const started = process.threadCpuUsage();
    for (let i = 0; i < 1_000; i += 1) {
      const fresh = [paymentDocument({ id: `fresh${i}` })];
      await index.write(TENANT, { events: [], links: [], payments: fresh, incidents: [], removed });
    }
    // Reading all links takes milliseconds each time; this takes a tenth of one.
    const { user, system } = process.threadCpuUsage(started);
    expect((user + system) / 1e6).toBeLessThan(15);
    await index.close();
  });
});
