import { describe, expect, it } from 'vitest';
import { DataReader } from '../../src/impact/data-reader.ts';
import { deadlineOf, NEVER } from '../../src/impact/deadline.ts';
import { UntilReader } from '../../src/impact/until-form.ts';
import { formatInstant } from '../../src/model/instant.ts';
import { calendars, utc } from './shipped.ts';

const byName = calendars();

function reader(read: DataReader): UntilReader {
  return new UntilReader(read, (name) => byName[name.toLowerCase()]);
}

/** The deadline as text; `never`, or null where it cannot be told. */
function deadline(form: unknown, stateAt: string, attributes: Record<string, string> = {}): string | null {
  const read = new DataReader('test');
  const until = reader(read).until(form, '/until');
  expect(read.problems).toEqual([]);
  const at = deadlineOf(until, { stateAt: utc(stateAt), attributes });
  if (at === null) return null;
  return at === NEVER ? 'never' : formatInstant(at);
}

const BERLIN = 'Europe/Berlin';
const CUT_OFF = { time: '16:30', tz: BERLIN, calendar: 'TARGET' };

describe('a cut-off', () => {
  it.each([
    ['the same day', '2026-03-10T14:00:00Z', '2026-03-10T15:30:00.000Z'],
    ['at that very instant', '2026-03-10T15:30:00Z', '2026-03-10T15:30:00.000Z'],
    ['one microsecond later: the next day', '2026-03-10T15:30:00.000001Z', '2026-03-11T15:30:00.000Z'],
    ['over a weekend', '2026-03-13T16:00:00Z', '2026-03-16T15:30:00.000Z'],
    ['over Easter, with the clocks in summer time', '2026-04-02T15:00:00Z', '2026-04-07T14:30:00.000Z'],
    ['by the day in Berlin, not in UTC', '2026-03-12T23:30:00Z', '2026-03-13T15:30:00.000Z'],
    ['over the change of clocks', '2026-03-27T16:00:00Z', '2026-03-30T14:30:00.000Z'],
  ])('%s', (_what, stateAt, expected) => expect(deadline(CUT_OFF, stateAt)).toBe(expected));

  it('without a calendar is every day', () => {
    expect(deadline({ time: '16:30', tz: BERLIN }, '2026-03-13T16:00:00Z')).toBe('2026-03-14T15:30:00.000Z');
  });

  it('beyond the years of its calendar cannot be told', () => {
    expect(deadline(CUT_OFF, '2028-12-29T16:00:00Z')).toBeNull();
    expect(deadline(CUT_OFF, '2020-03-10T14:00:00Z')).toBeNull();
  });
});

describe('a stated time', () => {
  const at = '2026-03-10T14:00:00Z';
  it('stands for itself', () => {
    const stated = { capture_at: '2026-03-10T21:00:00+01:00' };
    expect(deadline({ attr: 'capture_at' }, at, stated)).toBe('2026-03-10T20:00:00.000Z');
  });

  it('as a plain date is the start of that day, or the time on it', () => {
    const stated = { settlement_date: '2026-03-12' };
    expect(deadline({ attr: 'settlement_date' }, at, stated)).toBe('2026-03-12T00:00:00.000Z');
    expect(deadline({ attr: 'settlement_date', at: '10:00', tz: BERLIN }, at, stated)).toBe(
      '2026-03-12T09:00:00.000Z',
    );
  });

  it.each([
    [{}],
    [{ capture_at: 'tomorrow' }],
    [{ capture_at: '' }],
    [{ capture_at: '2026-03-10T20:00:00' }],
  ])('cannot be told from %j, unless there is an else', (attributes) => {
    expect(deadline({ attr: 'capture_at' }, at, attributes)).toBeNull();
    const form = { attr: 'capture_at', else: { after: 'state_at', add: { duration: 'P7D' } } };
    expect(deadline(form, at, attributes)).toBe('2026-03-17T14:00:00.000Z');
  });

  it('wins over its else, even when it is later', () => {
    const form = { attr: 'capture_at', else: { after: 'state_at', add: { duration: 'PT1H' } } };
    expect(deadline(form, at, { capture_at: '2026-04-01T00:00:00Z' })).toBe('2026-04-01T00:00:00.000Z');
  });

  it('is not an inherited member of the attributes', () => {
    expect(deadline({ attr: 'constructor' }, at)).toBeNull();
  });
});

