// Goal: what kubectl prints is read, as JSON and as YAML, whatever pieces it comes in; what is broken costs itself [F20].
// Method: the reader that decides by content, over bytes cut everywhere; every YAML sample through the command line.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { ContentReader, NO_HINTS } from '../../../src/adapters/file/content-reader.ts';
import { RecordSink } from '../../../src/adapters/file/record-sink.ts';
import { DEFAULT_SOURCE_LIMITS } from '../../../src/adapters/file/source-limits.ts';
import { summary } from './scan.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const FIXTURES = new URL('../../fixtures/', import.meta.url);

function read(input: string, size = Infinity, yaml = true): string[] {
  const sink = new RecordSink('in', (text) => text, DEFAULT_SOURCE_LIMITS.keptRefusals, false);
  const reader = new ContentReader(sink, DEFAULT_SOURCE_LIMITS, { ...NO_HINTS, yaml });
  const bytes = Buffer.from(input);
  for (let from = 0; from < bytes.length && !reader.stopped; from += size)
    reader.push(Buffer.from(bytes.subarray(from, Math.min(from + size, bytes.length))));
  if (!reader.stopped) reader.end();
  return summary(sink.take());
}

describe('[F20] objects of Kubernetes in YAML', () => {
  test.each<[name: string, input: string, expected: string[]]>([
    ['one', 'apiVersion: v1\nkind: A\n', ['1:1 {"apiVersion":"v1","kind":"A"}']],
    [
      'several, and empty ones',
      '# all\n---\nkind: A\n---\n\n--- # none\nkind: B\n---',
      ['2:1 {"kind":"A"}', '6:1 {"kind":"B"}'],
    ],
    [
      'a byte order mark, line ends of Windows',
      '\uFEFFkind: A\r\n---\r\nkind: B\r\n',
      ['1:1 {"kind":"A"}', '2:1 {"kind":"B"}'],
    ],
    [
      'a line of dashes in a text',
      'kind: A\na: |\n  ---\n  ----\n',
      ['1:1 {"kind":"A","a":"---\\n----\\n"}'],
    ],
    ['brackets that begin a line', 'kind: A\nb:\n [1, 2]\n', ['1:1 {"kind":"A","b":[1,2]}']],
    [
      'a broken one',
      'kind: A\n---\nkind: {\n---\nkind: B',
      ['1:1 {"kind":"A"}', '4:1 not_yaml', '4:1 {"kind":"B"}'],
    ],
    ['a key twice', 'kind: A\nkind: B\n', ['2:1 not_yaml']],
    ['keys that are no text', 'kind: A\nb:\n  ? [a]\n  : 1\n', ['3:5 not_yaml']],
    ['an empty key, and a number', 'kind: A\n? \n: 1\n7: 2\n', ['1:1 {"7":2,"kind":"A","":1}']],
    ['an alias', 'kind: A\na: &a [x]\nb: [*a, *a]\n', ['1:1 not_yaml']],
    ['one that nests too deep', `kind: ${'['.repeat(70)}${']'.repeat(70)}\n`, ['1:1 too_deep']],
    ['types that JSON has not', 'kind: !!binary aGk=\n', ['1:1 {"kind":"aGk="}']],
    ['odd keys', 'kind: A\n__proto__: {a: 1}\n', ['1:1 {"kind":"A","__proto__":{"a":1}}']],
  ])('%s', (_, input, expected) => {
    expect(read(input)).toEqual(expected);
    expect(read(input, 1)).toEqual(expected);
    expect(read(input, 7)).toEqual(expected);
  });

  test('a document that is too large is refused, and the next is read', () => {
    const input = `kind: A\na: ${'x'.repeat(5 * 2 ** 20)}\n---\nkind: B\n`;
    for (const size of [65_536, Infinity])
      expect(read(input, size)).toEqual(['1:1 too_large', '3:1 {"kind":"B"}']);
  });

  test.each<[name: string, input: string, expected: string]>([
    ['keys within keys', `kind: A\nb: ${'{? '.repeat(400)}1${'}'.repeat(400)}\n`, 'not_yaml'],
    ['keys within keys, in lines', `kind: A\n${'? '.repeat(2000)}\n`, 'not_yaml'],
    ['lists within lists', `kind: A\nb:\n  ${'- '.repeat(20_000)}\n`, 'too_deep'],
    ['brackets', `kind: A\nb: ${'['.repeat(20_000)}\n`, 'too_deep'],
    [
      'many keys',
      `kind: A\n${Array.from({ length: 30_000 }, (_, i) => `k${i}: v`).join('\n')}\n`,
      '"k29999":"v"',
    ],
  ])('%s take no time', (_, input, expected) => {
    const start = performance.now();
    expect(read(input)[0]).toContain(expected);
    expect(performance.now() - start).toBeLessThan(5_000);
  });

  test('other YAML, and all of it in bodies, is none', () => {
    expect(read('- rule: a\n  output: b\n')).toEqual(['1:1 not_json']);
    expect(read('kind: A\n', Infinity, false)).toEqual(['1:1 not_json']);
  });
});

/** What the verb prints of an input, and why it refuses what it refuses. */
function normalized(paths: readonly string[], input = ''): string[] {
  const args = ['src/cli/main.ts', 'normalize', ...paths];
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: ROOT, input, encoding: 'utf8' });
  const refused = [...stderr.matchAll(/: refused, (\w+):/g)].map(([, reason]) => reason ?? '');
  return [...stdout.trim().split('\n'), ...refused].toSorted();
}

test.each([
  ['kyverno-policyreports', 'missing_time'],
  ['trivy-operator', 'trivy'],
])('[F20] samples of %s: YAML, JSON and a list of all are the same', (folder, expected) => {
  const path = fileURLToPath(new URL(folder, FIXTURES));
  const items = readdirSync(path).flatMap((name) =>
    parseAllDocuments(readFileSync(`${path}/${name}`, 'utf8')).map((each): unknown => each.toJS()),
  );
  const list = { apiVersion: 'v1', kind: 'List', items, metadata: { resourceVersion: '' } };
  const asYaml = normalized([path]);
  expect(asYaml.join('\n')).toContain(expected);
  expect(asYaml.join('\n')).not.toContain('not_json');
  expect(normalized(['-'], items.map((item) => JSON.stringify(item)).join('\n'))).toEqual(asYaml);
  expect(normalized(['-'], JSON.stringify(list, null, 2))).toEqual(asYaml);
});
