/** Sizes and times as the findings write them. */
import { formatDuration } from '../../config/durations.ts';
import { MICROS_PER_MINUTE, MICROS_PER_SECOND, type Micros } from '../../model/instant.ts';

const UNITS = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'] as const;
const STEP = 1_024;

/** `62 bytes`, `1.5 GiB`. */
export function bytesText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= STEP && unit < UNITS.length - 1) {
    value /= STEP;
    unit += 1;
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1;
  return `${value.toFixed(digits)} ${UNITS[unit] ?? ''}`;
}

/** Whole seconds below an hour, whole minutes above: `2m5s`, `3h10m`. */
export function spanText(micros: Micros): string {
  const unit = micros < 60 * MICROS_PER_MINUTE ? MICROS_PER_SECOND : MICROS_PER_MINUTE;
  return formatDuration(Math.round(micros / unit) * unit);
}
