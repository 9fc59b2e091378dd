/**
 * Goal: between JSON, wherever the chunks are cut, each line that is a record in text comes out at its place, and what is none is refused as it would
 * be without [F22]; parts that follow each other are one record [F23]. Method: tables and properties over the reader of inputs, with a simple
 * notion of what is a record in text; samples of what the container runtime writes.
 */
import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openBody, type Body } from '../../../src/adapters/file/body-source.ts';
import { ContentReader, NO_HINTS } from '../../../src/adapters/file/content-reader.ts';
import { RecordSink } from '../../../src/adapters/file/record-sink.ts';
import { DEFAULT_SOURCE_LIMITS, type SourceLimits } from '../../../src/adapters/file/source-limits.ts';
import type { RawRecord } from '../../../src/ports/record-source.ts';
import { everyByte, summary } from './scan.ts';

/** What follows the runtime's prefix counts; `[2026` is how an access log begins. */
const isTextRecord = (line: string): boolean =>
  /^(?:\S+ (?:stdout|stderr) [FP] )?(?:T |\[2026-\d\d\] T|\{)/.test(line) && !line.startsWith('{');

function read(
  input: string | Buffer,
  cuts: readonly number[] = [],
  limits: Partial<SourceLimits> = {},
  hints: Partial<typeof NO_HINTS> = { isTextRecord },
): RawRecord[] {
  const bytes = Buffer.from(input);
  const merged = { ...DEFAULT_SOURCE_LIMITS, ...limits };
  const sink = new RecordSink('in.log', (text) => text.slice(0, 120), merged.keptRefusals, false);
  const reader = new ContentReader(sink, merged, { ...NO_HINTS, ...hints });
  let from = 0;
  for (const to of [...cuts.toSorted((a, b) => a - b), bytes.length]) {
    const end = Math.min(to, bytes.length);
    if (end > from) reader.push(Buffer.from(bytes.subarray(from, end)));
    from = Math.max(from, end);
  }
  reader.end();
  return sink.take();
}

const RUN = (flag: string, content: string, stream = 'stdout'): string =>
  `2026-03-10T14:00:03.001Z ${stream} ${flag} ${content}`;
const JOINED = (content: string, stream = 'stdout'): string => RUN('F', content, stream);

describe('[F22] lines of text', () => {
  const cases: [name: string, input: string, expected: string[]][] = [
    ['one', 'T a\n', ['1:1 T a']],
    ['one without its line feed', 'T a', ['1:1 T a']],
    ['with CRLF and blank lines', 'T a\r\n\r\n  T b\t\r\n', ['1:1 T a', '3:3 T b']],
    ['behind a byte order mark', '\uFEFFT a\nT b\n', ['1:1 T a', '2:1 T b']],
    ['that begin like a list', '[2026-03] T a\n[2026-03] T b\n', ['1:1 [2026-03] T a', '2:1 [2026-03] T b']],
    [
      'between JSON',
      '{"a":1}\nT a\n[{"b":2},{"b":3}]\n',
      ['1:1 {"a":1}', '2:1 T a', '3:2 {"b":2}', '3:10 {"b":3}'],
    ],
    ['before JSON that is printed', 'T a\n{\n "a": 1\n}\nT b\n', ['1:1 T a', '2:1 {"a":1}', '5:1 T b']],
    [
      'behind JSON that is printed',
      '{\n "a": 1\n}\nT b\n{"c":1}\n',
      ['1:1 {"a":1}', '4:1 T b', '5:1 {"c":1}'],
    ],
    ['behind the end of a line', ':1}\nT a\n', ['1:1 not_json', '2:1 T a']],
    ['behind JSON that is cut', '{"a":{"b":1\nT a\nT b\n', ['1:12 truncated', '2:1 T a', '3:1 T b']],
    [
      'behind printed JSON that is cut',
      'T a\n{\n"a": 1,\nT b\nT c\n{"d":1}\n',
      ['1:1 T a', '3:8 truncated', '4:1 T b', '5:1 T c', '6:1 {"d":1}'],
    ],
    [
      'with brackets, behind printed JSON that is cut',
      'T a\n{\n"a": [\nT b] }\nT c "\n',
      ['1:1 T a', '3:7 truncated', '4:1 T b] }', '5:1 T c "'],
    ],
    ['before JSON that is cut', 'T a\n{"a":\nT b\n', ['1:1 T a', '2:6 truncated', '3:1 T b']],
    [
      'among others',
      'up\nT a\n[up]\n17\n"x"\nT b',
      ['1:1 not_json', '2:1 T a', '3:2 not_json', '4:1 17', '5:1 "x"', '6:1 T b'],
    ],
    ['with zeros in them', 'T a\u0000\n\u0000\u0000T b\nT c\n', ['1:1 T a\u0000', '2:1 not_json', '3:1 T c']],
    [
      'in a list, which they end',
      '[\n{"a":1},\nT a,\n{"b":1}\nT b\n',
      ['2:1 {"a":1}', '3:1 truncated', '3:1 T a,', '4:1 {"b":1}', '5:1 T b'],
    ],
    [
      'in an element of a list that is cut',
      '[\n{"a":1},\n{"b":\nT a\nT b',
      ['2:1 {"a":1}', '3:6 truncated', '4:1 T a', '5:1 T b'],
    ],
    [
      'behind printed JSON that goes wrong',
      'T a\n{\nx\ny\nT b\n}\nT c\n',
      ['1:1 T a', '3:1 not_json', '5:1 T b', '6:1 not_json', '7:1 T c'],
    ],
  ];

  test.each(cases)('%s', (_, input, expected) => {
    expect(summary(read(input))).toEqual(expected);
    expect(summary(read(input, everyByte(input)))).toEqual(expected);
  });

  test.each(cases)('%s: none where nobody says that there are any', (_, input) => {
    expect(read(input, [], {}, {}).some(({ kind }) => kind === 'text')).toBe(false);
  });

  test('are found however they are mixed and cut', () => {
    const line = fc.oneof(
      fc.nat(99).map((n) => [`T ${n}`, `T ${n}`]),
      fc.nat(99).map((n) => [`{"n":${n}}`, `{"n":${n}}`]),
      fc.constant(['word', 'not_json']),
      fc.constant(['{"a":', 'truncated']),
      fc.constant(['', '']),
    );
    fc.assert(
      fc.property(
        fc.array(line, { maxLength: 12 }),
        fc.array(fc.nat(120), { maxLength: 6 }),
        (lines, cuts) => {
          fc.pre(lines.some(([text]) => text?.startsWith('T')));
          const text = lines.map(([written]) => written).join('\n');
          const expected = lines.map(([, what]) => what).filter((what) => what !== '');
          expect(summary(read(text, cuts)).map((each) => each.replace(/^\d+:\d+ /, ''))).toEqual(expected);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('are found whatever broken JSON stands around them, and however all of it is cut', () => {
    const piece = fc.oneof(
      fc.nat(9).map((n) => `T ${n}`),
      fc.constantFrom(
        'T "',
        'T }',
        'T [',
        'T ]{',
        '[2026-03] T',
        '{"a":1}',
        '{',
        '}',
        '[',
        ']',
        '"a": 1,',
        '"a": [',
        '{"b":',
        'x',
        ',',
        '',
        '17',
        '"',
      ),
    );
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 14 }),
        fc.array(fc.nat(90), { maxLength: 6 }),
        (pieces, cuts) => {
          const text = pieces.join('\n');
          const whole = summary(read(text));
          expect(summary(read(text, cuts))).toEqual(whole);
          const taken = whole.filter((each) => /^\d+:1 (?:T |\[2026)/.test(each));
          expect(taken).toHaveLength(pieces.filter((each) => isTextRecord(each)).length);
        },
      ),
      { numRuns: 5_000 },
    );
  });

  test('are found behind a megabyte of nothing but other lines, and not much later', () => {
    const other = 'starting up, please wait\n';
    const early = other.repeat(40_000);
    expect(summary(read(`${early}T a\n`)).at(-1)).toBe('40001:1 T a');
    expect(summary(read(`${early}${early}T a\n`))).toEqual(['1:1 not_json']);
    expect(summary(read(other.repeat(100)))).toEqual(['1:1 not_json']);
  });

  test('behind much JSON that is printed', () => {
    const printed = `${JSON.stringify({ a: 'x'.repeat(70_000) }, null, 2)}\n`;
    expect(summary(read(`${printed}T a\n${printed}T b\n`)).filter((each) => each.includes(' T '))).toEqual([
      '4:1 T a',
      '8:1 T b',
    ]);
  });

  test('that are larger than a record may be are refused, and cost no more memory', () => {
    const large = `T ${'x'.repeat(300)}`;
    for (const cuts of [[], everyByte(large.repeat(2))])
      expect(summary(read(`T a\n${large}\nT b\n`, cuts, { recordBytes: 100 }))).toEqual([
        '1:1 T a',
        '2:1 too_large',
        '3:1 T b',
      ]);
  });

  test('without end are refused once', () => {
    const chunk = 'T '.repeat(32_768);
    const merged = { ...DEFAULT_SOURCE_LIMITS, recordBytes: 1_000_000 };
    const sink = new RecordSink('in.log', (text) => text, 10, false);
    const reader = new ContentReader(sink, merged, { ...NO_HINTS, isTextRecord });
    const records: RawRecord[] = [];
    for (let i = 0; i < 400; i += 1) {
      reader.push(Buffer.from(chunk));
      records.push(...sink.take());
    }
    reader.end();
    expect(summary([...records, ...sink.take()])).toEqual(['1:1 too_large']);
  });

  test.each<[Body['encoding'], (text: string) => Buffer]>([
    ['gzip', gzipSync],
    ['zstd', zstdCompressSync],
  ])('in a body that is %s', async (encoding, compress) => {
    const text = `T a\n{"a":1}\n${RUN('P', '{"b":')}\n${RUN('F', '2}')}\n`;
    const body = { name: 'b', bytes: compress(text), encoding, media: 'json' } as const;
    const records: RawRecord[] = [];
    for await (const batch of openBody(body, { excerpt: (each) => each, isTextRecord }).records())
      records.push(...batch);
    expect(summary(records)).toEqual(['1:1 T a', '2:1 {"a":1}', `3:1 ${JOINED('{"b":2}')}`]);
  });
});

describe('[F23] lines that the container runtime cut', () => {
  const other = RUN('F', 'T e', 'stderr');
  const cases: [name: string, lines: string[], expected: string[]][] = [
    ['two parts', [RUN('P', '{"a":'), RUN('F', '1}')], [`1:1 ${JOINED('{"a":1}')}`]],
    [
      'four parts',
      [RUN('P', '{'), RUN('P', '"a"'), RUN('P', ':'), RUN('F', '1}')],
      [`1:1 ${JOINED('{"a":1}')}`],
    ],
    ['blanks where it was cut', [RUN('P', '{"a":"x '), RUN('F', ' y"}')], [`1:1 ${JOINED('{"a":"x  y"}')}`]],
    ['an empty end', [RUN('P', '{"a":1}'), RUN('F', '')], [`1:1 ${JOINED('{"a":1}')}`]],
    ['text', [RUN('P', 'T a'), RUN('F', 'b'), 'T c'], [`1:1 ${JOINED('T ab')}`, '3:1 T c']],
    ['no end', [RUN('P', '{"a":')], [`1:1 ${RUN('P', '{"a":')}`]],
    [
      'another line between',
      [RUN('P', '{"a":'), 'T a', RUN('F', '1}')],
      [`1:1 ${RUN('P', '{"a":')}`, '2:1 T a', '3:5 not_json'],
    ],
    [
      'JSON between',
      [RUN('P', '{"a":'), '{"b":1}', RUN('F', '1}')],
      [`1:1 ${RUN('P', '{"a":')}`, '2:1 {"b":1}', '3:5 not_json'],
    ],
    [
      'the other stream between',
      [RUN('P', '{"a":'), other, RUN('F', '1}')],
      [`1:1 ${RUN('P', '{"a":')}`, `2:1 ${other}`, '3:5 not_json'],
    ],
    [
      'a part of the other stream between',
      [RUN('P', '{"a":'), RUN('P', '{"b":', 'stderr'), RUN('F', '2}', 'stderr')],
      [`1:1 ${RUN('P', '{"a":')}`, `2:1 ${JOINED('{"b":2}', 'stderr')}`],
    ],
    [
      'two records',
      [RUN('P', '{"a":'), RUN('F', '1}'), RUN('P', '{"b":'), RUN('F', '2}')],
      [`1:1 ${JOINED('{"a":1}')}`, `3:1 ${JOINED('{"b":2}')}`],
    ],
    ['what is no record', [RUN('P', 'up '), RUN('F', 'and running'), 'T a'], ['1:5 not_json', '3:1 T a']],
    [
      'a printed record behind',
      ['T a', RUN('P', '{"a":'), '{', '"b":1', '}'],
      ['1:1 T a', `2:1 ${RUN('P', '{"a":')}`, '3:1 {"b":1}'],
    ],
  ];

  test.each(cases)('%s', (_, lines, expected) => {
    for (const end of ['\n', '\r\n']) {
      const input = lines.map((line) => `${line}${end}`).join('');
      expect(summary(read(input))).toEqual(expected);
      expect(summary(read(input, everyByte(input)))).toEqual(expected);
    }
  });

  test('through a character', () => {
    const euro = Buffer.from('€');
    const bytes = Buffer.concat([
      Buffer.from(RUN('P', '{"a":"')),
      euro.subarray(0, 2),
      Buffer.from(`\n${RUN('F', '')}`),
      euro.subarray(2),
      Buffer.from('"}\n'),
    ]);
    expect(summary(read(bytes))).toEqual([`1:1 ${JOINED('{"a":"€"}')}`]);
  });

  test('are one record of all their bytes', () => {
    const [first, last] = [RUN('P', '{"a":'), RUN('F', '1}')];
    expect(read(`${first}\n${last}\n`)).toMatchObject([{ kind: 'text', bytes: first.length + last.length }]);
  });

  test('are refused once where they are together larger than a record may be', () => {
    const part = RUN('P', '{"a":"x');
    const lines = [...Array.from({ length: 50 }, () => part), RUN('F', '"}'), 'T a'];
    expect(summary(read(`${lines.join('\n')}\n`, [], { recordBytes: 300 }))).toEqual([
      '1:1 too_large',
      '52:1 T a',
    ]);
  });
});