describe('after and add', () => {
  const at = '2026-01-31T23:30:00Z';
  it.each([
    ['seconds', { after: 'state_at', add: { duration: 'PT10S' } }, '2026-01-31T23:30:10.000Z'],
    ['days and hours', { after: 'state_at', add: { duration: 'P4DT18H' } }, '2026-02-05T17:30:00.000Z'],
    ['days in the short form', { after: 'state_at', add: { duration: '4d18h' } }, '2026-02-05T17:30:00.000Z'],
    ['months, clamped', { after: 'state_at', add: { months: 1 }, tz: 'UTC' }, '2026-02-28T23:30:00.000Z'],
    // In Berlin it is the 1st of February already.
    [
      'months by the local day',
      { after: 'state_at', add: { months: 1 }, tz: BERLIN },
      '2026-02-28T23:30:00.000Z',
    ],
    [
      'months to the end of the day',
      { after: 'state_at', add: { months: 13 }, at: '23:59:59', tz: BERLIN },
      '2027-03-01T22:59:59.000Z',
    ],
    [
      'business days from a weekend',
      { after: 'state_at', add: { business_days: 10 }, calendar: 'TARGET', at: '23:59:59', tz: BERLIN },
      '2026-02-13T22:59:59.000Z',
    ],
    [
      'business days over a holiday, at the same wall time',
      { after: 'state_at', add: { business_days: 11 }, calendar: 'US_BANK', tz: 'America/New_York' },
      // In New York it is Saturday, 18:30; Monday 16 February is a holiday.
      '2026-02-17T23:30:00.000Z',
    ],
    [
      'a duration to a time of the day',
      { after: 'state_at', add: { duration: 'P1D' }, at: '06:00', tz: BERLIN },
      '2026-02-02T05:00:00.000Z',
    ],
  ])('%s', (_what, form, expected) => expect(deadline(form, at)).toBe(expected));

  it('keeps the wall time over a change of clocks when days are counted, and the hours when a duration is', () => {
    const friday = '2026-03-27T15:00:00Z';
    const day = { after: 'state_at', add: { business_days: 1 }, calendar: 'TARGET', tz: BERLIN };
    expect(deadline(day, friday)).toBe('2026-03-30T14:00:00.000Z');
    expect(deadline({ after: 'state_at', add: { duration: 'P3D' } }, friday)).toBe(
      '2026-03-30T15:00:00.000Z',
    );
  });

  it('begins a plain date in the zone of the form', () => {
    const form = { after: 'settlement_date', add: { duration: 'PT1H' }, tz: BERLIN };
    expect(deadline(form, at, { settlement_date: '2026-03-10' })).toBe('2026-03-10T00:00:00.000Z');
  });

  it('cannot be told without its attribute, beyond its calendar or beyond all time', () => {
    expect(deadline({ after: 'settlement_date', add: { duration: 'PT1H' } }, at)).toBeNull();
    const days = { after: 'state_at', add: { business_days: 300 }, calendar: 'TARGET', tz: BERLIN };
    expect(deadline(days, '2028-06-01T00:00:00Z')).toBeNull();
    expect(
      deadline({ after: 'state_at', add: { months: 1 }, tz: BERLIN }, '2255-06-01T00:00:00Z'),
    ).toBeNull();
  });
});

describe('several', () => {
  const at = '2026-03-10T14:00:00Z';
  const parts = [{ attr: 'a' }, { attr: 'b' }, { attr: 'c' }];
  const stated = { a: '2026-03-12T00:00:00Z', b: '2026-03-11T00:00:00Z' };
  it('any_earliest and all_latest leave out what cannot be told', () => {
    expect(deadline({ any_earliest: parts }, at, stated)).toBe('2026-03-11T00:00:00.000Z');
    expect(deadline({ all_latest: parts }, at, stated)).toBe('2026-03-12T00:00:00.000Z');
    expect(deadline({ any_earliest: parts }, at)).toBeNull();
    expect(deadline({ all_latest: parts }, at)).toBeNull();
  });

  it('never is later than all', () => {
    expect(deadline('never', at)).toBe('never');
    expect(deadline({ never: true }, at)).toBe('never');
    expect(deadline({ any_earliest: ['never', { attr: 'a' }] }, at, stated)).toBe('2026-03-12T00:00:00.000Z');
    expect(deadline({ all_latest: ['never', { attr: 'a' }] }, at, stated)).toBe('never');
  });
});

describe('a form that is wrong', () => {
  const nested = (depth: number): unknown => (depth === 0 ? 'never' : { any_earliest: [nested(depth - 1)] });
  it.each([
    ['nothing known', { by: 'noon' }, '/until must be never, or have one of'],
    ['a zone that is none', { time: '16:30', tz: 'CET/Nowhere' }, '/until/tz must be an IANA time zone'],
    ['a cut-off without a zone', { time: '16:30' }, '/until/tz must be an IANA time zone'],
    [
      'a time that YAML took for a number',
      { time: 990, tz: BERLIN },
      '/until/time must be a time of day in quotes',
    ],
    [
      'a calendar that is none',
      { time: '16:30', tz: BERLIN, calendar: 'MOON' },
      '/until/calendar must name a calendar',
    ],
    [
      'business days without a calendar',
      { after: 'x', add: { business_days: 1 }, tz: BERLIN },
      '/until/calendar must',
    ],
    ['months without a zone', { after: 'x', add: { months: 1 } }, '/until/tz must'],
    [
      'a calendar without use',
      { after: 'x', add: { months: 1 }, tz: BERLIN, calendar: 'TARGET' },
      'business_days only',
    ],
    [
      'two additions',
      { after: 'x', add: { months: 1, duration: 'P1D' }, tz: BERLIN },
      '/until/add must have exactly one',
    ],
    ['no addition', { after: 'x' }, '/until/add must be a map'],
    [
      'a duration that is none',
      { after: 'x', add: { duration: '10' } },
      '/until/add/duration must be a duration',
    ],
    ['an empty list', { any_earliest: [] }, '/until/any_earliest must have at least one'],
    ['a misspelt member', { attr: 'x', els: 'never' }, '/until/els is not known here'],
    ['too deep', nested(10), 'must not be nested deeper'],
  ])('%s', (_what, form, fault) => {
    const read = new DataReader('test');
    reader(read).until(form, '/until');
    expect(read.problems.map(({ at, text }) => `${at.replace('test#', '')} ${text}`).join('\n')).toContain(
      fault,
    );
  });
});
