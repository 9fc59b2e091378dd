// Goal: each check finds the real fault that it is there for, at the level that it deserves, and says what to do about it.
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openEmbeddedStore } from '../../../src/adapters/embedded/embedded-store.ts';
import { openEventLog } from '../../../src/adapters/embedded/event-log.ts';
import type { Looks } from '../../../src/cli/doctor/check.ts';
import { CLOCK_CHECKS } from '../../../src/cli/doctor/check-clock.ts';
import { FOLDER_CHECKS } from '../../../src/cli/doctor/check-folder.ts';
import { INDEX_CHECKS } from '../../../src/cli/doctor/check-index.ts';
import { lookAtFolder } from '../../../src/cli/doctor/folder-look.ts';
import { lookAtMachine } from '../../../src/cli/doctor/machine-look.ts';
import { CHECKS } from '../../../src/cli/doctor/checks.ts';
import { MACHINE_CHECKS } from '../../../src/cli/doctor/check-machine.ts';
import { doctorReference } from '../../../src/cli/doctor/reference.ts';
import { KEY_FILE_VARIABLE, KEY_VARIABLE } from '../../../src/cli/redaction-secret.ts';
import type { FindingPart } from '../../../src/model/documents/diagnosis.ts';
import { MICROS_PER_HOUR } from '../../../src/model/instant.ts';
import { startLive } from '../../e2e/live-process.ts';
import {
  appendFrame,
  contentsOf,
  diagnose,
  Folders,
  QUIET_ARGS,
  serverAnswering,
  startedRun,
  type Circumstances,
} from './diagnose.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const folders = new Folders();
const healthy = folders.fresh();
const SECRET = 'a-secret-that-nobody-may-ever-see-0001';
const now = (): number => Date.now() * 1_000;
afterAll(() => folders.remove());

beforeAll(async () => {
  const live = await startedRun(healthy);
  await live.stop();
});

/** What a check says of a folder; looking changes nothing of it. */
async function foundIn(
  folder: string,
  check: string,
  args: string[] = [],
  circumstances: Circumstances = {},
): Promise<FindingPart[]> {
  const before = contentsOf(folder);
  const { of, status, document, text } = await diagnose(
    ['--data', folder, ...QUIET_ARGS, ...args],
    circumstances,
  );
  expect(contentsOf(folder)).toEqual(before);
  expect(status).toBe(document.counts.problem > 0 ? 1 : 0);
  expect(text).not.toContain(SECRET);
  for (const { level, why, to_do } of of(check)) {
    const isTrouble = level === 'problem' || level === 'warning';
    expect([why !== null, to_do !== null]).toEqual([isTrouble, isTrouble]);
  }
  return of(check);
}

const trouble = (level: FindingPart['level'], found: string | RegExp): object => ({
  level,
  found: typeof found === 'string' ? expect.stringContaining(found) : expect.stringMatching(found),
});

/** Changes one byte of a file. */
function damage(file: string, at: number): void {
  const bytes = readFileSync(file);
  bytes[at] = (bytes[at] ?? 0) ^ 0xff;
  writeFileSync(file, bytes);
}

const segmentsOf = (folder: string): string[] =>
  readdirSync(join(folder, 'log'))
    .toSorted()
    .map((name) => join(folder, 'log', name));

/** Looks with some of them made up, for what no test can bring about on any machine. */
async function judged(checks: typeof CHECKS, name: string, over: Partial<Looks>): Promise<object[]> {
  const config = { 'log.max_bytes': 2 ** 34, 'intake.max_in_flight_bytes': 2 ** 26 };
  const looks = {
    config,
    machine: lookAtMachine(),
    folder: lookAtFolder(healthy),
    index: {},
    log: null,
    servers: null,
    ...over,
  };
  return [
    await checks.find((check) => check.name === name)?.run(looks as unknown as Looks),
  ].flat() as object[];
}

