// Goal: the fault finder takes exactly what JSON.parse takes, and names the first byte that cannot be right.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { findJsonFault } from '../../../src/adapters/file/json-fault.ts';

const mutation = fc.tuple(
  fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.stringify(value)),
  fc.nat(60),
  fc.nat(3),
  fc.constantFrom('', '}', ']', '"', ',', ':', '0', '-', '.', 'e', '\\', 'u', '\n', 't', ' ', '\u00e4'),
);

function faultOf(text: string): { offset: number; text: string } | null {
  const bytes = Buffer.from(text);
  return findJsonFault(bytes, 0, bytes.length);
}

it('takes what JSON.parse takes, and nothing else', () => {
  fc.assert(
    fc.property(mutation, ([json, at, drop, add]) => {
      const text = json.slice(0, at) + add + json.slice(at + drop);
      let parsed = true;
      try {
        JSON.parse(text);
      } catch {
        parsed = false;
      }
      expect(faultOf(text) === null).toBe(parsed);
    }),
    { numRuns: 20_000 },
  );
});

it('names the first byte that is wrong: all before it is a beginning of JSON', () => {
  fc.assert(
    fc.property(mutation, ([json, at, drop, add]) => {
      const bytes = Buffer.from(json.slice(0, at) + add + json.slice(at + drop));
      const fault = findJsonFault(bytes, 0, bytes.length);
      if (fault === null) return;
      const before = findJsonFault(bytes, 0, fault.offset);
      expect(before === null || before.offset === fault.offset).toBe(true);
      const through = findJsonFault(bytes, 0, Math.min(fault.offset + 1, bytes.length));
      expect(through?.offset).toBe(fault.offset);
    }),
    { numRuns: 20_000 },
  );
});

it.each([
  ['{"a":1,}', 7],
  ['{"a":', 5],
  ['[1,]', 3],
  ['01', 1],
  ['-', 1],
  ['1.', 2],
  ['1e+', 3],
  ['{"a" 1}', 5],
  ['"\\u12G4"', 5],
  ['nul', 3],
  ['nuxl', 2],
  ['', 0],
  ['1 2', 2],
  ["{'a':1}", 1],
])('%s: byte %i', (text, offset) => {
  expect(faultOf(text)?.offset).toBe(offset);
});
