// Goal: whatever way JSON is written and wherever the chunks are cut, the same records come out, at their exact places;
// what is malformed costs itself and nothing else. Method: properties against JSON.parse, and a table of cases.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { everyByte, scan, summary } from './scan.ts';

type Style = (documents: unknown[]) => string;

const STYLES: Record<string, Style> = {
  lines: (documents) => documents.map((each) => `${JSON.stringify(each)}\n`).join(''),
  'lines, CRLF, blank lines': (documents) =>
    documents.map((each) => `${JSON.stringify(each)}\r\n\r\n`).join(''),
  'lines without the last line feed': (documents) => documents.map((each) => JSON.stringify(each)).join('\n'),
  'side by side': (documents) => documents.map((each) => JSON.stringify(each)).join(''),
  'side by side with blanks': (documents) => documents.map((each) => `  ${JSON.stringify(each)} \t`).join(''),
  printed: (documents) => documents.map((each) => `${JSON.stringify(each, null, 2)}\n`).join(''),
  'printed, side by side': (documents) => documents.map((each) => JSON.stringify(each, null, '\t')).join(''),
  array: (documents) => JSON.stringify(documents),
  'printed array': (documents) => JSON.stringify(documents, null, 2),
  'array of lines': (documents) => `[\n${documents.map((each) => JSON.stringify(each)).join(',\n')}\n]\n`,
  'an array a document': (documents) => documents.map((each) => `${JSON.stringify([each])}\n`).join(''),
};

const jsonObject = fc.dictionary(fc.string({ unit: 'binary', maxLength: 6 }), fc.jsonValue({ maxDepth: 4 }), {
  maxKeys: 4,
});

