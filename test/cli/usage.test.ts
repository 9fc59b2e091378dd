import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { runCli } from './run-cli.ts';

test('version', async () => {
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  expect(await runCli(['--version'])).toEqual({ status: 0, stdout: `${manifest.version}\n`, stderr: '' });
});

test('no verb: the overview on stderr, exit 2', async () => {
  const { status, stdout, stderr } = await runCli([]);
  expect([status, stdout]).toEqual([2, '']);
  expect(stderr).toContain('Verbs');
});

test.each([
  [['corelate'], 'did you mean correlate?'],
  [['toString'], '"toString" is no verb'],
  [['simulate'], 'not built yet'],
  [['schema', 'lnk'], 'did you mean link?'],
  [['correlate'], 'no input is named'],
  [['correlate', '--flows', 'f'], 'not read yet'],
  [['correlate', '--spans', 'x', '--as-of', 'noon'], 'is not a time'],
  [['correlate', '--spans', '-', '--payments', '-'], 'can be read once only'],
  [['correlate', '--span', 'x'], 'did you mean --spans?'],
  [['correlate', '--spans', 'x', '-o', 'jsn'], 'did you mean json?'],
  [['normalize'], 'FILE is missing'],
  [['normalize', '--format', 'flaco', 'x'], 'did you mean falco?'],
  [['lookup'], 'ID is missing'],
  [['explain', 'a', 'b'], 'one ID too many'],
  [['demo', '--http-port', 'x'], 'is not a port'],
])('%j is refused with exit 2', async (args, message) => {
  const { status, stdout, stderr } = await runCli(args);
  expect(stderr).toContain(message);
  expect(stderr).toContain('[CF_USAGE]');
  expect([status, stdout]).toEqual([2, '']);
});

test('schemas are JSON, one or all', async () => {
  const all = JSON.parse((await runCli(['schema'])).stdout) as Record<string, object>;
  expect(Object.keys(all)).toEqual(['config', 'link', 'event', 'payment', 'incident', 'diagnosis']);
  expect(JSON.parse((await runCli(['schema', 'incident'])).stdout)).toEqual(all['incident']);
});
