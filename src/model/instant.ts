/**
 * Instants: integer microseconds since the Unix epoch, in a Number.
 *
 * Why microseconds: they are exact in a Number until the year 2255, they hold everything Kubernetes audit
 * writes, and a nanosecond integer (2^60) would silently lose its last digits. Finer input is cut, never
 * rounded, so that the same record gives the same instant whichever exporter wrote it.
 *
 * Worked example: `2026-03-10T14:00:02.118999999Z` -> 1773151202118999 -> `2026-03-10T14:00:02.118999Z`.
 * Source: RFC 3339; DESIGN section 3.
 */

/** Microseconds since the epoch, a non-negative safe integer. */
export type Instant = number;

/** A length of time in microseconds. */
export type Micros = number;

export const MICROS_PER_MS = 1_000;
export const MICROS_PER_SECOND = 1_000_000;
const MS_PER_DAY = 86_400_000;
export const MICROS_PER_MINUTE = 60 * MICROS_PER_SECOND;
export const MICROS_PER_HOUR = 60 * MICROS_PER_MINUTE;
export const MICROS_PER_DAY = 24 * MICROS_PER_HOUR;

/** The first instant that is refused: 2255-06-05, beyond which microseconds are no safe integers. */
const END_OF_TIME = Number.MAX_SAFE_INTEGER;

const RFC3339 =
  /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(?:[.,](\d{1,12}))?(?:([Zz])|([+-])(\d{2}):?(\d{2}))$/;

/**
 * Parses an RFC 3339 date-time that names its zone; digits below the microsecond are cut.
 * @returns the instant, or undefined when the text is not one, or lies outside 1970..2255
 */
export function parseInstant(text: string): Instant | undefined {
  const m = RFC3339.exec(text);
  if (m === null) return undefined;
  const [, year, month, day, hour, minute, second, fraction, zulu, sign, zoneHour, zoneMinute] = m;
  const ms = Date.UTC(
    Number(year),
    Number(month) - 1,
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
  );
  if (!isCalendarTime(ms, Number(month), Number(day), Number(hour), Number(minute), Number(second)))
    return undefined;
  const micros = Number((fraction ?? '').slice(0, 6).padEnd(6, '0'));
  const zone = zulu === undefined ? (Number(zoneHour) * 60 + Number(zoneMinute)) * MICROS_PER_MINUTE : 0;
  const instant = ms * MICROS_PER_MS + micros - (sign === '-' ? -zone : zone);
  return isInstant(instant) ? instant : undefined;
}

/** Date.UTC rolls the 31st of February over into March: refuse what does not come back as it went in. */
function isCalendarTime(
  ms: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
): boolean {
  const date = new Date(ms);
  const leapSecond = second === 60 && minute === 59;
  if (hour > 23 || minute > 59 || (second > 59 && !leapSecond)) return false;
  return leapSecond || (date.getUTCMonth() + 1 === month && date.getUTCDate() === day);
}

/** Whether a number can be an instant at all. */
export function isInstant(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0 && value < END_OF_TIME;
}

/**
 * Turns nanoseconds since the epoch, as text or bigint, into an instant; nanoseconds are cut.
 * Numbers are not taken: a 19-digit JSON number has already lost digits when it gets here.
 */
export function instantOfUnixNanos(nanos: bigint | string): Instant | undefined {
  if (typeof nanos === 'string') {
    if (!/^\d{1,20}$/.test(nanos)) return undefined;
    nanos = BigInt(nanos);
  }
  const micros = Number(nanos / 1000n);
  return nanos >= 0n && isInstant(micros) ? micros : undefined;
}

/** Days that were written before, because most instants are of a few; so many, and they are forgotten. */
const writtenDays = new Map<number, string>();
const MAX_WRITTEN_DAYS = 10_000;

function dayText(day: number): string {
  let text = writtenDays.get(day);
  if (text === undefined) {
    text = new Date(day * MS_PER_DAY).toISOString().slice(0, 'yyyy-mm-ddT'.length);
    if (writtenDays.size >= MAX_WRITTEN_DAYS) writtenDays.clear();
    writtenDays.set(day, text);
  }
  return text;
}

/** RFC 3339 in UTC with three decimals, six where the instant has microseconds. */
export function formatInstant(instant: Instant): string {
  const micros = instant % MICROS_PER_MS;
  const ms = (instant - micros) / MICROS_PER_MS;
  const day = Math.floor(ms / MS_PER_DAY);
  const ofDay = ms - day * MS_PER_DAY;
  const seconds = Math.floor(ofDay / 1_000);
  const clock = `${pair(Math.floor(seconds / 3_600))}:${pair(Math.floor(seconds / 60) % 60)}:${pair(seconds % 60)}`;
  const fraction = triple(ofDay % 1_000) + (micros === 0 ? '' : triple(micros));
  return `${dayText(day)}${clock}.${fraction}Z`;
}

function pair(n: number): string {
  return n < 10 ? `0${n}` : String(n);
}

function triple(n: number): string {
  return n < 100 ? `0${pair(n)}` : String(n);
}
