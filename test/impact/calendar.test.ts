import { describe, expect, it } from 'vitest';
import { parseCalendar } from '../../src/impact/calendar.ts';
import { addMonths, dayOfDate, formatDay, isWeekend, parseDay, type Day } from '../../src/impact/day.ts';
import { calendars, dataFaults } from './shipped.ts';

const day = (text: string): Day => {
  const parsed = parseDay(text);
  if (parsed === undefined) throw new Error(`no day: ${text}`);
  return parsed;
};
const YEARS = [2024, 2025, 2026, 2027, 2028];

/** Easter after Gauss, an algorithm other than the one the dates came from. */
function easter(year: number): Day {
  const a = year % 19;
  const b = year % 4;
  const c = year % 7;
  const d = (19 * a + 24) % 30;
  const e = (2 * b + 4 * c + 6 * d + 5) % 7;
  const special = (d === 29 && e === 6) || (d === 28 && e === 6 && a > 10);
  return dayOfDate(year, 3, 22 + d + e - (special ? 7 : 0));
}

/** The n-th such weekday of a month, Thursday being 0 as day 0 is; -1: the last. */
function nth(year: number, month: number, weekday: number, n: number): Day {
  const days = Array.from({ length: 31 }, (_, i) => dayOfDate(year, month, i + 1)).filter(
    (at) => at % 7 === weekday && formatDay(at).slice(5, 7) === String(month).padStart(2, '0'),
  );
  return days.at(n < 0 ? n : n - 1) ?? 0;
}

const MONDAY = 4;
const THURSDAY = 0;

function closedDays(name: string, year: number): string[] {
  const calendar = calendars()[name];
  const days = Array.from({ length: 366 }, (_, i) => dayOfDate(year, 1, 1) + i);
  return days
    .filter(
      (at) =>
        formatDay(at).startsWith(String(year)) && !isWeekend(at) && calendar?.isBusinessDay(at) === false,
    )
    .map(formatDay);
}

const onWeekdays = (days: readonly Day[]): string[] =>
  days
    .filter((at) => !isWeekend(at))
    .map(formatDay)
    .toSorted();

describe('the calendars of data/', () => {
  it.each(YEARS)('TARGET closes in %i on its six days', (year) => {
    const fixed = [`${year}-01-01`, `${year}-05-01`, `${year}-12-25`, `${year}-12-26`].map(day);
    expect(closedDays('target', year)).toEqual(onWeekdays([...fixed, easter(year) - 2, easter(year) + 1]));
  });

  it.each(YEARS)(
    'US banks close in %i by the rule: Sunday holidays move to Monday, Saturday ones do not',
    (year) => {
      const fixed = ['01-01', '06-19', '07-04', '11-11', '12-25'].map((date) => day(`${year}-${date}`));
      // Day 0 was a Thursday, so a Sunday is 3.
      const observed = fixed.map((at) => (at % 7 === 3 ? at + 1 : at));
      const floating = [
        nth(year, 1, MONDAY, 3),
        nth(year, 2, MONDAY, 3),
        nth(year, 5, MONDAY, -1),
        nth(year, 9, MONDAY, 1),
        nth(year, 10, MONDAY, 2),
        nth(year, 11, THURSDAY, 4),
      ];
      expect(closedDays('us_bank', year)).toEqual(onWeekdays([...observed, ...floating]));
    },
  );

  it('keep Friday 2026-07-03 open, because the 4th is a Saturday, and close Monday 2027-07-05', () => {
    const us = calendars()['us_bank'];
    expect(us?.isBusinessDay(day('2026-07-03'))).toBe(true);
    expect(us?.isBusinessDay(day('2027-07-05'))).toBe(false);
  });
});

describe('business days', () => {
  const target = calendars()['target'];
  it.each([
    ['2026-04-02', 1, '2026-04-07'],
    ['2026-04-02', 2, '2026-04-08'],
    ['2026-04-03', 1, '2026-04-07'],
    ['2026-04-04', 0, '2026-04-07'],
    ['2026-03-10', 0, '2026-03-10'],
    ['2026-12-24', 1, '2026-12-28'],
    ['2026-03-10', 10, '2026-03-24'],
  ])('%s and %i more is %s', (from, count, to) => {
    expect(target?.addBusinessDays(day(from), count)).toBe(day(to));
  });

  it('are not known outside of the years of the calendar', () => {
    expect(target?.isBusinessDay(day('2029-01-02'))).toBeUndefined();
    expect(target?.addBusinessDays(day('2028-12-22'), 10)).toBeUndefined();
    expect(target?.isBusinessDay(day('2023-12-29'))).toBeUndefined();
  });
});

describe('days', () => {
  it.each([
    ['2024-01-31', 1, '2024-02-29'],
    ['2025-01-31', 1, '2025-02-28'],
    ['2026-01-31', 13, '2027-02-28'],
    ['2026-03-10', 13, '2027-04-10'],
    ['2026-12-15', 1, '2027-01-15'],
    ['2024-02-29', 12, '2025-02-28'],
    ['2026-05-31', 0, '2026-05-31'],
  ])('%s and %i months is %s', (from, months, to) =>
    expect(formatDay(addMonths(day(from), months))).toBe(to),
  );

  it.each(['2026-02-29', '2026-13-01', '2026-00-10', '26-01-01', '2026-1-1', ''])('%j is no day', (text) =>
    expect(parseDay(text)).toBeUndefined(),
  );
});

describe('a calendar file', () => {
  it('is refused with every fault', () => {
    const value = {
      schema: 'calendar/2',
      name: '',
      source: 'x',
      holidays: ['2024-01-01', '2024-01-01', '2024-02-30', { date: '2026-01-01', nme: 'x' }],
    };
    expect(dataFaults(() => parseCalendar(value, 'c.yaml'))).toEqual([
      'c.yaml#/schema must be calendar/1',
      'c.yaml#/name must be text',
      'c.yaml#/holidays/1 2024-01-01 stands twice',
      'c.yaml#/holidays/2 must name a day that exists, such as 2026-12-25',
      'c.yaml#/holidays/3/nme is not known here; known are date, name',
      'c.yaml#/holidays has no dates for 2025, but for years around it',
    ]);
  });
});
