import { describe, expect, test } from 'vitest';
import { csvLine } from '../../src/cli/csv.ts';
import { tableLines } from '../../src/cli/table.ts';
import { fit, printable, widthOf } from '../../src/cli/text-width.ts';

describe('csv', () => {
  test('what a spreadsheet would run gets an apostrophe; numbers stay numbers', () => {
    for (const formula of ['=1+1', '+cmd|x', '-2+3', '@SUM(A1)', '\t=1', '\r=1', '  =1', '\u{ff1d}1']) {
      expect(csvLine([formula]).replaceAll('"', '').startsWith("'")).toBe(true);
    }
    expect(csvLine(['-12.5', '+3', '0.90', 'plain', ''])).toBe('-12.5,+3,0.90,plain,\r\n');
  });

  test('quotes what holds a quote, a comma or a line end', () => {
    expect(csvLine(['a,b', 'say "x"', 'two\nlines'])).toBe('"a,b","say ""x""","two\nlines"\r\n');
  });
});

describe('text for terminals', () => {
  test('no record can steer the terminal', () => {
    const hostile = 'pod\u001b[2J\u009b31m\u202egnp\r\n';
    expect(printable(hostile)).toBe('pod\\u{1b}[2J\\u{9b}31m\\u{202e}gnp\\u{d}\\u{a}');
  });

  test('widths of wide and combining characters', () => {
    expect([widthOf('abc'), widthOf('東京'), widthOf('e\u0301'), widthOf('é')]).toEqual([3, 4, 1, 1]);
  });

  test('cut with a mark, never within the width of a character', () => {
    expect(fit('ledger-7d9f', 6)).toBe('ledge…');
    expect(widthOf(fit('東京東京', 4))).toBeLessThanOrEqual(4);
    expect(fit('abc', 3)).toBe('abc');
  });
});

describe('tables', () => {
  const columns = [
    { title: 'id', min: 4 },
    { title: 'amount', align: 'right' as const },
    { title: 'what', min: 6 },
  ];
  const rows = [
    ['pay_000000000001', '48000.00 EUR', 'a very long description of the thing'],
    ['p2', '1.00 EUR', 'x'],
  ];

  test('as wide as they need where nobody looks', () => {
    expect(tableLines(columns, rows)).toEqual([
      'id                      amount  what',
      'pay_000000000001  48000.00 EUR  a very long description of the thing',
      'p2                    1.00 EUR  x',
    ]);
  });

  test.each([60, 40, 30])('fit %d columns; amounts stay whole', (width) => {
    const lines = tableLines(columns, rows, width);
    for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(width);
    expect(lines[1]).toContain('48000.00 EUR');
  });

  test('no narrower than what may not shrink', () => {
    const lines = tableLines(columns, rows, 5);
    expect(lines[1]).toBe('pay…  48000.00 EUR  a ver…');
  });

  test('spare columns go before anything shrinks, the last one first', () => {
    const wide = [
      { title: 'a', spare: true },
      { title: 'b', spare: true },
      { title: 'c', min: 1 },
    ];
    const row = ['x'.repeat(10), 'y'.repeat(10), 'z'.repeat(10)];
    expect(tableLines(wide, [row], 34)[1]).toBe(row.join('  '));
    expect(tableLines(wide, [row], 33)[1]).toBe(`${row[0] ?? ''}  ${row[2] ?? ''}`);
    expect(tableLines(wide, [row], 10)[1]).toBe(row[2]);
    expect(tableLines(wide, [row], 5)[1]).toBe('zzzz…');
  });

  test('a hostile cell stays in its row', () => {
    expect(tableLines([{ title: 'x' }], [['a\nb\u001b[1m']])).toEqual(['x', 'a\\u{a}b\\u{1b}[1m']);
  });
});
