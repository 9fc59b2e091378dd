// Goal: a rule that can hardly be meant loads, and whoever starts with it is told where and what to write.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startLive, until } from '../e2e/live-process.ts';
import { runCli } from './run-cli.ts';
import { flagsOf, writeCase } from './small-case.ts';

let dir = '';
let config = '';
let rules = '';
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'counterfoil-doubts-'));
  config = join(dir, 'c.yaml');
  rules = join(dir, 'rules');
  mkdirSync(rules);
  writeFileSync(config, `rules:\n  paths: [${rules}]\n`);
  writeFileSync(
    join(rules, 'shell.yml'),
    'title: Shell\nname: my_shell\nlogsource: {product: falco}\ndetection: {s: {proc.name: sh}, condition: s}\n',
  );
  writeFileSync(
    join(rules, 'shell.test.yaml'),
    'rule: my_shell\nhits: {a shell: {proc.name: sh}}\nmisses: {none: {}}\n',
  );
});
afterAll(() => rmSync(dir, { recursive: true }));

test.each([
  ['validate', () => ['validate', '-c', config]],
  ['test', () => ['test', rules]],
  ['correlate', () => ['correlate', ...flagsOf(writeCase(dir)), '-c', config]],
])('[G13] %s says so, and goes on', async (_verb, args) => {
  const { status, stderr } = await runCli(args(), { env: { COUNTERFOIL_DATA: dir } });
  expect(stderr).toMatch(
    /counterfoil: warning: .*shell\.yml:4:17: no record of this log source begins with the field proc\.name, so that it is never there; write output_fields\.proc\.name\n/,
  );
  expect(status).toBe(0);
});

test('[G13] the log of the engine says so', { timeout: 90_000 }, async () => {
  const live = await startLive(['-c', config, '--data', join(dir, 'live'), '--otlp-port', '0']);
  const doubt = await until(() => live.log.find((line) => line['event.action'] === 'rule-doubtful'));
  expect(String(doubt['message'])).toContain('shell.yml:4:17: no record of this log source begins with');
  expect(await live.stop()).toBe(0);
});
