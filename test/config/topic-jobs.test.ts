// Goal: a topic that two options name is a fault, said at the place of the option that names it, before any server is asked.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import type { CounterfoilError, Problem } from '../../src/model/errors.ts';

const dir = mkdtempSync(join(tmpdir(), 'counterfoil-topics-'));
afterAll(() => rmSync(dir, { recursive: true }));

function problemsOf(topics: string, env: Record<string, string> = {}): Problem[] {
  const file = join(dir, 'c.yaml');
  writeFileSync(file, `kafka:\n  topics:\n${topics}`);
  try {
    loadConfig({ file, env, flags: {}, cwd: dir, home: '/home/ann' });
    return [];
  } catch (error) {
    return (error as CounterfoilError).problems.map(({ at, text }) => ({
      at: at.replace(`${dir}/`, ''),
      text,
    }));
  }
}

const WHY = 'a topic has one job, since its records are read as what its option says';

it('two options that are set: the second says so [S14]', () => {
  expect(problemsOf('    payments: [a, b]\n    links: b\n')).toEqual([
    { at: 'c.yaml:4:12', text: `kafka.topics.links: "b" is named by kafka.topics.payments too; ${WHY}` },
  ]);
});

it('one that is set to the default of another, which follows it in the table [S14]', () => {
  expect(problemsOf('    spans: [counterfoil.links]\n')).toEqual([
    {
      at: 'c.yaml:3:12',
      text: `kafka.topics.spans: "counterfoil.links" is named by kafka.topics.links too; ${WHY}`,
    },
  ]);
});

it('the same topic twice in one list, and a variable [S14]', () => {
  expect(
    problemsOf('    audit: [k, k]\n', { COUNTERFOIL_KAFKA_TOPICS_INCIDENTS: 'counterfoil.links' }),
  ).toEqual([
    { at: 'c.yaml:3:12', text: `kafka.topics.audit: "k" is named twice; ${WHY}` },
    {
      at: 'COUNTERFOIL_KAFKA_TOPICS_INCIDENTS',
      text: `kafka.topics.incidents: "counterfoil.links" is named by kafka.topics.links too; ${WHY}`,
    },
  ]);
});

it('as many topics of one kind as one likes [S14]', () => {
  expect(problemsOf('    spans: [a, b]\n    payments: [c]\n    links: d\n')).toEqual([]);
});
