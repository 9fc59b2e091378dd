import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { redactionKeyOf, redactionKeyOfText } from '../../../src/adapters/embedded/redaction-key.ts';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'counterfoil-key-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

test('made once, for its owner only, and then the same', () => {
  const folder = join(dir, 'a', 'b');
  const key = redactionKeyOf(folder);
  expect(key.length).toBeGreaterThanOrEqual(32);
  expect(redactionKeyOf(folder)).toEqual(key);
  expect(statSync(join(folder, 'redaction.key')).mode & 0o777).toBe(0o600);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect(readdirSync(folder)).toEqual(['redaction.key']);
});

test('the text of the file is the key that a variable would give', () => {
  const text = 'k'.repeat(40);
  writeFileSync(join(dir, 'redaction.key'), `${text}\n`);
  expect(Buffer.from(redactionKeyOf(dir))).toEqual(Buffer.from(redactionKeyOfText(text, 'X')));
});

test('a key that is too short or cannot be made is refused without being shown', () => {
  expect(() => redactionKeyOfText('short-secret', 'NAME')).toThrow(/NAME has fewer than 32 characters/);
  expect(() => redactionKeyOfText('short-secret', 'NAME')).not.toThrow(/short-secret/);
  writeFileSync(join(dir, 'file'), '');
  expect(() => redactionKeyOf(join(dir, 'file', 'x'))).toThrow(/COUNTERFOIL_REDACTION_KEY/);
});
