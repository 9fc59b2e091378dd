// Goal: XML and CSV become records one by one, whatever pieces they come in; what is broken costs itself. Method: the
// reader that decides by content, over bytes cut everywhere.
import { describe, expect, test } from 'vitest';
import { ContentReader, NO_HINTS, type ContentHints } from '../../../src/adapters/file/content-reader.ts';
import { RecordSink } from '../../../src/adapters/file/record-sink.ts';
import { DEFAULT_SOURCE_LIMITS, type SourceLimits } from '../../../src/adapters/file/source-limits.ts';
import type { RawRecord } from '../../../src/ports/record-source.ts';
import { summary } from './scan.ts';

function read(
  input: string | Buffer,
  hints: ContentHints,
  size = Infinity,
  limits: Partial<SourceLimits> = {},
): RawRecord[] {
  const merged = { ...DEFAULT_SOURCE_LIMITS, ...limits };
  const sink = new RecordSink('in', (text) => text, merged.keptRefusals, false);
  const reader = new ContentReader(sink, merged, hints);
  const bytes = Buffer.from(input);
  for (let from = 0; from < bytes.length && !reader.stopped; from += size)
    reader.push(Buffer.from(bytes.subarray(from, Math.min(from + size, bytes.length))));
  if (!reader.stopped) reader.end();
  return sink.take();
}

describe('[Y16] XML', () => {
  const document = '<Document a="1">\n <Id>7</Id>\n</Document>';
  test.each<[name: string, input: string, expected: string[]]>([
    ['one document', document, [`1:1 ${document}`]],
    ['blanks and a byte order mark before it', `\uFEFF\n ${document}\n`, [`1:1 ${document}`]],
    ['a declaration', `<?xml version="1.0"?>\n${document}`, [`1:1 <?xml version="1.0"?>\n${document}`]],
    ['one a line', '<D/>\n<D x="1">2</D>\n\n<D></D>\n', ['1:1 <D/>', '2:1 <D x="1">2</D>', '4:1 <D></D>']],
    [
      'declarations between them',
      `<?xml version="1.0"?>\n<a/>\n<?xml version="1.0"?>\n<b/>`,
      ['1:1 <?xml version="1.0"?>\n<a/>', '3:1 <?xml version="1.0"?>\n<b/>'],
    ],
    ['a comment that holds the root', '<!-- <D -->\n<D>\n</D>', ['1:1 <!-- <D -->\n<D>\n</D>']],
    ['names that only begin alike', '<D>\n<Db/>\n</D>', ['1:1 <D>\n<Db/>\n</D>']],
    ['a line of JSON within', '<D>\n{"a":1}\n</D>', ['1:1 <D>\n{"a":1}\n</D>']],
    ['what is broken goes on to the format', '<D><', ['1:1 <D><']],
  ])('%s', (_, input, expected) => {
    expect(summary(read(input, NO_HINTS))).toEqual(expected);
    expect(summary(read(input, NO_HINTS, 1))).toEqual(expected);
  });

  test('many documents, in pieces of any size', () => {
    const many = Array.from({ length: 3_000 }, (_, i) => `<Doc><Id>${i}</Id>\n<x/></Doc>\n`);
    const expected = many.map((text, i) => `${2 * i + 1}:1 ${text.trim()}`);
    for (const size of [997, 65_536, Infinity])
      expect(summary(read(many.join(''), NO_HINTS, size))).toEqual(expected);
  });

  test('one that is too large is refused, and the next is read', () => {
    const large = `<D>${'x'.repeat(500)}</D>\n`;
    const input = `<D/>\n${large}${large}<D>1</D>\n`;
    for (const size of [100, Infinity]) {
      expect(summary(read(input, NO_HINTS, size, { recordBytes: 300 }))).toEqual([
        '1:1 <D/>',
        '2:1 too_large',
        '3:1 too_large',
        '4:1 <D>1</D>',
      ]);
    }
  });

  test('UTF-16 is told, and a syslog priority is no tag', () => {
    expect(summary(read(Buffer.from('<D/>', 'utf16le'), NO_HINTS))).toEqual(['0:0 unknown_format']);
    expect(summary(read('<34>1 2026-03-10 host\n', NO_HINTS))).toEqual(['1:1 not_json']);
  });
});

