// Goal: what `counterfoil test` says of tests that pass, of those that do not, and of files that cannot be read.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { execRecord } from './small-case.ts';
import { runCli } from './run-cli.ts';

let dir = '';
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'counterfoil-rule-tests-'));
});
afterAll(() => rmSync(dir, { recursive: true }));

const RULE = `title: Exec
name: exec
id: 929a690e-bef0-4204-a928-ef5e620d6fcc
level: low
logsource: {product: kubernetes, service: audit}
detection: {s: {verb: create, objectRef.subresource: exec}, condition: s}
---
title: Three
name: three
correlation: {type: event_count, rules: [exec], group-by: [user.username], timespan: 1h, condition: {gte: 3}}
`;

let count = 0;

/** Runs `test` over a folder of its own with the rules, this file of tests, and others. */
async function run(tests: string, others: Record<string, string> = {}) {
  const folder = join(dir, String((count += 1)));
  mkdirSync(folder);
  const files = { 'exec.yml': RULE, 'exec.test.yaml': tests, ...others };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const result = await runCli(['test', folder, '--rules-defaults', 'false'], {
    env: { COUNTERFOIL_DATA: dir },
    cwd: folder,
  });
  return { ...result, lines: result.stdout.trimEnd().split('\n') };
}

const BASE = 'base: {verb: create, objectRef: {resource: pods, subresource: exec}}\n';

describe('a test of a rule', () => {
  test('passes where hits hit and misses miss, by name, id or the id of events [G8]', async () => {
    const { status, lines, stderr } = await run(
      `${BASE}tests:
  - {name: a shell, hits: [exec], records: [{}, {verb: create}]}
  - {name: 'by id #1', hits: [929A690E-bef0-4204-a928-ef5e620d6fcc], misses: sigma:exec, records: [{verb: null}]}
  - {name: a log, misses: [exec], records: [{objectRef: {subresource: log}}]}
`,
    );
    expect(lines).toEqual([
      'TAP version 14',
      'ok 1 - exec.test.yaml:3:5 a shell',
      'not ok 2 - exec.test.yaml:4:5 by id \\#1',
      '  ---',
      '  - "exec.test.yaml:4:31: 929A690E-bef0-4204-a928-ef5e620d6fcc missed record 1"',
      '  ...',
      'ok 3 - exec.test.yaml:5:5 a log',
      '1..3',
    ]);
    expect(stderr).toBe('3 tests: 2 passed, 1 failed\n');
    expect(status).toBe(1);
  });

  test('a miss that hits is told, record by record [G8]', async () => {
    const { status, stdout } = await run(
      `${BASE}tests: [{name: x, misses: [exec], records: [{verb: get}, {}]}]\n`,
    );
    expect(status).toBe(1);
    expect(stdout).toContain('exec hit record 2');
    expect(stdout).not.toContain('record 1');
  });

  test('records may lie in a file, and anchors are followed', async () => {
    const { status } = await run(
      `${BASE}tests:
  - {name: file, hits: [exec], file: ./records.ndjson}
  - {name: anchor, hits: [exec], records: [&r {user: {username: a}}]}
  - {name: alias, hits: [exec], records: [*r, {<<: *r, x: 1}]}
`,
      { 'records.ndjson': `${JSON.stringify(execRecord())}\n` },
    );
    expect(status).toBe(0);
  });
});

describe('the short form', () => {
  const head = `rule: exec\n${BASE}`;

  test('says case by case what one rule hits and misses, in one document or several [G8]', async () => {
    const { status, lines } = await run(`${head}hits:
  as it is:
  nothing more: {}
  two: [{user: a}, {user: b}]
misses:
  a log: {objectRef: {subresource: log}}
  wrong: {user: a}
---
${head}input: events
hits: {an event: {}}
---
# nothing
---
tests: [{name: list, misses: exec, records: [{}]}]
`);
    expect(lines.filter((line) => !line.startsWith(' '))).toEqual([
      'TAP version 14',
      'ok 1 - exec.test.yaml:4:3 as it is',
      'ok 2 - exec.test.yaml:5:3 nothing more',
      'ok 3 - exec.test.yaml:6:3 two',
      'ok 4 - exec.test.yaml:8:3 a log',
      'not ok 5 - exec.test.yaml:9:3 wrong',
      // Records of a document with an input pass its formats, and this is no event.
      'not ok 6 - exec.test.yaml:14:8 an event',
      'ok 7 - exec.test.yaml:18:9 list',
      '1..7',
    ]);
    expect(status).toBe(1);
  });

  test('a null of the base is null, and one of a case takes away', async () => {
    const { status, stdout } = await run(
      'rule: nothing\nbase: {verb: null}\nhits: {there: {}}\nmisses: {gone: {verb: null}}\n',
      {
        'nothing.yml':
          'title: N\nname: nothing\nlevel: low\nlogsource: {product: falco}\ndetection: {s: {verb|exists: true}, condition: s}\n',
      },
    );
    expect(stdout).not.toContain('not ok');
    expect(status).toBe(0);
  });

  test('a name with controls in it stays one line [G8]', async () => {
    const { status, lines } = await run(`${BASE}rule: exec\nhits: {"a\\nnot ok 1\\e[2J": }\n`);
    expect([status, lines[1]]).toEqual([0, expect.stringContaining(' a\\u{a}not ok 1\\u{1b}[2J')]);
    expect(lines).toHaveLength(3);
  });

  test('every fault of it is named, and once [G8]', async () => {
    const { status, stderr } = await run(`hits: {x: {}}
---
rule: exec
---
rule: exec
hits: [x]
misses: {a: 1, b: []}
---
base: {}
---
x
---
rule: nope
hits: {x: , y: }
`);
    expect(status).toBe(3);
    for (const problem of [
      'exec.test.yaml:1:1: hits has no rule; add rule, the name or id of one',
      'exec.test.yaml:3:1: rule has no hits and no misses; add one of them',
      'exec.test.yaml:6:7: hits has to be a mapping',
      'exec.test.yaml:7:13: a record is a mapping',
      'exec.test.yaml:7:19: a case is a record, or a list of 1 to 1000',
      'exec.test.yaml:9:1: document has no tests; add rule with hits or misses, or a list of tests',
      'exec.test.yaml:11:1: a document of tests has to be a mapping, with rule and hits, or with tests',
      'exec.test.yaml:13:7: no rule has the name or id nope',
    ])
      expect(stderr).toContain(problem);
    expect(stderr.split('no rule has the name or id nope')).toHaveLength(2);
  });

  test('a file with nothing in it is a fault', async () => {
    const { status, stderr } = await run('# nothing\n');
    expect([status, stderr.includes('exec.test.yaml:1:1: file has no tests; add one')]).toEqual([3, true]);
  });
});

