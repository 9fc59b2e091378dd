/**
 * Local wall time of a place to an instant and back: "16:30 in Berlin on the 10th of March" is 15:30 UTC.
 *
 * What: the offset of a zone at an instant comes from the zone database that Node carries (Intl). A wall time has two
 * possible offsets, that before and that after the nearest change of clocks; whichever gives back itself is right.
 * The two days a year on which that is not one instant:
 *   - a wall time that occurs twice (clocks go back) means the first of the two;
 *   - a wall time that does not occur (clocks go forward) means the moment at which they jump.
 * Why so: both are the earlier reading, and a deadline taken too early loses no money.
 *
 * Cost: some microseconds for a new minute, a map look-up for a known one; the memory is bounded.
 * Worked example: Europe/Berlin, 2026-03-29 02:30 does not occur: 01:00 UTC. 2026-10-25 02:30 occurs at 00:30 and at
 * 01:30 UTC: 00:30.
 * Source: IANA time zone database; ECMA-402.
 */
import {
  MICROS_PER_DAY,
  MICROS_PER_MINUTE,
  MICROS_PER_MS,
  type Instant,
  type Micros,
} from '../model/instant.ts';
import type { Day } from './day.ts';

const MAX_REMEMBERED = 4_096;

/** A day and the time of that day, as a clock on the wall shows them. */
export interface WallTime {
  day: Day;
  /** 0 inclusive to 24 h exclusive. */
  time: Micros;
}

export class Zone {
  readonly name: string;
  readonly #format: Intl.DateTimeFormat;
  /** Minute -> offset, forgotten as a whole when full. */
  readonly #offsets = new Map<number, Micros>();

  private constructor(name: string, format: Intl.DateTimeFormat) {
    this.name = name;
    this.#format = format;
  }

  /** @param name IANA name such as `Europe/Berlin`; undefined when there is no such zone */
  static named(name: string): Zone | undefined {
    try {
      const format = new Intl.DateTimeFormat('en-US', {
        timeZone: name,
        calendar: 'gregory',
        numberingSystem: 'latn',
        hourCycle: 'h23',
        year: 'numeric',
        month: 'numeric',
        day: 'numeric',
        hour: 'numeric',
        minute: 'numeric',
        second: 'numeric',
      });
      return new Zone(name, format);
    } catch {
      return undefined;
    }
  }

  /** What the clock on the wall shows at an instant. */
  wallTimeAt(instant: Instant): WallTime {
    const local = instant + this.#offsetAt(instant);
    const day = Math.floor(local / MICROS_PER_DAY);
    return { day, time: local - day * MICROS_PER_DAY };
  }

  /** The instant of a wall time, by the rules above. */
  instantOf({ day, time }: WallTime): Instant {
    const local = day * MICROS_PER_DAY + time;
    // No zone changes its clocks twice within two days, so these two are all the offsets that can apply.
    const before = local - this.#offsetAt(local - MICROS_PER_DAY);
    const after = local - this.#offsetAt(local + MICROS_PER_DAY);
    const real = [before, after].filter((instant) => instant + this.#offsetAt(instant) === local);
    return real.length > 0 ? Math.min(...real) : this.#jumpBetween(after, before);
  }

  /** Where the offset changes, given one instant on either side, by halving; clocks change on whole minutes. */
  #jumpBetween(earlier: Instant, later: Instant): Instant {
    let low = Math.floor(earlier / MICROS_PER_MINUTE);
    let high = Math.ceil(later / MICROS_PER_MINUTE);
    const offset = this.#offsetAt(low * MICROS_PER_MINUTE);
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (this.#offsetAt(middle * MICROS_PER_MINUTE) === offset) low = middle;
      else high = middle;
    }
    return high * MICROS_PER_MINUTE;
  }

  #offsetAt(instant: Instant): Micros {
    const minute = Math.floor(instant / MICROS_PER_MINUTE);
    const known = this.#offsets.get(minute);
    if (known !== undefined) return known;
    if (this.#offsets.size >= MAX_REMEMBERED) this.#offsets.clear();
    const offset = this.#measure(minute * MICROS_PER_MINUTE);
    this.#offsets.set(minute, offset);
    return offset;
  }

  #measure(instant: Instant): Micros {
    const parts: Partial<Record<Intl.DateTimeFormatPartTypes, number>> = {};
    for (const { type, value } of this.#format.formatToParts(instant / MICROS_PER_MS))
      parts[type] = Number(value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
    return Date.UTC(year, month - 1, day, hour, minute, second) * MICROS_PER_MS - instant;
  }
}

/** Time of day from `16:30` or `23:59:59`; undefined for other text. */
export function parseTimeOfDay(text: string): Micros | undefined {
  const m = /^([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$/.exec(text);
  if (m === null) return undefined;
  return ((Number(m[1]) * 60 + Number(m[2])) * 60 + Number(m[3] ?? 0)) * 1_000 * MICROS_PER_MS;
}
