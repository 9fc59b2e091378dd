/** Which files of rules are read, and which are refused, before anything in them is looked at. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readRuleFiles } from '../../src/config/data-files.ts';

let dir = '';
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'counterfoil-data-files-'));
});
afterAll(() => rmSync(dir, { recursive: true }));

test('a mounted ConfigMap has each of its files once', () => {
  const mount = join(dir, 'mount');
  mkdirSync(join(mount, '..2026_03_10_14_00_00.1'), { recursive: true });
  writeFileSync(join(mount, '..2026_03_10_14_00_00.1', 'a.yml'), 'title: A\n');
  symlinkSync('..2026_03_10_14_00_00.1', join(mount, '..data'));
  symlinkSync(join('..data', 'a.yml'), join(mount, 'a.yml'));
  expect(readRuleFiles([mount])).toEqual([{ file: join(mount, 'a.yml'), text: 'title: A\n' }]);
});

test('what is no UTF-8 is refused with its place', () => {
  const file = join(dir, 'latin.yml');
  writeFileSync(file, Buffer.from('title: A\nname: caf\xe9\n', 'latin1'));
  expect(() => readRuleFiles([file])).toThrow(`${file}:2:10 is no UTF-8; save it as UTF-8.`);
});

test('what is neither a file nor a folder is refused, and not waited for', () => {
  expect(() => readRuleFiles(['/dev/zero'])).toThrow('/dev/zero is neither a file nor a folder');
});

test('folders too deep are refused, and not left out', () => {
  const deep = join(dir, ...Array.from({ length: 18 }, () => 'd'));
  mkdirSync(deep, { recursive: true });
  expect(() => readRuleFiles([join(dir, 'd')])).toThrow('lies more than 16 folders deep');
});

test('folders that are linked are read, each file once, and links that go round end', () => {
  const at = mkdtempSync(join(dir, 'linked-'));
  for (const folder of ['rules', 'shared']) mkdirSync(join(at, folder));
  writeFileSync(join(at, 'shared', 'b.yml'), 'title: B\n');
  symlinkSync(join(at, 'shared'), join(at, 'rules', 'company'));
  symlinkSync(join(at, 'shared'), join(at, 'rules', 'same-again'));
  symlinkSync(join(at, 'rules'), join(at, 'shared', 'round'));
  symlinkSync(join(at, 'nowhere'), join(at, 'rules', 'gone'));
  expect(readRuleFiles([join(at, 'rules')])).toEqual([
    { file: join(at, 'rules', 'company', 'b.yml'), text: 'title: B\n' },
  ]);
});
