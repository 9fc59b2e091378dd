// Goal: what is wrong with folder, index or log is found, at the level that it deserves, with what to do about it.
import {
  chmodSync,
  closeSync,
  mkdirSync,
  openSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { openEmbeddedStore } from '../../../src/adapters/embedded/embedded-store.ts';
import { openEventLog } from '../../../src/adapters/embedded/event-log.ts';
import type { Looks } from '../../../src/cli/doctor/check.ts';
import { FOLDER_CHECKS } from '../../../src/cli/doctor/check-folder.ts';
import { INDEX_CHECKS } from '../../../src/cli/doctor/check-index.ts';
import { lookAtFolder } from '../../../src/cli/doctor/folder-look.ts';
import { lookAtMachine } from '../../../src/cli/doctor/machine-look.ts';
import { appendFrame, diagnose, QUIET_ARGS } from './diagnose.ts';
import { folders, healthy, now, foundIn, trouble, damage, segmentsOf, judged } from './faulty-folder.ts';

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