describe('[Y17] CSV', () => {
  const csv = (over: Partial<NonNullable<ContentHints['csv']>> = {}): ContentHints => ({
    ...NO_HINTS,
    csv: { delimiter: ',', header: true, ...over },
  });
  test.each<[name: string, input: string, expected: string[]]>([
    ['rows', 'a,b\n1,2\n3,4', ['2:1 {"a":"1","b":"2"}', '3:1 {"a":"3","b":"4"}']],
    ['line ends of Windows and a byte order mark', '\uFEFFa,b\r\n1,2\r\n', ['2:1 {"a":"1","b":"2"}']],
    ['empty fields and rows', 'a,b\n\n,2\n"",\n', ['3:1 {"b":"2"}', '4:1 {}']],
    [
      'quoted fields',
      'a,b\n"x, ""y""\nz",2\n5,6\n',
      ['2:1 {"a":"x, \\"y\\"\\nz","b":"2"}', '4:1 {"a":"5","b":"6"}'],
    ],
    ['a field too many', 'a,b\n1,2,3\n4,5\n', ['2:1 not_csv', '3:1 {"a":"4","b":"5"}']],
    ['a field too few', 'a,b\n1\n4,5\n', ['2:1 not_csv', '3:1 {"a":"4","b":"5"}']],
    ['text behind a quote', 'a,b\n"1"x,2\n4,5\n', ['2:1 not_csv', '3:1 {"a":"4","b":"5"}']],
    ['a quote within a field', 'a,b\n5" pipe,2\n4,5\n', ['2:1 not_csv', '3:1 {"a":"4","b":"5"}']],
    ['a quote that does not end', 'a,b\n1,2\n"4,5\n6,7\n', ['2:1 {"a":"1","b":"2"}', '3:1 truncated']],
    ['a column twice', 'a,a\n1,2\n', ['1:1 not_csv']],
    ['a column without a name', 'a,\n1,2\n', ['1:1 not_csv']],
    ['a column of an odd name', '__proto__,constructor\n1,2\n', ['2:1 {"__proto__":"1","constructor":"2"}']],
    ['nothing but a header', 'a,b', []],
    ['what looks like JSON', '{a},b\n1,2\n', ['2:1 {"{a}":"1","b":"2"}']],
  ])('%s', (_, input, expected) => {
    expect(summary(read(input, csv()))).toEqual(expected);
    expect(summary(read(input, csv(), 1))).toEqual(expected);
  });

  test('another delimiter, and no header', () => {
    expect(summary(read('1;"2;3"\n', csv({ delimiter: ';', header: false })))).toEqual([
      '1:1 {"1":"1","2":"2;3"}',
    ]);
    expect(summary(read('a\tb\n1\t2\n', csv({ delimiter: '\t' })))).toEqual(['2:1 {"a":"1","b":"2"}']);
  });

  test('a row that is too large is refused, and the next is read', () => {
    const input = `a,b\n1,${'x'.repeat(500)}\n3,4\n`;
    for (const size of [1, 100, Infinity]) {
      expect(summary(read(input, csv(), size, { recordBytes: 100 }))).toEqual([
        '2:1 too_large',
        '3:1 {"a":"3","b":"4"}',
      ]);
    }
    const columns = Array.from({ length: 1_001 }, (_, i) => `c${i}`).join(',');
    expect(summary(read(columns, csv()))).toEqual(['1:1 not_csv']);
  });

  test('without being asked for, CSV is refused once', () => {
    expect(summary(read('a,b\n1,2\n3,4\n', NO_HINTS))).toEqual(['1:1 not_json']);
  });
});
