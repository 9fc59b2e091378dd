import { describe, expect, test } from 'vitest';
import { verbHelp } from '../../src/cli/help.ts';
import { findVerb, overview, VERBS } from '../../src/cli/verb-table.ts';
import { runCli } from './run-cli.ts';

test('the overview', async () => {
  expect(overview()).toMatchSnapshot();
  expect(await runCli(['--help'])).toEqual({ status: 0, stdout: overview(), stderr: '' });
});

describe.each(Object.keys(VERBS))('%s', (name) => {
  test('its help: examples first, every flag, nothing too wide', async () => {
    const { spec } = await findVerb(name);
    const help = verbHelp(spec);
    expect(help).toMatchSnapshot();
    expect(help.indexOf('Examples')).toBeLessThan(help.indexOf('Usage'));
    for (const flag of spec.flags) expect(help).toContain(`--${flag.name}`);
    const lines = help.split('\n').filter((line) => !line.startsWith('  counterfoil'));
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(124);
    expect(spec.name).toBe(name);
  });
});

test('help of a verb in each way of asking', async () => {
  const help = verbHelp((await findVerb('schema')).spec);
  expect((await runCli(['schema', '--help'])).stdout).toBe(help);
  expect((await runCli(['schema', '-h'])).stdout).toBe(help);
  expect((await runCli(['help', 'schema'])).stdout).toBe(help);
});