/** JSON.parse has no -0 and no prototypes; compare what JSON can say. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe.each(Object.entries(STYLES))('%s', (_, style) => {
  it('gives the documents, at their places, however it is cut into chunks', () => {
    fc.assert(
      fc.property(
        fc.array(jsonObject, { maxLength: 6 }),
        fc.array(fc.nat(400), { maxLength: 8 }),
        (documents, cuts) => {
          const text = style(documents);
          const records = scan(text, cuts);
          expect(records.map((record) => (record.kind === 'json' ? record.value : record))).toEqual(
            documents.map(plain),
          );
          const lines = text.split('\n').map((line) => Buffer.from(line));
          for (const record of records) {
            if (record.kind !== 'json') continue;
            const rest = lines.slice(record.place.line - 1);
            const bytes = Buffer.concat(rest.flatMap((line) => [line, Buffer.from('\n')])).subarray(
              record.place.column - 1,
            );
            expect(JSON.parse(bytes.toString('utf8', 0, record.bytes))).toEqual(record.value);
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  it('gives the same records when every byte is a chunk of its own', () => {
    const text = style([{ a: 'x\\"}{' }, { b: [{ c: [] }, 'ä€😀'] }, {}]);
    expect(scan(text, everyByte(text))).toEqual(scan(text));
    expect(scan(text)).toHaveLength(3);
  });
});

describe('malformed input', () => {
  const cases: [name: string, input: string, expected: string[]][] = [
    ['a key without quotes', '{"a":1}\n{b:2}\n{"c":3}\n', ['1:1 {"a":1}', '2:2 not_json', '3:1 {"c":3}']],
    ['columns count bytes', '{"ä€":nil}\n', ['1:11 not_json']],
    ['a line cut off', '{"a":1}\n{"b":[1,2\n{"c":3}\n', ['1:1 {"a":1}', '2:10 truncated', '3:1 {"c":3}']],
    [
      'the first line cut off',
      '{"a":{"b":1\n{"b":2}\n{"c":3}\n',
      ['1:12 truncated', '2:1 {"b":2}', '3:1 {"c":3}'],
    ],
    [
      'the first line cut before a value',
      '{"a":\n{"b":2}\n{"c":3}',
      ['1:6 truncated', '2:1 {"b":2}', '3:1 {"c":3}'],
    ],
    ['the first line cut in a string', '{"a":"x\n{"b":2}\n', ['1:8 truncated', '2:1 {"b":2}']],
    ['the last line cut off', '{"a":1}\n{"b":"x', ['1:1 {"a":1}', '2:8 truncated']],
    ['something behind a record', '{"a":1} x\n{"b":2}\n', ['1:9 not_json', '2:1 {"b":2}']],
    ['a bracket too many', '{"a":1}\n{"b":2}}\n{"c":3}\n', ['1:1 {"a":1}', '2:8 not_json', '3:1 {"c":3}']],
    ['a printed record with a fault', '{\n "a": 01\n}\n{\n "b": 2\n}\n', ['2:8 not_json', '4:1 {"b":2}']],
    ['a printed record cut off', '{\n "a": 1,\n{\n "b": 2\n}\n', ['2:9 truncated', '3:1 {"b":2}']],
    ['a bad element', '[{"a":1},{"a":},{"a":2}]', ['1:2 {"a":1}', '1:15 not_json', '1:17 {"a":2}']],
    ['a bad first element', '[{"a":},{"a":2}]', ['1:7 not_json', '1:9 {"a":2}']],
    [
      'an element cut off',
      '[\n{"a":1,\n{"a":2},\n{"a":3}\n]\n',
      ['2:8 truncated', '3:1 {"a":2}', '4:1 {"a":3}'],
    ],
    ['an array that is not closed', '[{"a":1},\n{"a":2}', ['1:2 {"a":1}', '2:1 {"a":2}', '2:8 truncated']],
    ['a comma too many', '[{"a":1},]\n', ['1:2 {"a":1}', '1:10 not_json']],
    ['a comma forgotten', '[{"a":1}{"a":2}]', ['1:2 {"a":1}', '1:9 not_json', '1:9 {"a":2}']],
    ['words', 'hello\n{"a":1}\n', ['1:1 not_json', '2:1 {"a":1}']],
    [
      'log lines that begin like arrays',
      '[2026-03-10] up\n[INFO] up\n{"a":1}\n',
      ['1:6 not_json', '2:2 not_json', '3:1 {"a":1}'],
    ],
    [
      'a line within lines that is an array',
      '{"a":1}\n[{"b":2}, {"c":3}]\n',
      ['1:1 {"a":1}', '2:2 {"b":2}', '2:11 {"c":3}'],
    ],
    [
      'records side by side within lines',
      '{"a":1}\n{"b":2}{"c":3}\n',
      ['1:1 {"a":1}', '2:1 {"b":2}', '2:8 {"c":3}'],
    ],
    ['a printed record behind lines', '{}\n{\n"a":1\n}\n{"b":2}\n', ['1:1 {}', '2:1 {"a":1}', '5:1 {"b":2}']],
    ['a scalar', '17\n"x"\n', ['1:1 17', '2:1 "x"']],
    ['a control character in a string', '{"a":"\u0001"}\n', ['1:7 not_json']],
    ['a bad escape', '{"a":1}\n{"a":"\\x"}\n', ['1:1 {"a":1}', '2:8 not_json']],
  ];

  it.each(cases)('%s', (_, input, expected) => {
    expect(summary(scan(input))).toEqual(expected);
    expect(summary(scan(input, everyByte(input)))).toEqual(expected);
  });

  it('costs the line that it stands on and no other', () => {
    const damage = fc.oneof(
      fc.nat(30).map((at) => (line: string) => line.slice(0, at)),
      fc
        .tuple(fc.nat(30), fc.constantFrom('}', '{', ']', '"', 'x', ','))
        .map(([at, extra]) => (line: string) => {
          return line.slice(0, at) + extra + line.slice(at);
        }),
    );
    const line = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.jsonValue({ maxDepth: 2 }), { minKeys: 1 });
    fc.assert(
      fc.property(
        fc.array(line, { minLength: 3, maxLength: 6 }),
        fc.nat(5),
        damage,
        (documents, which, hurt) => {
          const lines = documents.map((each) => JSON.stringify(each));
          const at = which % lines.length;
          const bad = hurt(lines[at] ?? '');
          fc.pre(bad.startsWith('{') && !parses(bad));
          lines[at] = bad;
          const records = scan(`${lines.join('\n')}\n`);
          const good = documents.filter((_, i) => i !== at).map(plain);
          expect(records.filter((record) => record.kind === 'json').map((record) => record.value)).toEqual(
            expect.arrayContaining(good),
          );
          const refused = records.filter((record) => record.kind === 'refused');
          expect(refused).toHaveLength(1);
          expect(refused[0]?.refusal.place.line).toBe(at + 1);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('never quotes the input in the text of a refusal', () => {
    const records = scan('{"pan": 4111111111111111x}\n[4111111111111111 1]\n{"a":"4111111111111111\n');
    const texts = records.flatMap((record) => (record.kind === 'refused' ? [record.refusal.text] : []));
    expect(texts).toHaveLength(3);
    expect(texts.join('\n')).not.toContain('4111');
  });
});

describe('limits', () => {
  const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);

  it('takes 64 levels and refuses 65 at the bracket, in a printed record and on a line', () => {
    const taken = `{"a":${nested(63)}}`;
    const refused = `{"a":${nested(64)}}`;
    expect(summary(scan(`${taken}\n${refused}\n{"b":1}\n`))).toEqual([
      `1:1 ${taken}`,
      '2:69 too_deep',
      '3:1 {"b":1}',
    ]);
    expect(summary(scan(`${refused}\n${taken}\n`))).toEqual(['1:69 too_deep', `2:1 ${taken}`]);
    expect(summary(scan(`[${refused},${taken}]`))).toEqual(['1:70 too_deep', `1:137 ${taken}`]);
  });

  it('does not count brackets in strings', () => {
    const text = JSON.stringify({ a: '['.repeat(100) + '\\"{' });
    expect(summary(scan(`${text}\n${text}\n`))).toEqual([`1:1 ${text}`, `2:1 ${text}`]);
  });

  it('refuses what is larger than a record may be, and goes on behind it', () => {
    const large = JSON.stringify({ a: 'x'.repeat(200) });
    const limits = { recordBytes: 100 };
    for (const cuts of [[], everyByte(large.repeat(2)), [50, 150]]) {
      expect(summary(scan(`{"a":1}\n${large}\n{"b":1}\n`, cuts, limits))).toEqual([
        '1:1 {"a":1}',
        '2:1 too_large',
        '3:1 {"b":1}',
      ]);
      expect(summary(scan(`[${large},{"b":1}]`, cuts, limits))).toEqual(['1:2 too_large', '1:211 {"b":1}']);
    }
  });

  it('keeps the texts of the first refusals only, and yields them all', () => {
    const records = scan('{"a":1}\n' + 'x\n'.repeat(50), [], { keptRefusals: 10 });
    const refused = records.filter((record) => record.kind === 'refused');
    expect(refused).toHaveLength(50);
    expect(refused.filter(({ refusal }) => refusal.excerpt !== null)).toHaveLength(10);
  });

  it.each([
    ['open brackets', '{"a":\n'],
    ['open arrays', '[\n'],
    ['open elements', '[{"a":[\n'],
    ['quotes', '"\n'],
    ['closing brackets', '}\n'],
    ['lone backslashes', '"\\\n'],
  ])('reads two megabytes of %s without going over them again and again', (_, line) => {
    const text = line.repeat(2_000_000 / line.length);
    const cuts = Array.from({ length: 32 }, (__, i) => i * 65_536);
    const from = process.threadCpuUsage();
    const records = scan(text, cuts, { recordBytes: 500_000, keptRefusals: 10 });
    // Of this thread, so that a busy machine does not count: going over them again would take hours.
    const { user, system } = process.threadCpuUsage(from);
    expect((user + system) / 1e6).toBeLessThan(30);
    expect(records.length).toBeGreaterThan(0);
  });
});

it('hands out the elements of an array while it is still being read', () => {
  const text = JSON.stringify(Array.from({ length: 1_000 }, (_, i) => ({ i })));
  const half = scan(text.slice(0, text.length / 2));
  expect(half.filter((record) => record.kind === 'json').length).toBeGreaterThan(450);
});

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
