/**
 * Durations as people write them: `60s`, `15m`, `1h30m`, `500ms`, `7d`; inside, microseconds.
 *
 * A bare number is refused (except 0): `60` could be seconds or minutes, and a wrong guess moves every window.
 *
 * Worked example: `1h30m` -> 5400000000 -> `1h30m`.
 */
import {
  MICROS_PER_DAY,
  MICROS_PER_HOUR,
  MICROS_PER_MINUTE,
  MICROS_PER_MS,
  MICROS_PER_SECOND,
  type Micros,
} from '../model/instant.ts';

/** Largest first, the order in which they are written. */
const UNITS: readonly (readonly [name: string, micros: Micros])[] = [
  ['d', MICROS_PER_DAY],
  ['h', MICROS_PER_HOUR],
  ['m', MICROS_PER_MINUTE],
  ['s', MICROS_PER_SECOND],
  ['ms', MICROS_PER_MS],
  ['us', 1],
];

const PART = /(\d{1,15})(ms|us|[dhms])/y;

/**
 * Parses a duration; units must fall in size and none may repeat.
 * @returns microseconds, or undefined when the text is no duration
 */
export function parseDuration(text: string): Micros | undefined {
  const trimmed = text.trim();
  if (trimmed === '0') return 0;
  let total = 0;
  let lastUnit = -1;
  PART.lastIndex = 0;
  while (PART.lastIndex < trimmed.length) {
    const part = PART.exec(trimmed);
    if (part === null) return undefined;
    const unit = UNITS.findIndex(([name]) => name === part[2]);
    if (unit <= lastUnit) return undefined;
    lastUnit = unit;
    total += Number(part[1]) * (UNITS[unit]?.[1] ?? 0);
  }
  return lastUnit >= 0 && Number.isSafeInteger(total) ? total : undefined;
}

/** A duration that the source code states. @throws Error when it is none */
export function micros(text: string): Micros {
  const value = parseDuration(text);
  if (value === undefined) throw new Error(`${text} is no duration`);
  return value;
}

/** The shortest text that parses to the same duration. */
export function formatDuration(micros: Micros): string {
  let rest = micros;
  let text = '';
  for (const [name, size] of UNITS) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) text += `${count}${name}`;
  }
  return text === '' ? '0s' : text;
}
