import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDay } from '../../src/impact/day.ts';
import { parseTimeOfDay, Zone } from '../../src/impact/zoned-time.ts';
import { formatInstant } from '../../src/model/instant.ts';
import { utc } from './shipped.ts';

function zone(name: string): Zone {
  const found = Zone.named(name);
  if (found === undefined) throw new Error(`no zone ${name}`);
  return found;
}

const instantOf = (name: string, day: string, time: string): string =>
  formatInstant(zone(name).instantOf({ day: parseDay(day) ?? 0, time: parseTimeOfDay(time) ?? 0 }));

describe('a wall time', () => {
  it.each([
    ['Europe/Berlin', '2026-03-10', '16:30', '2026-03-10T15:30:00.000Z'],
    ['Europe/Berlin', '2026-07-10', '16:30', '2026-07-10T14:30:00.000Z'],
    ['America/New_York', '2026-03-10', '10:30', '2026-03-10T14:30:00.000Z'],
    ['America/New_York', '2026-01-10', '23:59:59', '2026-01-11T04:59:59.000Z'],
    ['Asia/Kolkata', '2026-03-10', '00:00', '2026-03-09T18:30:00.000Z'],
    ['Pacific/Kiritimati', '2026-03-10', '00:00', '2026-03-09T10:00:00.000Z'],
    ['Pacific/Niue', '2026-03-10', '23:00', '2026-03-11T10:00:00.000Z'],
    ['UTC', '2026-03-10', '12:00', '2026-03-10T12:00:00.000Z'],
  ])('of %s on %s at %s is %s', (name, day, time, instant) =>
    expect(instantOf(name, day, time)).toBe(instant),
  );

  it.each([
    ['Europe/Berlin', '2026-03-29', '01:59:59', '2026-03-29T00:59:59.000Z'],
    ['Europe/Berlin', '2026-03-29', '02:00', '2026-03-29T01:00:00.000Z'],
    ['Europe/Berlin', '2026-03-29', '02:30', '2026-03-29T01:00:00.000Z'],
    ['Europe/Berlin', '2026-03-29', '03:00', '2026-03-29T01:00:00.000Z'],
    ['Europe/Berlin', '2026-03-29', '03:01', '2026-03-29T01:01:00.000Z'],
    ['America/New_York', '2026-03-08', '02:15', '2026-03-08T07:00:00.000Z'],
    ['Australia/Lord_Howe', '2026-10-04', '02:10', '2026-10-03T15:30:00.000Z'],
    // Samoa left out a whole day.
    ['Pacific/Apia', '2011-12-30', '12:00', '2011-12-30T10:00:00.000Z'],
  ])('that the clocks of %s jump over on %s (%s) is the jump, %s', (name, day, time, instant) => {
    expect(instantOf(name, day, time)).toBe(instant);
  });

  it.each([
    ['Europe/Berlin', '2026-10-25', '01:59', '2026-10-24T23:59:00.000Z'],
    ['Europe/Berlin', '2026-10-25', '02:00', '2026-10-25T00:00:00.000Z'],
    ['Europe/Berlin', '2026-10-25', '02:59', '2026-10-25T00:59:00.000Z'],
    ['Europe/Berlin', '2026-10-25', '03:00', '2026-10-25T02:00:00.000Z'],
    ['America/New_York', '2026-11-01', '01:30', '2026-11-01T05:30:00.000Z'],
  ])('that occurs twice in %s on %s (%s) is the first, %s', (name, day, time, instant) => {
    expect(instantOf(name, day, time)).toBe(instant);
  });

  const zones = [
    'Europe/Berlin',
    'America/New_York',
    'Australia/Lord_Howe',
    'Asia/Kathmandu',
    'America/St_Johns',
  ];
  it('comes back from an instant, or earlier by what the clocks were set back', () => {
    const instants = fc.integer({
      min: utc('1995-01-01T00:00:00Z') / 1000,
      max: utc('2035-01-01T00:00:00Z') / 1000,
    });
    fc.assert(
      fc.property(fc.constantFrom(...zones), instants, (name, ms) => {
        const wall = zone(name).wallTimeAt(ms * 1000);
        const back = zone(name).instantOf(wall);
        expect(zone(name).wallTimeAt(back)).toEqual(wall);
        expect([0, 1_800e6, 3_600e6]).toContain(ms * 1000 - back);
      }),
      { numRuns: 300 },
    );
  });
});

describe('names', () => {
  it.each(['Mars/Olympus', '', 'Berlin'])('%j is no zone', (name) =>
    expect(Zone.named(name)).toBeUndefined(),
  );
  it.each(['24:00', '16:60', '1:30', '16.30', '16:30:60', ''])('%j is no time of day', (text) =>
    expect(parseTimeOfDay(text)).toBeUndefined(),
  );
});