describe('configuration and machine [D2]', () => {
  it('a variable that is no option', async () => {
    expect(
      await foundIn(healthy, 'configuration.loads', [], { env: { COUNTERFOIL_TENNANT: 'x' } }),
    ).toMatchObject([{ level: 'ok' }, trouble('warning', 'COUNTERFOIL_TENNANT')]);
  });

  it('an old Node, few open files', async () => {
    const machine = { ...lookAtMachine(), nodeVersion: '22.1.0', openFiles: 100 };
    expect(await judged(MACHINE_CHECKS, 'machine.node', { machine })).toMatchObject([
      trouble('problem', '24 or later'),
    ]);
    expect(await judged(MACHINE_CHECKS, 'machine.open-files', { machine })).toMatchObject([
      trouble('problem', '100 files'),
    ]);
    const some = { ...machine, openFiles: 512 };
    expect(await judged(MACHINE_CHECKS, 'machine.open-files', { machine: some })).toMatchObject([
      trouble('warning', '512 files'),
    ]);
  });

  it.runIf(existsSync('/proc/self/limits'))('the limit is the one that the system says', () => {
    const limits = readFileSync('/proc/self/limits', 'utf8');
    expect(lookAtMachine().openFiles).toBe(Number(/Max open files\s+(\d+)/.exec(limits)?.[1]));
  });
});

describe('the data folder [D2]', () => {
  it('a file in its place', async () => {
    const folder = folders.fresh();
    writeFileSync(folder, '');
    expect(await foundIn(folder, 'folder.there')).toMatchObject([
      trouble('problem', 'is a file, not a folder'),
    ]);
  });

  it('one that may not be written or read', async () => {
    const folder = { ...lookAtFolder(healthy), writable: false };
    expect(await judged(FOLDER_CHECKS, 'folder.there', { folder })).toMatchObject([
      trouble('problem', 'cannot be written'),
    ]);
    const hidden = { ...folder, readable: false };
    expect(await judged(FOLDER_CHECKS, 'folder.there', { folder: hidden })).toMatchObject([
      trouble('problem', 'may not be read by this user'),
    ]);
  });

  it('a folder and files that others may read', async () => {
    const folder = folders.copyOf(healthy);
    chmodSync(folder, 0o755);
    chmodSync(join(folder, 'index.sqlite'), 0o644);
    expect(await foundIn(folder, 'folder.modes')).toMatchObject([
      { ...trouble('problem', 'mode 0755'), to_do: `chmod 700 '${folder}'` },
      { ...trouble('problem', 'mode 0644'), to_do: `chmod 600 '${join(folder, 'index.sqlite')}'` },
    ]);
  });

  it('a file system of another machine, and one in memory', async () => {
    const at = (type: number): Partial<Looks> => ({
      machine: { ...lookAtMachine(), platform: 'linux' },
      folder: { ...lookAtFolder(healthy), disk: { freeBytes: 1, totalBytes: 1, type } },
    });
    expect(await judged(FOLDER_CHECKS, 'folder.file-system', at(0x6969))).toMatchObject([
      trouble('problem', 'NFS'),
    ]);
    expect(await judged(FOLDER_CHECKS, 'folder.file-system', at(0x01021994))).toMatchObject([
      trouble('warning', 'tmpfs'),
    ]);
  });

  it('less room than the log may still take, and less than one request may', async () => {
    expect(await foundIn(healthy, 'folder.disk-space', ['--log-max-bytes', '64TiB'])).toMatchObject([
      trouble('warning', 'log.max_bytes 64TiB'),
    ]);
    const folder = { ...lookAtFolder(healthy), disk: { freeBytes: 2 ** 26, totalBytes: 2 ** 40, type: 0 } };
    expect(await judged(FOLDER_CHECKS, 'folder.disk-space', { folder })).toMatchObject([
      trouble('problem', 'the intake needs 128 MiB'),
    ]);
  });
});

