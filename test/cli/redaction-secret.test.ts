import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { keyVariableIn, redactionKeyIn } from '../../src/cli/redaction-secret.ts';

const folder = mkdtempSync(join(tmpdir(), 'counterfoil-key-'));
const file = join(folder, 'redaction.key');
const KEY = 'a made-up key of enough characters, 1';
writeFileSync(file, `${KEY}\n`);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('the key is the same as text and in a file, and the text goes first', () => {
  const fromText = redactionKeyIn({ COUNTERFOIL_REDACTION_KEY: KEY });
  expect(redactionKeyIn({ COUNTERFOIL_REDACTION_KEY_FILE: file })).toEqual(fromText);
  const both = { COUNTERFOIL_REDACTION_KEY: KEY, COUNTERFOIL_REDACTION_KEY_FILE: join(folder, 'nowhere') };
  expect(redactionKeyIn(both)).toEqual(fromText);
  expect(keyVariableIn(both)).toBe('COUNTERFOIL_REDACTION_KEY');
});

it('empty variables give none', () => {
  expect(
    redactionKeyIn({ COUNTERFOIL_REDACTION_KEY: '', COUNTERFOIL_REDACTION_KEY_FILE: '' }),
  ).toBeUndefined();
});

it('a file that is not there or holds no key is said, and not what it holds', () => {
  const of = (path: string) => () => redactionKeyIn({ COUNTERFOIL_REDACTION_KEY_FILE: path });
  expect(of(join(folder, 'nowhere'))).toThrow(
    /nowhere, which COUNTERFOIL_REDACTION_KEY_FILE names, .*ENOENT/,
  );
  writeFileSync(join(folder, 'short'), 'tiny-secret');
  expect(of(join(folder, 'short'))).toThrow(/COUNTERFOIL_REDACTION_KEY_FILE has fewer than 32/);
  expect(of(join(folder, 'short'))).not.toThrow(/tiny/);
});
