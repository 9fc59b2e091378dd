import { expect, test } from 'vitest';
import { parseLogfmt } from '../../../src/formats/security/logfmt.ts';

test.each<[string, Record<string, string> | undefined]>([
  ['a=1 b=two', { a: '1', b: 'two' }],
  [' a="x y"\tb= c=z\n', { a: 'x y', b: '', c: 'z' }],
  [String.raw`a="say \"no\"" b="tab\t" c="é"`, { a: 'say "no"', b: 'tab\t', c: 'é' }],
  [String.raw`a="bell\a"`, { a: String.raw`bell\a` }],
  ['a=1 a=2', { a: '1' }],
  ['dest-server=https://x:1/y?z=1', { 'dest-server': 'https://x:1/y?z=1' }],
  ['__proto__=1', Object.fromEntries([['__proto__', '1']])],
  ['', undefined],
  ['   ', undefined],
  ['word', undefined],
  ['a=1 word', undefined],
  ['a="open', undefined],
  ['a="x"y', undefined],
  ['=1', undefined],
  ['a=1 '.repeat(1_001), undefined],
  [`a=${'x'.repeat(300_000)}`, undefined],
])('%.40j', (line, expected) => {
  const members = parseLogfmt(line);
  expect(members === undefined ? undefined : Object.entries(members)).toEqual(
    expected === undefined ? undefined : Object.entries(expected),
  );
});