describe('a test of the whole way', () => {
  const records = (many: number): string =>
    JSON.stringify(Array.from({ length: many }, (_, index) => ({ ...execRecord(), auditID: `a${index}` })));

  test('decodes records, and asks correlation rules about them together [G8]', async () => {
    const { status, stderr, stdout } = await run(
      `tests:
  - {name: two, input: audit, hits: [exec], misses: [three], records: ${records(2)}}
  - {name: three, input: audit, hits: [three, exec], records: ${records(3)}}
`,
    );
    expect(stdout).not.toContain('not ok');
    expect(stderr).toBe('2 tests: 2 passed, 0 failed\n');
    expect(status).toBe(0);
  });

  test('fails where a record is refused, without showing it', async () => {
    const { status, stdout } = await run(
      'tests: [{name: x, input: audit, hits: [exec], records: [{verb: create, password: hunter2}]}]\n',
    );
    expect(status).toBe(1);
    expect(stdout).toContain('record 1 is refused');
    expect(stdout).not.toContain('hunter2');
  });
});

test('every fault of a file of tests is named at once, and nothing is run [G8]', async () => {
  const { status, stdout, stderr } = await run(
    `${BASE}other: 1
tests:
  - {hits: [exec], records: [{}]}
  - {name: nothing, records: [{}]}
  - {name: no records, hits: [exec]}
  - {name: both, hits: [exec], records: [{}], file: x}
  - {name: input, hits: [exec], records: [{}], input: spans}
  - {name: record, hits: [exec], records: [x]}
  - {name: unknown, hits: [nope, three], records: [{}], only: 1}
  - x
`,
  );
  expect(status).toBe(3);
  expect(stdout).toBe('');
  for (const problem of [
    'exec.test.yaml:2:1: "other" is not known here; use base, input, rule, hits, misses, tests',
    'exec.test.yaml:4:5: test has no name',
    'exec.test.yaml:5:5: test expects nothing',
    'exec.test.yaml:6:5: test needs records, a list, or file',
    'exec.test.yaml:7:5: test needs records, a list, or file',
    'exec.test.yaml:8:55: input has to be one of audit, alerts, events',
    'exec.test.yaml:9:44: a record is a mapping',
    'exec.test.yaml:10:28: no rule has the name or id nope',
    'exec.test.yaml:10:34: three correlates records by their time; add input',
    'exec.test.yaml:10:57: "only" is not known here',
    'exec.test.yaml:11:5: a test is a mapping of name',
  ])
    expect(stderr).toContain(problem);
});

test('a rule that asks for more than a group keeps is refused, unless it may keep that many [G6]', async () => {
  const folder = join(dir, 'many');
  mkdirSync(folder);
  writeFileSync(join(folder, 'exec.yml'), RULE.replace('gte: 3', 'gte: 10001'));
  writeFileSync(join(folder, 'exec.test.yaml'), `${BASE}rule: exec\nhits: {x: }\n`);
  const of = async (env: Record<string, string>) =>
    runCli(['test', folder, '--rules-defaults', 'false'], { env: { COUNTERFOIL_DATA: dir, ...env } });
  const { status, stderr } = await of({});
  expect(status).toBe(3);
  expect(stderr).toContain('asks for 10001 of a group, and a group keeps 10000 matches');
  expect((await of({ COUNTERFOIL_RULES_CORRELATION_MAX_GROUP_MEMBERS: '20000' })).status).toBe(0);
});

test('a folder without tests is a fault of the command', async () => {
  const folder = join(dir, 'empty');
  mkdirSync(folder);
  const { status, stderr } = await runCli(['test', folder, '--rules-defaults', 'false'], {
    env: { COUNTERFOIL_DATA: dir },
  });
  expect([status, stderr.includes('no file of tests there')]).toEqual([2, true]);
});

test('the rules that come with Counterfoil pass theirs', async () => {
  const { status, stderr } = await runCli(['test'], { env: { COUNTERFOIL_DATA: dir } });
  const [, all = ''] = /^(\d+) tests: \1 passed, 0 failed\n$/.exec(stderr) ?? [];
  expect(Number(all)).toBeGreaterThan(500);
  expect(status).toBe(0);
});
