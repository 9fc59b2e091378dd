import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Invariant number -> the test files that its `test:` line names, relative to test/. */
function promisesOf(spec: string): Map<string, string[]> {
  const promises = new Map<string, string[]>();
  let current: string[] | undefined;
  for (const line of spec.split('\n')) {
    const number = /^- \*\*([A-Z]\d+)\b/.exec(line)?.[1];
    if (number !== undefined) promises.set(number, (current = []));
    else if (/^\S/.test(line)) current = undefined;
    const files = /^\s+test: (.+)$/.exec(line)?.[1];
    if (files !== undefined) current?.push(...files.split(',').map((file) => file.trim()));
  }
  return promises;
}

/** Numbers in brackets in the titles of tests: `it('merges stages [F3]', ...)`. */
function tagsOf(text: string): Set<string> {
  const titles = [...text.matchAll(/(?:^\s*(?:it|test|describe)\b.*?|^\s*\]\)?)\(\s*(['"`])(.*?)\1,/gm)];
  return new Set(
    titles.flatMap(([, , title = '']) => [...title.matchAll(/\[([A-Z]\d+)\]/g)].map((tag) => tag[1] ?? '')),
  );
}

const promises = promisesOf(readFileSync(join(ROOT, 'docs/SPEC.md'), 'utf8'));
const tags = new Map(
  readdirSync(join(ROOT, 'test'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(test|suite)\.ts$/.test(entry.name))
    .map((entry) => {
      const file = join(entry.parentPath, entry.name);
      const path = relative(join(ROOT, 'test'), file).split(sep).join('/');
      return [path, tagsOf(readFileSync(file, 'utf8'))] as const;
    }),
);

describe('docs/SPEC.md', () => {
  it('has promises', () => expect(promises.size).toBeGreaterThan(25));

  it.each([...promises])('%s names tests that carry its number', (number, files) => {
    expect(files, `${number} has no test: line`).not.toEqual([]);
    for (const file of files) {
      expect(tags.has(file), `${number} names test/${file}, which is not there`).toBe(true);
      expect([...(tags.get(file) ?? [])], `no title in test/${file} carries [${number}]`).toContain(number);
    }
  });

  it('is named by no test that it does not name', () => {
    const astray = [...tags].flatMap(([file, numbers]) =>
      [...numbers]
        .filter((number) => promises.get(number)?.includes(file) !== true)
        .map((number) => `${file} [${number}]`),
    );
    expect(astray).toEqual([]);
  });
});

describe('the reader of SPEC.md', () => {
  it('finds numbers and their files', () => {
    const spec =
      '## A\n- **F1** One.\n  test: a/b.test.ts, c.test.ts\n- **J2 gap.** Two.\n\nNot a promise.\n  test: d.test.ts\n';
    expect([...promisesOf(spec)]).toEqual([
      ['F1', ['a/b.test.ts', 'c.test.ts']],
      ['J2', []],
    ]);
  });

  it('finds numbers in titles only', () => {
    const text =
      "it('one [F1] and [J2]', () => {\n  const list = [A1];\n});\n])('each [M1] of %s', () => {});\nconst a = '[I1]';\n";
    expect([...tagsOf(text)]).toEqual(['F1', 'J2', 'M1']);
  });
});
