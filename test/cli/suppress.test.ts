// Goal: suppressions in the configuration: what they take away, what is said of it, and what is said of those that are over.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCli } from './run-cli.ts';
import { flagsOf, writeCase, type CasePaths } from './small-case.ts';

let dir = '';
let paths: CasePaths;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'counterfoil-suppress-'));
  paths = writeCase(dir);
});
afterAll(() => rmSync(dir, { recursive: true }));

async function correlate(suppress: string) {
  const file = join(dir, 'c.yaml');
  writeFileSync(file, `suppress:\n${suppress}`);
  return runCli(['correlate', ...flagsOf(paths), '-c', file, '--stats', join(dir, 'stats.json')], {
    env: { COUNTERFOIL_DATA: dir },
  });
}

const entry = (until: string, user = 'mallory'): string =>
  `  - rule: kubernetes_pod_exec\n    where: {user.username: ${user}}\n    until: ${until}\n    why: a test\n`;

test('[G9] what is suppressed makes no event, and is counted', async () => {
  const { status, stderr, stdout } = await correlate(entry('2200-01-01'));
  expect(stderr).toContain('suppressed: 2 sigma:kubernetes_pod_exec');
  expect(stderr).toMatch(/0 events and 3 payments: 0 links/);
  expect([status, stdout]).toEqual([0, '']);
});

test('[G9] one of somebody else, or that is over, does nothing; the latter is told', async () => {
  const { stderr } = await correlate(entry('2200-01-01', 'alice') + entry('2026-05-01'));
  expect(stderr).toContain(
    'warning: suppress[1] (kubernetes_pod_exec) has expired on 2026-05-01T00:00:00.000Z and does nothing',
  );
  expect(stderr).not.toContain('suppressed:');
  expect(stderr).toMatch(/1 event and 3 payments: 1 link/);
});

test('every fault is named at its place', async () => {
  const { status, stderr } = await correlate('  - {rule: x, where: {}, until: soon, reason: y}\n  - 5\n');
  expect(status).toBe(3);
  for (const text of [
    'c.yaml:2:39: suppress[0].reason: is not known; there are rule, where, until, why',
    'suppress[0].why: has to say why this is harmless',
    'c.yaml:2:26: suppress[0].until: has to be a day or an instant',
    'c.yaml:2:15: suppress[0].where: has to be a map of fields and values',
    'c.yaml:3:5: suppress[1]: is not a map of rule, where, until and why',
  ])
    expect(stderr).toContain(text);
  const unknown = await correlate(entry('2200-01-01').replace('kubernetes_pod_exec', 'pod_exec'));
  expect(unknown.status).toBe(3);
  expect(unknown.stderr).toContain('suppress[0].rule: no rule has the name or id pod_exec');
});