describe('the index [D2]', () => {
  /** Everything in the one file, as after a checkpoint. */
  function settled(): { folder: string; file: string } {
    const folder = folders.copyOf(healthy);
    const file = join(folder, 'index.sqlite');
    const db = new DatabaseSync(file);
    db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    db.close();
    return { folder, file };
  }

  it('a file that is none', async () => {
    const { folder, file } = settled();
    writeFileSync(file, 'no database at all, and long enough to be looked at as one'.repeat(20));
    expect(await foundIn(folder, 'index.readable')).toMatchObject([
      trouble('problem', 'damaged or no index at all'),
    ]);
    expect(await foundIn(folder, 'index.integrity')).toMatchObject([{ level: 'not_checked' }]);
  });

  it('a lock that is none', async () => {
    const { folder } = settled();
    writeFileSync(join(folder, 'index.lock'), 'no database at all'.repeat(100));
    expect(await foundIn(folder, 'index.readable')).toMatchObject([
      trouble('problem', 'index.lock is damaged'),
    ]);
  });

  it('one of another version', async () => {
    const { folder, file } = settled();
    const db = new DatabaseSync(file);
    db.exec('PRAGMA user_version = 99');
    db.close();
    expect(await foundIn(folder, 'index.readable')).toMatchObject([trouble('problem', 'schema version 99')]);
  });

  it('damaged pages', async () => {
    const { folder, file } = settled();
    const handle = openSync(file, 'r+');
    for (let page = 2; page < 12; page += 1)
      writeSync(handle, Buffer.alloc(2_000, 0xa5), 0, 2_000, page * 4_096);
    closeSync(handle);
    const found = await foundIn(folder, 'index.integrity');
    expect(found).toMatchObject([trouble('problem', /^damaged: /)]);
  });

  it('facts of another tenant', async () => {
    expect(await foundIn(healthy, 'index.owner', ['--tenant', 'acme'])).toMatchObject([
      trouble('problem', 'belongs to tenant default, the configuration says acme'),
    ]);
  });

  it('a write-ahead log that has grown', async () => {
    const folder = folders.copyOf(healthy);
    // Zeros behind its frames are none, and take no room on the disk.
    truncateSync(join(folder, 'index.sqlite-wal'), 600 * 2 ** 20);
    const before = statSync(join(folder, 'index.sqlite-wal'));
    const { of } = await diagnose(['--data', folder, ...QUIET_ARGS]);
    expect(of('index.write-ahead-log')).toMatchObject([trouble('warning', '600 MiB')]);
    expect(statSync(join(folder, 'index.sqlite-wal'))).toMatchObject({
      size: before.size,
      mtimeMs: before.mtimeMs,
    });
  });

  it('says that a large one was not checked [D6]', async () => {
    const index = {
      file: 'f',
      bytes: 2 ** 31,
      walBytes: 0,
      hasWriter: false,
      unusable: null,
      damage: null,
      content: {},
    } as never;
    expect(await judged(INDEX_CHECKS, 'index.integrity', { index })).toMatchObject([
      { level: 'not_checked', found: expect.stringContaining('--full') as string },
    ]);
  });
});

describe('the log [D2]', () => {
  /** A folder with a log of several sealed segments, and no index. */
  async function segmented(count: number): Promise<string> {
    const folder = folders.fresh();
    mkdirSync(folder, { mode: 0o700 });
    const log = await openEventLog({ directory: folder, segmentBytes: 300 });
    for (let i = 0; i < count; i += 1)
      await log.append({ value: Buffer.alloc(100, i), from: now(), to: now() });
    await log.close();
    return folder;
  }

  it('damaged records, every one of them', async () => {
    const folder = await segmented(8);
    const [first = '', , third = ''] = segmentsOf(folder);
    damage(first, 80);
    damage(third, 80);
    expect(await foundIn(folder, 'log.frames')).toMatchObject([
      trouble('problem', `${third} is damaged`),
      trouble('problem', `${first} is damaged`),
    ]);
    expect(await foundIn(folder, 'log.position')).toMatchObject([{ level: 'not_checked' }]);
  });

  it('a record damaged in the file that is written to', async () => {
    const folder = folders.copyOf(healthy);
    await appendFrame(folder, 'spans', now());
    damage(segmentsOf(folder)[0] ?? '', 80);
    expect(await foundIn(folder, 'log.frames')).toMatchObject([trouble('problem', 'and later ones can')]);
  });

  it('a tail that was cut short', async () => {
    const folder = folders.copyOf(healthy);
    const [file = ''] = segmentsOf(folder);
    truncateSync(file, statSync(file).size - 7);
    expect(await foundIn(folder, 'log.tail')).toMatchObject([trouble('warning', 'cut short')]);
  });

  it('records that are not applied, with nobody there to do it', async () => {
    const folder = folders.copyOf(healthy);
    await appendFrame(folder, 'spans', now());
    expect(await foundIn(folder, 'log.position')).toMatchObject([
      trouble('warning', '1 record of 3 records are not applied'),
    ]);
  });

  it('a log that is gone, was cut, or begins too late for the index', async () => {
    const gone = folders.copyOf(healthy);
    rmSync(join(gone, 'log'), { recursive: true });
    expect(await foundIn(gone, 'log.position')).toMatchObject([
      trouble('problem', 'is gone, and the index goes on at record 2'),
    ]);

    const cut = folders.copyOf(healthy);
    for (const file of segmentsOf(cut)) rmSync(file);
    await (await openEventLog({ directory: cut })).close();
    expect(await foundIn(cut, 'log.position')).toMatchObject([trouble('problem', 'ends at record 0')]);

    const late = await segmented(8);
    openEmbeddedStore(late, 'write', { tenant: 'default' }).close();
    rmSync(segmentsOf(late)[0] ?? '');
    expect(await foundIn(late, 'log.position')).toMatchObject([
      trouble('problem', /begins at record \d+, and the index goes on at record 0/),
    ]);
  });

  it('a retention that is shorter than late events look back, with the numbers', async () => {
    expect(await foundIn(healthy, 'log.retention', ['--log-retention', '24h'])).toMatchObject([
      {
        ...trouble('problem', '1d, and 1d12m2s are needed (late_horizon 1d + before 1m'),
        to_do: expect.stringContaining('1d12m2s') as string,
      },
    ]);
    expect(
      await foundIn(healthy, 'log.retention', ['--log-retention', '24h', '--join-late-horizon', '6h']),
    ).toMatchObject([{ level: 'ok' }]);
  });

  it('a log that is nearly full', async () => {
    const folder = folders.copyOf(healthy);
    await appendFrame(folder, 'spans', now(), 15 * 2 ** 20);
    expect(await foundIn(folder, 'log.size')).toMatchObject([trouble('warning', /^15\.0 MiB of 16\.0 MiB/)]);
  });
});

