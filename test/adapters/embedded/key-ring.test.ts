// Goal: keys are in force while they stand in their file, and a file that is not whole lets nobody in.
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { changeKeyFile, MAX_KEYS, readKeyFile } from '../../../src/adapters/embedded/key-file.ts';
import { KeyRing } from '../../../src/adapters/embedded/key-ring.ts';
import { hashOfKey, idOfKey, isKeyOf, newKey } from '../../../src/adapters/embedded/key-text.ts';
import type { AccessKey, Scope } from '../../../src/model/access.ts';
import { ManualClock } from '../../cli/fakes.ts';

const folder = mkdtempSync(join(tmpdir(), 'counterfoil-keys-'));
afterAll(() => rmSync(folder, { recursive: true }));

let file = '';
let clock = new ManualClock();
let count = 0;
beforeEach(() => {
  file = join(folder, `${(count += 1)}`, 'keys.json');
  clock = new ManualClock();
});

function add(...scopes: Scope[]): string {
  const { id, key } = newKey();
  const entry: AccessKey = { id, name: 'a', scopes, created: '2026-01-01T00:00:00Z', sha256: hashOfKey(key) };
  changeKeyFile(file, (keys) => [...keys, entry]);
  return key;
}

const revoke = (key: string): void =>
  changeKeyFile(file, (keys) => keys.filter(({ id }) => id !== idOfKey(key)));

describe('a key [A4]', () => {
  it('is 256 random bits behind a prefix and its id', () => {
    const keys = Array.from({ length: 200 }, newKey);
    for (const { id, key } of keys) {
      expect(key).toMatch(/^cfk_[0-9A-Za-z]{8}_[0-9A-Za-z]{43}$/);
      expect(idOfKey(key)).toBe(id);
    }
    expect(new Set(keys.map(({ key }) => key)).size).toBe(200);
    // Every character takes its turn everywhere but in the first place, which holds the little that 2^256 leaves of it.
    const last = new Set(keys.map(({ key }) => key.at(-1)));
    expect(last.size).toBeGreaterThan(40);
  });

  it('is known by its hash, and by nothing that is nearly it', () => {
    const { key } = newKey();
    const hash = hashOfKey(key);
    expect(isKeyOf(key, hash)).toBe(true);
    for (const other of [newKey().key, key.slice(0, -1), `${key}x`, key.toUpperCase(), ''])
      expect(isKeyOf(other, hash)).toBe(false);
  });

  it('does not stand in its file, which only its owner may read', () => {
    const key = add('read');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(join(file, '..')).mode & 0o777).toBe(0o700);
    const text = readFileSync(file, 'utf8');
    expect(text).not.toContain(key);
    expect(text).not.toContain(key.slice(-43));
    expect(readdirSync(join(file, '..'))).toEqual(['keys.json']);
  });
});

describe('the file', () => {
  it('is changed whole or not at all', () => {
    const key = add('read');
    const before = readFileSync(file, 'utf8');
    expect(() =>
      changeKeyFile(file, () => {
        throw new Error('no');
      }),
    ).toThrow('no');
    expect(readFileSync(file, 'utf8')).toBe(before);
    expect(readdirSync(join(file, '..'))).toEqual(['keys.json']);
    expect(readKeyFile(file)?.map(({ id }) => id)).toEqual([idOfKey(key)]);
  });

  it('is changed by one at a time', () => {
    add('read');
    expect(() => changeKeyFile(file, (keys) => (add('write'), [...keys]))).toThrow(/is being changed/);
    expect(readKeyFile(file)).toHaveLength(1);
  });

  it('holds so many keys and no more', () => {
    const { id, key } = newKey();
    const one = { name: 'a', scopes: ['read' as const], created: '', sha256: hashOfKey(key) };
    const many = Array.from({ length: MAX_KEYS + 1 }, (_, i) => ({
      ...one,
      id: id.slice(0, 4) + String(1_000 + i),
    }));
    expect(() => changeKeyFile(file, () => many)).toThrow(/may hold 1000 keys/);
    changeKeyFile(file, () => many.slice(1));
    expect(readKeyFile(file)).toHaveLength(MAX_KEYS);
  });

  it.each([
    ['{', 'no JSON'],
    ['{}', 'not of the form'],
    ['{"schema":"api-keys/1","keys":{}}', 'not of the form'],
    [
      '{"schema":"api-keys/1","keys":[{"id":"12345678","name":"a","scopes":["all"],"created":"","sha256":""}]}',
      '/keys/0',
    ],
    ['[]', 'not of the form'],
    ['null', 'not of the form'],
    ['', 'no JSON'],
  ])('that is %s is refused', (text, why) => {
    add('read');
    writeFileSync(file, text);
    expect(() => readKeyFile(file)).toThrow(why);
  });
});

describe('the keys in force [A3]', () => {
  it('are those of the file: added and revoked ones within a second', () => {
    const ring = new KeyRing(file, clock);
    expect(ring.demanded()).toBe(false);
    const first = add('read');
    expect(ring.demanded()).toBe(false);
    clock.ms = 1_000;
    expect(ring.demanded()).toBe(true);
    expect(ring.grantOf(first)).toEqual({ id: idOfKey(first), scopes: ['read'] });
    const second = add('intake', 'write');
    expect(ring.grantOf(second)).toBeNull();
    clock.ms = 2_000;
    expect(ring.grantOf(second)?.scopes).toEqual(['intake', 'write']);
    revoke(first);
    clock.ms = 3_000;
    expect(ring.grantOf(first)).toBeNull();
  });

  it('are read again when the file is another one of the same size and time', () => {
    const key = add('read');
    const ring = new KeyRing(file, clock);
    expect(ring.grantOf(key)).not.toBeNull();
    const { atime, mtime } = statSync(file);
    revoke(key);
    add('read');
    utimesSync(file, atime, mtime);
    clock.ms = 1_000;
    expect(ring.grantOf(key)).toBeNull();
  });

  it('revoking the last one opens no door', () => {
    const key = add('read');
    const ring = new KeyRing(file, clock);
    revoke(key);
    expect([ring.demanded(), ring.count(), ring.grantOf(key)]).toEqual([true, 0, null]);
  });

  it('a file that is damaged lets nobody in, and neither does one that was taken away', () => {
    const key = add('read');
    const ring = new KeyRing(file, clock);
    const whole = readFileSync(file);
    expect(ring.grantOf(key)).not.toBeNull();
    writeFileSync(file, whole.subarray(0, 40));
    clock.ms = 1_000;
    expect(ring.demanded()).toBe(true);
    expect(() => ring.grantOf(key)).toThrow('no JSON');
    rmSync(file);
    clock.ms = 2_000;
    expect(ring.demanded()).toBe(true);
    expect(() => ring.grantOf(key)).toThrow('is gone');
    writeFileSync(file, whole);
    clock.ms = 3_000;
    expect(ring.grantOf(key)).not.toBeNull();
  });

  it('a text that is no key, or has the id of one, is not let in', () => {
    const key = add('read');
    const ring = new KeyRing(file, clock);
    for (const text of [
      '',
      'cfk_',
      key.slice(0, 12),
      `${key.slice(0, -1)}~`,
      `${key.slice(0, 13)}${'0'.repeat(43)}`,
    ])
      expect(ring.grantOf(text)).toBeNull();
  });
});
