// Goal: each check finds the real fault that it is there for, at the level that it deserves, and says what to do about it.
import { chmodSync, existsSync, mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { CLOCK_CHECKS } from '../../../src/cli/doctor/check-clock.ts';
import { lookAtMachine } from '../../../src/cli/doctor/machine-look.ts';
import { CHECKS } from '../../../src/cli/doctor/checks.ts';
import { MACHINE_CHECKS } from '../../../src/cli/doctor/check-machine.ts';
import { doctorReference } from '../../../src/cli/doctor/reference.ts';
import { KEY_FILE_VARIABLE, KEY_VARIABLE } from '../../../src/cli/redaction-secret.ts';
import type { FindingPart } from '../../../src/model/documents/diagnosis.ts';
import { MICROS_PER_HOUR } from '../../../src/model/instant.ts';
import { startLive } from '../../e2e/live-process.ts';
import { appendFrame, diagnose, QUIET_ARGS, serverAnswering } from './diagnose.ts';
import { folders, healthy, SECRET, now, foundIn, trouble, segmentsOf, judged } from './faulty-folder.ts';

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