describe('the redaction key [D2] [D4]', () => {
  it('one that is too short, or that others may read', async () => {
    const folder = folders.copyOf(healthy);
    const file = join(folder, 'redaction.key');
    writeFileSync(file, SECRET.slice(0, 20), { mode: 0o600 });
    expect(await foundIn(folder, 'key.file')).toMatchObject([trouble('problem', 'fewer than 32 characters')]);
    writeFileSync(file, `${SECRET}\n`);
    expect(await foundIn(folder, 'key.file')).toMatchObject([{ level: 'ok' }]);
    chmodSync(file, 0o640);
    expect(await foundIn(folder, 'folder.modes')).toMatchObject([trouble('problem', 'mode 0640')]);
  });

  it('a variable that is another key, the same one, or none', async () => {
    const folder = folders.copyOf(healthy);
    writeFileSync(join(folder, 'redaction.key'), `${SECRET}\n`, { mode: 0o600 });
    const variable = async (text: string): Promise<FindingPart[]> =>
      foundIn(folder, 'key.variable', [], { env: { [KEY_VARIABLE]: text } });
    expect(await variable(SECRET)).toMatchObject([{ level: 'ok', found: 'is the key of the folder' }]);
    expect(await variable(SECRET.replace('0001', '0002'))).toMatchObject([
      trouble('problem', 'is another key'),
    ]);
    expect(await variable('short')).toMatchObject([trouble('problem', 'fewer than 32')]);
    const file = async (path: string): Promise<FindingPart[]> =>
      foundIn(folder, 'key.variable', [], { env: { [KEY_FILE_VARIABLE]: path } });
    expect(await file(join(folder, 'redaction.key'))).toMatchObject([
      { level: 'ok', found: 'is the key of the folder' },
    ]);
    expect(await file(join(folder, 'nowhere'))).toMatchObject([trouble('problem', 'ENOENT')]);
    const other = await diagnose(['--data', folder, ...QUIET_ARGS], {
      env: { [KEY_VARIABLE]: SECRET.replace('0001', '0002') },
    });
    expect(other.text).not.toContain(SECRET.slice(0, 20));
  });
});

describe('the ports [D2]', () => {
  it.each(['server', 'otlp'])('the one of %s, where another program listens', async (which) => {
    const server = await serverAnswering('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi');
    const flag = which === 'server' ? '--http-port' : '--otlp-port';
    expect(await foundIn(healthy, `ports.${which}`, [flag, server.port])).toMatchObject([
      trouble('problem', 'in use by another program'),
    ]);
    server.close();
  });

  it('a program that speaks no HTTP, one that says nothing, and one that never ends', async () => {
    const silent = createServer((socket) => void socket.on('error', () => undefined));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const address = silent.address();
    const port = typeof address === 'object' && address !== null ? String(address.port) : '';
    expect(await foundIn(healthy, 'ports.server', ['--http-port', port])).toMatchObject([
      trouble('problem', 'another program'),
    ]);
    silent.close();
    const long = `HTTP/1.1 200 OK\r\n\r\n{"status":"ok","version":"${'9'.repeat(2 ** 20)}`;
    for (const text of ['SSH-2.0-x\r\n', long]) {
      const server = await serverAnswering(text);
      expect(await foundIn(healthy, 'ports.server', ['--http-port', server.port])).toMatchObject([
        trouble('problem', 'another program'),
      ]);
      server.close();
    }
  });

  it('one for both', async () => {
    expect(
      await foundIn(healthy, 'ports.otlp', ['--http-port', '18686', '--otlp-port', '18686']),
    ).toMatchObject([trouble('problem', 'is server.port too')]);
  });

  it('OTLP of our own process', async () => {
    const folder = folders.fresh();
    const { port, close } = await serverAnswering('');
    close();
    const live = await startLive(['--data', folder, '--otlp-port', port], true);
    const { of } = await diagnose(['--data', folder, '--http-port', '0', '--otlp-port', port]);
    await live.stop();
    expect(of('ports.otlp')).toMatchObject([{ level: 'ok', found: 'OTLP is taken here' }]);
  });
});

