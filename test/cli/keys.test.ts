// Goal: keys are made, listed and taken back by people who make mistakes, and a key is shown once.
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { runCli } from './run-cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'counterfoil-keys-cli-'));
afterAll(() => rmSync(folder, { recursive: true }));

let file = '';
let count = 0;
beforeEach(() => {
  file = join(folder, `${(count += 1)}.json`);
});

const keys = (...args: string[]) => runCli(['keys', ...args, '--file', file], { cwd: folder });
const listed = async () => JSON.parse((await keys('list')).stdout) as { id: string; scopes: string[] }[];

describe('keys [A4]', () => {
  it('are printed once, when they are made, and nowhere kept', async () => {
    const made = await keys('add', '--name', 'the collector', '--scope', 'write,intake', '--scope', 'intake');
    const key = made.stdout.trim();
    expect(key).toMatch(/^cfk_\w{8}_\w{43}$/);
    expect(made.status).toBe(0);
    expect(made.stderr).not.toContain(key);
    expect(readFileSync(file, 'utf8')).not.toContain(key.slice(13));
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const list = await keys('list');
    expect(list.stdout).not.toContain(key.slice(13));
    expect(list.stdout).not.toContain('sha256');
    expect(JSON.parse(list.stdout)).toEqual([
      {
        id: key.slice(4, 12),
        name: 'the collector',
        scopes: ['intake', 'write'],
        created: expect.any(String),
      },
    ]);
    expect((await keys('list', '-o', 'table')).stdout).toContain('intake, write');
    expect((await keys('list', '-o', 'csv')).stdout).toContain('intake;write');
  });

  it('are taken back by their id, and no other goes with it', async () => {
    const first = (await keys('add', '--name', 'a', '--scope', 'read')).stdout.slice(4, 12);
    const second = (await keys('add', '--name', 'a', '--scope', 'read')).stdout.slice(4, 12);
    expect((await keys('revoke', first)).status).toBe(0);
    expect((await listed()).map(({ id }) => id)).toEqual([second]);
    const again = await keys('revoke', first);
    expect([again.status, again.stderr]).toEqual([1, expect.stringContaining('[CF_NOT_FOUND]')]);
    expect(await listed()).toHaveLength(1);
  });

  it('made at the same time are all kept, or said not to be', async () => {
    const made = await Promise.all(
      ['a', 'b', 'c', 'd'].map((name) => keys('add', '--name', name, '--scope', 'read')),
    );
    const ids = made.filter(({ status }) => status === 0).map(({ stdout }) => stdout.slice(4, 12));
    expect((await listed()).map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
    for (const { status } of made) expect([0, 3]).toContain(status);
    expect(existsSync(`${file}.new`)).toBe(false);
  });

  it('are beside the data, or where auth.keys_file says', async () => {
    const data = join(folder, 'data');
    await runCli(['keys', 'add', '--name', 'a', '--scope', 'read', '--data', data]);
    expect(existsSync(join(data, 'api-keys.json'))).toBe(true);
    writeFileSync(join(folder, 'c.yaml'), 'auth:\n  keys_file: elsewhere.json\n');
    await runCli(['keys', 'add', '--name', 'a', '--scope', 'read', '-c', join(folder, 'c.yaml')]);
    expect(existsSync(join(folder, 'elsewhere.json'))).toBe(true);
  });
});

describe('what is wrong is said', () => {
  it.each([
    [[], 'add, list or revoke is missing'],
    [['ad'], 'did you mean add?'],
    [['add'], '--name is missing'],
    [['add', '--name', 'a'], '--scope is missing'],
    [['add', '--name', 'a', '--scope', 'reed'], 'did you mean read?'],
    [['add', '--name', 'a', '--scope', 'read,'], 'is none of'],
    [['add', '--name', 'a\u001b[2J', '--scope', 'read'], '--name is not a name'],
    [['add', 'x', '--name', 'a', '--scope', 'read'], '"x" is not expected'],
    [['revoke'], 'the ID of the key is missing'],
  ])('%j: exit 2', async (args, text) => {
    const { status, stdout, stderr } = await keys(...args);
    expect([status, stdout, stderr]).toEqual([2, '', expect.stringContaining(text)]);
    expect(existsSync(file)).toBe(false);
  });

  it('no file, a damaged one, one that is being changed: exit 3, and nothing is written', async () => {
    for (const args of [['list'], ['revoke', '12345678']])
      expect(await keys(...args)).toMatchObject({
        status: 3,
        stderr: expect.stringContaining('There is no'),
      });
    expect(existsSync(file)).toBe(false);
    writeFileSync(file, 'garbage');
    for (const args of [['list'], ['revoke', 'x'], ['add', '--name', 'a', '--scope', 'read']])
      expect(await keys(...args)).toMatchObject({ status: 3, stderr: expect.stringContaining('is no JSON') });
    expect(readFileSync(file, 'utf8')).toBe('garbage');
    rmSync(file);
    writeFileSync(`${file}.new`, '');
    const locked = await keys('add', '--name', 'a', '--scope', 'read');
    expect(locked).toMatchObject({
      status: 3,
      stdout: '',
      stderr: expect.stringContaining('is being changed'),
    });
  });

  it('a place where nothing can be written: exit 3', async () => {
    writeFileSync(file, '');
    const args = ['add', '--name', 'a', '--scope', 'read', '--file', join(file, 'keys.json')];
    const { status, stdout, stderr } = await runCli(['keys', ...args]);
    expect([status, stdout, stderr]).toEqual([3, '', expect.stringContaining('cannot be written')]);
  });
});
