// What is the embedded log's own: its file. The contract is in test/conformance/span-log.suite.ts.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { createSpanLog } from '../../../src/adapters/embedded/span-log.ts';

const directory = mkdtempSync(join(tmpdir(), 'counterfoil-span-log-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

it('leaves no file that another process could read or that outlives this one', () => {
  const log = createSpanLog({ memoryBytes: 10, directory });
  for (let i = 0; i < 20; i += 1) log.append(new Uint8Array(1_000).fill(i));
  expect([...log.chunks()]).toHaveLength(20);
  expect(readdirSync(directory)).toEqual([]);
  log.close();
  expect(readdirSync(directory)).toEqual([]);
});

it('says what to do when the file cannot be made, or the limit is reached', () => {
  const nowhere = createSpanLog({ memoryBytes: 0, directory: join(directory, 'no-such-folder') });
  expect(() => nowhere.append(new Uint8Array(1))).toThrow(/ENOENT.*name another folder/);
  const small = createSpanLog({ memoryBytes: 100, directory, maxBytes: 150 });
  small.append(new Uint8Array(100));
  expect(() => small.append(new Uint8Array(51))).toThrow('more than 150 bytes');
  small.append(new Uint8Array(50));
  expect(small.bytes).toBe(150);
  small.close();
});
