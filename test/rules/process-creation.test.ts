/** Rules for new processes on Linux, as public rule sets have them, over what Tetragon says of each [G14]. */
import { describe, expect, test } from 'vitest';
import { loadRules } from '../../src/rules/compile.ts';
import { matchesOf } from '../../src/rules/evaluate.ts';
import { observationOf, type RawRecord } from './observation.ts';
import { ruleText } from './rule-text.ts';

const EXEC: RawRecord = {
  process_exec: {
    process: {
      pid: 52_699,
      auid: 1000,
      cwd: '/tmp',
      binary: '/usr/bin/curl',
      arguments: '-o /tmp/x https://example.org/x',
      user: { name: 'root' },
      pod: { namespace: 'payments', name: 'ledger-1' },
    },
    parent: { pid: 52_600, binary: '/bin/bash', arguments: '-c "curl …"' },
  },
  time: '2026-03-10T14:00:02Z',
};
const { process_exec: CALL } = EXEC;
const KPROBE: RawRecord = { process_kprobe: CALL ?? null, time: '2026-03-10T14:00:02Z' };

function ruleOf(detection: string, logsource = '{category: process_creation, product: linux}') {
  const text = ruleText(detection).replace('{product: kubernetes, service: audit}', logsource);
  return loadRules([{ file: 'r.yml', text }]);
}

function holds(detection: string, record: RawRecord = EXEC): boolean {
  const rules = ruleOf(detection);
  expect(rules.doubts).toEqual([]);
  return matchesOf(observationOf(record, 'tetragon'), rules).length === 1;
}

const one = (field: string): string => `s:\n  ${field}\ncondition: s`;

describe('[G14] fields of the taxonomy', () => {
  test.each([
    ["Image|endswith: '/curl'", true],
    ["Image|endswith: '/wget'", false],
    ["CommandLine|contains|all: [' -o ', '/tmp/']", true],
    ["CommandLine: '/usr/bin/curl -o /tmp/x https://example.org/x'", true],
    ["CommandLine|startswith: '-o'", false],
    ["CommandLine|re: 'curl -o \\S+ https'", true],
    ['CommandLine|exists: true', true],
    ["ParentImage|endswith: ['/bash', '/sh']", true],
    ["ParentCommandLine|contains: '/bin/bash -c'", true],
    ['ParentProcessId: 52600', true],
    ['ProcessId: 52699', true],
    ['CurrentDirectory: /tmp', true],
    ['User: root', true],
    ['LogonId: 1000', true],
    ['CommandLine: null', false],
    ['CommandLine|fieldref: Image', false],
    ['Image|fieldref: Image', true],
  ])('%s: %s', (field, expected) => {
    expect(holds(one(field))).toBe(expected);
  });
});

test('[G14] a process without arguments has its binary for a command line, one without a parent has no parent', () => {
  const bare: RawRecord = { process_exec: { process: { binary: '/bin/sh' } } };
  expect(holds(one('CommandLine: /bin/sh'), bare)).toBe(true);
  expect(holds(one('ParentCommandLine: null'), bare)).toBe(true);
  expect(holds(one('ParentCommandLine|exists: false'), bare)).toBe(true);
});

test('[G14] only new processes are looked at, also where a rule says only what is not', () => {
  const detection = "s: {Image|endswith: '/cat'}\ncondition: not s";
  expect(holds(detection)).toBe(true);
  expect(holds(detection, KPROBE)).toBe(false);
});

test('[G14] a field that is not of the taxonomy is told', () => {
  const { doubts } = ruleOf(one('OriginalFileName: curl'));
  expect(doubts.map(({ text }) => text)).toEqual([
    expect.stringContaining('no record of this log source begins with the field OriginalFileName'),
  ]);
});

test.each([
  '{category: process_creation, product: windows}',
  '{product: linux}',
  '{category: process_creation, product: linux, service: auditd}',
  '{category: network_connection, product: linux}',
])('[G14] %s is refused', (logsource) => {
  expect(() => ruleOf(one('Image: x'), logsource)).toThrow(/logsource is none that is read here/);
});

describe('[G14] filters', () => {
  const filter = (logsource: string, rules: string) => ({
    file: 'f.yml',
    text: `title: F\nlogsource: ${logsource}\nfilter: {rules: ${rules}, f: {User: root}, condition: not f}\n`,
  });
  const rule = (name: string, logsource: string, detection: string) => ({
    file: `${name}.yml`,
    text: ruleText(detection)
      .replace('name: t', `name: ${name}`)
      .replace('{product: kubernetes, service: audit}', logsource),
  });
  const files = [
    rule('of_linux', '{category: process_creation, product: linux}', one("Image|endswith: '/curl'")),
    rule('of_tetragon', '{product: tetragon}', one("process_exec.process.binary|endswith: '/curl'")),
  ];
  const found = (...filters: { file: string; text: string }[]): string[] =>
    matchesOf(observationOf(EXEC, 'tetragon'), loadRules([...files, ...filters])).map(
      ({ rule: { id } }) => id,
    );

  test('of the category leave rules of Tetragon alone, and those of Tetragon are for both', () => {
    expect(found()).toEqual(['sigma:of_linux', 'sigma:of_tetragon']);
    expect(found(filter('{category: process_creation, product: linux}', 'any'))).toEqual([
      'sigma:of_tetragon',
    ]);
    expect(found(filter('{product: tetragon}', 'any'))).toEqual([]);
    expect(() => found(filter('{category: process_creation, product: linux}', '[of_tetragon]'))).toThrow(
      /of_tetragon is for another log source/,
    );
  });
});
