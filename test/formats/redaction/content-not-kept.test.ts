import { expect, test } from 'vitest';
import { SECURITY_FORMATS } from '../../../src/formats/security/security-formats.ts';
import { withoutMembers } from '../../../src/formats/security/without-members.ts';
import { CONTEXT, jsonOf, PLACE } from '../format-context.ts';
import { SENSOR_RECORDS } from '../sensor-records.ts';

const SECRET = 'hunter2';

test.each(['tetragon', 'hubble', 'vault', 'trivy'])(
  'content in records of %s is not kept [F10]',
  (source) => {
    const record = SENSOR_RECORDS[source]?.();
    const format = SECURITY_FORMATS.find((each) => each.source === source);
    expect(jsonOf(record)).toContain(SECRET);
    const text = jsonOf(format?.decode(record, PLACE, CONTEXT).items);
    expect(text).toContain(source);
    expect(text).not.toContain(SECRET);
  },
);

test('members go wherever they stand, and what is too deep goes whole', () => {
  const gone = (value: unknown): unknown =>
    withoutMembers(value, (key) => (key === 'a' ? 'gone' : undefined));
  expect(gone({ a: { b: 1 }, c: [{ a: 2 }, 3] })).toEqual({ a: 'gone', c: [{ a: 'gone' }, 3] });
  expect(gone('text')).toBe('text');
  let deep: unknown = { a: SECRET };
  for (let i = 0; i < 100; i += 1) deep = { down: deep };
  expect(jsonOf(gone(deep))).not.toContain(SECRET);
  const odd = JSON.parse('{"__proto__":{"a":1}}') as unknown;
  expect(jsonOf(gone(odd))).toBe('{"__proto__":{"a":"gone"}}');
});
