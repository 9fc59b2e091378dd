/**
 * Reads the `until` forms of data/recoverability.yaml into what `deadline.ts` evaluates: names of zones and calendars
 * become zones and calendars, texts become microseconds, and everything that is wrong is named.
 */
import {
  MICROS_PER_DAY,
  MICROS_PER_HOUR,
  MICROS_PER_MINUTE,
  MICROS_PER_SECOND,
  type Micros,
} from '../model/instant.ts';
import type { Calendar } from './calendar.ts';
import { pointerTo, type DataReader, type Members } from './data-reader.ts';
import type { Addition, Until } from './deadline.ts';
import { parseTimeOfDay, Zone } from './zoned-time.ts';

/** A form inside a form inside a form is more than any rail needs. */
const MAX_DEPTH = 8;
const MAX_DURATION = 3_660 * MICROS_PER_DAY;
const NEVER_FORM: Until = { form: 'never' };

export class UntilReader {
  readonly #read: DataReader;
  readonly #calendarNamed: (name: string) => Calendar | undefined;
  readonly #zones = new Map<string, Zone>();
  /** Calendars that some form uses. */
  readonly used = new Set<Calendar>();

  constructor(read: DataReader, calendarNamed: (name: string) => Calendar | undefined) {
    this.#read = read;
    this.#calendarNamed = calendarNamed;
  }

  /** The form at a pointer; `never` stands in where it is at fault. */
  until(value: unknown, pointer: string, depth = 0): Until {
    if (value === 'never') return NEVER_FORM;
    if (depth > MAX_DEPTH) return this.#fault(pointer, `must not be nested deeper than ${MAX_DEPTH}`);
    const form = this.#read.map(value, pointer, null);
    if ('never' in form) return this.#never(form, pointer);
    if ('attr' in form) return this.#attr(form, pointer, depth);
    if ('time' in form) return this.#cutOff(form, pointer);
    if ('after' in form) return this.#after(form, pointer, depth);
    if ('any_earliest' in form) return this.#several('any_earliest', form, pointer, depth);
    if ('all_latest' in form) return this.#several('all_latest', form, pointer, depth);
    return this.#fault(pointer, 'must be never, or have one of attr, time, after, any_earliest, all_latest');
  }