describe('the clock [D2]', () => {
  it('one that has gone back behind the last write', async () => {
    const folder = folders.copyOf(healthy);
    const later = new Date(Date.now() + 3 * 3_600_000);
    utimesSync(segmentsOf(folder).at(-1) ?? '', later, later);
    expect(await foundIn(folder, 'clock.machine')).toMatchObject([
      trouble('problem', /written 3h later than that/),
    ]);
  });

  it('records from the future', async () => {
    const folder = folders.copyOf(healthy);
    await appendFrame(folder, 'alerts', now() + 2 * MICROS_PER_HOUR);
    expect(await foundIn(folder, 'clock.records')).toMatchObject([
      trouble('warning', /2h ahead of now; join\.max_skew is 1m/),
    ]);
  });

  it('one that is not kept right', async () => {
    const machine = { ...lookAtMachine(), clockSynchronised: false };
    expect(await judged(CLOCK_CHECKS, 'clock.synchronised', { machine })).toMatchObject([
      trouble('warning', 'has not set the clock'),
    ]);
  });
});

describe('the records [D2]', () => {
  /** Changes what the index holds, as a bug would have. */
  function withIndex(change: (db: DatabaseSync) => void): string {
    const folder = folders.copyOf(healthy);
    const db = new DatabaseSync(join(folder, 'index.sqlite'));
    change(db);
    db.close();
    return folder;
  }

  it('dead letters, with the newest', async () => {
    const letter = {
      id: 'x',
      input: 'payments',
      at: 5,
      reason: 'not_json',
      text: 'is no JSON',
      place: 'p:1:1',
      excerpt: null,
    };
    const folder = withIndex((db) =>
      db
        .prepare('INSERT INTO dead_letter (id, age, document) VALUES (?, ?, ?)')
        .run('x', -5, JSON.stringify(letter)),
    );
    expect(await foundIn(folder, 'records.dead-letters')).toMatchObject([
      trouble('warning', '1 letter; the newest: not_json in payments, p:1:1: is no JSON'),
    ]);
  });

  it('accounts that do not add up', async () => {
    const folder = withIndex((db) => {
      const body = String(db.prepare('SELECT body FROM progress').get()?.['body']);
      const progress = JSON.parse(body) as { accounting: { inputs: { payments: { records: number } } } };
      progress.accounting.inputs.payments.records += 1;
      db.prepare('UPDATE progress SET body = ?').run(JSON.stringify(progress));
    });
    expect(await foundIn(folder, 'records.accounts')).toMatchObject([
      trouble('problem', 'payments: 2 records, 1 accounted for'),
    ]);
  });

  it('an input that has gone quiet, and one that nobody sends to', async () => {
    const folder = folders.copyOf(healthy);
    await appendFrame(folder, 'spans', now() + 2 * MICROS_PER_HOUR);
    expect(await foundIn(folder, 'records.quiet', [], { ahead: 2 * MICROS_PER_HOUR })).toMatchObject([
      { ...trouble('warning', /nothing since .*, 2h ago/), looked_at: 'input payments' },
    ]);
    const fresh = folders.fresh();
    mkdirSync(fresh, { mode: 0o700 });
    await appendFrame(fresh, 'alerts', now());
    expect(await foundIn(fresh, 'records.quiet')).toMatchObject([
      { ...trouble('warning', 'never had a record'), looked_at: 'input spans' },
      { ...trouble('warning', 'never had a record'), looked_at: 'input payments' },
    ]);
  });
});

describe('the reference page [D2]', () => {
  it('names every check once', () => {
    const names = CHECKS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(doctorReference()).toContain(`| \`${name}\` |`);
  });
});
