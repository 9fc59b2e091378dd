/** Time of the story: milliseconds since 14:00:00 UTC on 2026-03-10, and the texts that records write. */
import { formatInstant } from '../../../src/model/instant.ts';

/** 2026-03-10T14:00:00Z, a Tuesday. */
const START_MS = Date.UTC(2026, 2, 10, 14);

/** The story ends ten minutes in. */
export const END_MS = 600_000;

/** `04:10.200` -> 250200: minutes, seconds and milliseconds after 14:00. */
export function at(text: string): number {
  const [minutes = '', seconds = ''] = text.split(':');
  return Number(minutes) * 60_000 + Math.round(Number(seconds) * 1_000);
}

/** RFC 3339 with milliseconds, as payment records write. */
export function millisText(ms: number): string {
  return formatInstant((START_MS + Math.round(ms)) * 1_000);
}

/** RFC 3339 with microseconds, as Kubernetes audit writes. */
export function microsText(ms: number): string {
  const micros = Math.round(ms * 1_000) % 1_000;
  return `${new Date(START_MS + Math.floor(ms)).toISOString().slice(0, -1)}${String(micros).padStart(3, '0')}Z`;
}

/** Nanoseconds since the epoch, as OTLP and Falco write; beyond what a Number holds exactly. */
export function nanosText(ms: number): string {
  return `${(BigInt(START_MS) * 1_000n + BigInt(Math.round(ms * 1_000))) * 1_000n}`;
}

/** RFC 3339 with nanoseconds, as Falco writes. */
export function nanosIsoText(ms: number): string {
  return `${microsText(ms).slice(0, -1)}000Z`;
}