  #fault(pointer: string, text: string): Until {
    this.#read.fault(pointer, text);
    return NEVER_FORM;
  }

  #never(form: Members, pointer: string): Until {
    this.#read.map(form, pointer, ['never']);
    return form['never'] === true ? NEVER_FORM : this.#fault(`${pointer}/never`, 'must be true');
  }

  #attr(form: Members, pointer: string, depth: number): Until {
    this.#read.map(form, pointer, ['attr', 'at', 'tz', 'else']);
    return {
      form: 'attr',
      name: this.#read.text(form['attr'], `${pointer}/attr`),
      at: this.#optionalTime(form, pointer),
      zone: this.#zone(form['tz'] ?? 'UTC', `${pointer}/tz`),
      otherwise: this.#otherwise(form, pointer, depth),
    };
  }

  #cutOff(form: Members, pointer: string): Until {
    this.#read.map(form, pointer, ['time', 'tz', 'calendar', 'when']);
    return {
      form: 'cutoff',
      time: this.#time(form['time'], `${pointer}/time`),
      zone: this.#zone(form['tz'], `${pointer}/tz`),
      calendar:
        form['calendar'] === undefined ? null : this.#calendar(form['calendar'], `${pointer}/calendar`),
    };
  }

  #after(form: Members, pointer: string, depth: number): Until {
    this.#read.map(form, pointer, ['after', 'add', 'calendar', 'at', 'tz', 'else']);
    const add = this.#addition(form, pointer);
    const needsZone = form['at'] !== undefined || add.kind !== 'duration';
    return {
      form: 'after',
      name: this.#read.text(form['after'], `${pointer}/after`),
      add,
      at: this.#optionalTime(form, pointer),
      zone: this.#zone(form['tz'] ?? (needsZone ? undefined : 'UTC'), `${pointer}/tz`),
      otherwise: this.#otherwise(form, pointer, depth),
    };
  }

  #addition(form: Members, pointer: string): Addition {
    const add = this.#read.map(form['add'], `${pointer}/add`, ['duration', 'business_days', 'months']);
    if (Object.keys(add).length !== 1) {
      this.#read.fault(`${pointer}/add`, 'must have exactly one of duration, business_days, months');
    }
    if ('business_days' in add) {
      const calendar = this.#calendar(form['calendar'], `${pointer}/calendar`);
      const days = this.#read.integer(add['business_days'], `${pointer}/add/business_days`, 0, 1_000);
      if (calendar !== null) return { kind: 'business_days', days, calendar };
    } else if (form['calendar'] !== undefined) {
      this.#read.fault(`${pointer}/calendar`, 'has a meaning for business_days only; leave it out');
    }
    if ('months' in add) {
      return { kind: 'months', months: this.#read.integer(add['months'], `${pointer}/add/months`, 0, 120) };
    }
    if ('duration' in add)
      return { kind: 'duration', micros: this.#duration(add['duration'], `${pointer}/add/duration`) };
    return { kind: 'duration', micros: 0 };
  }

  #several(form: 'any_earliest' | 'all_latest', members: Members, pointer: string, depth: number): Until {
    this.#read.map(members, pointer, [form]);
    const at = `${pointer}/${form}`;
    const parts = this.#read.list(members[form], at);
    if (parts.length === 0) this.#read.fault(at, 'must have at least one form');
    return { form, of: parts.slice(0, 100).map((part, i) => this.until(part, pointerTo(at, i), depth + 1)) };
  }

  #otherwise(form: Members, pointer: string, depth: number): Until | null {
    return form['else'] === undefined ? null : this.until(form['else'], `${pointer}/else`, depth + 1);
  }

  #optionalTime(form: Members, pointer: string): Micros | null {
    return form['at'] === undefined ? null : this.#time(form['at'], `${pointer}/at`);
  }

  #time(value: unknown, pointer: string): Micros {
    const time = typeof value === 'string' ? parseTimeOfDay(value) : undefined;
    if (time === undefined) this.#read.fault(pointer, 'must be a time of day in quotes, such as "16:30"');
    return time ?? 0;
  }

  #duration(value: unknown, pointer: string): Micros {
    const micros = typeof value === 'string' ? parseDuration(value) : undefined;
    if (micros !== undefined && micros <= MAX_DURATION) return micros;
    this.#read.fault(pointer, 'must be a duration such as P7D, PT10S or 7d, of at most ten years');
    return 0;
  }

  #zone(value: unknown, pointer: string): Zone {
    const name = typeof value === 'string' ? value : '';
    const zone = this.#zones.get(name) ?? Zone.named(name);
    if (zone === undefined) {
      this.#read.fault(pointer, 'must be an IANA time zone such as Europe/Berlin');
      return this.#zone('UTC', pointer);
    }
    this.#zones.set(name, zone);
    return zone;
  }

  #calendar(value: unknown, pointer: string): Calendar | null {
    const calendar = typeof value === 'string' ? this.#calendarNamed(value) : undefined;
    if (calendar === undefined) {
      this.#read.fault(pointer, 'must name a calendar, such as TARGET or US_BANK');
      return null;
    }
    this.used.add(calendar);
    return calendar;
  }
}

const ISO_DURATION = /^P(?:(\d{1,5})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,7})M)?(?:(\d{1,9})S)?)?$/;
const SHORT_DURATION = /^(?:(\d{1,5})d)?(?:(\d{1,6})h)?(?:(\d{1,7})m)?(?:(\d{1,9})s)?$/;

/** `P4DT18H` (ISO 8601, without months and years) or `4d18h`; a day is 24 hours. */
function parseDuration(text: string): Micros | undefined {
  const m = ISO_DURATION.exec(text) ?? SHORT_DURATION.exec(text);
  const parts = m?.slice(1, 5);
  if (parts === undefined || parts.every((part) => part === undefined)) return undefined;
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = parts.map((part) => Number(part ?? 0));
  return (
    days * MICROS_PER_DAY +
    hours * MICROS_PER_HOUR +
    minutes * MICROS_PER_MINUTE +
    seconds * MICROS_PER_SECOND
  );
}
