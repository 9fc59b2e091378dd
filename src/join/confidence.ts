/**
 * Window, gap and confidence of one way from an event to a span (SPEC J1, J2, J3, J12).
 *
 * Why the rounded value is what counts: products of doubles differ in their last bit with the order of the factors,
 * and a comparison on that bit would make the chosen way depend on it.
 *
 * Worked example: container_interval, gap -90 s, half-life 30 min: 0.70 x 0.5^(90 / 1800) = 0.676155; bound by an
 * order id: x 0.8 = 0.540924.
 * Source: DESIGN 4.1 rules 1 and 5.
 */
import type { Instant, Micros } from '../model/instant.ts';
import type { JoinSettings } from '../model/join-settings.ts';
import type { Method } from '../model/link.ts';

export interface Interval {
  start: Instant;
  end: Instant;
}

/** Where spans may lie to match an event; inclusive. */
export function windowOf(event: Interval, settings: JoinSettings): Interval {
  return {
    start: event.start - settings.before - settings.skew,
    end: event.end + settings.after + settings.skew,
  };
}

export function meets(a: Interval, b: Interval): boolean {
  return a.start <= b.end && b.start <= a.end;
}

/** 0 where the intervals meet; negative: the span ended before the event; positive: it began after. */
export function gapOf(event: Interval, span: Interval): Micros {
  if (span.end < event.start) return span.end - event.start;
  return span.start > event.end ? span.start - event.end : 0;
}

/** 0.5^(|gap| / half-life) where the method decays, else 1. */
export function decayOf(method: Method, gap: Micros, settings: JoinSettings): number {
  return settings.methods[method].decays ? 0.5 ** (Math.abs(gap) / settings.halfLife) : 1;
}

/** Six decimals, the precision of every probability that leaves the engine. */
export function roundProbability(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}

/**
 * Confidence of one way.
 * @param base of the method, or the raised one of a confirmed escape
 * @param factor of the binding, 1 or the order factor
 * @param capped the workload itself reported this identity after the event began
 */
export function confidenceOf(
  base: number,
  method: Method,
  gap: Micros,
  factor: number,
  capped: boolean,
  settings: JoinSettings,
): number {
  const value = base * decayOf(method, gap, settings) * factor;
  return roundProbability(capped ? Math.min(value, settings.selfReportedCap) : value);
}
