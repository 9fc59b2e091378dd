/**
 * "Can it still be stopped?", answered at read: documents store deadlines, never what the clock makes of them.
 *
 * `recover` lists the steps of a payment, earliest deadline first; the first whose deadline is ahead is what can be
 * done. A deadline is exclusive (SPEC M2): at 15:30:00 a step "until 15:30:00" is over. After the last: final.
 *
 * Worked example: cancel until 15:30, recall until Friday. At 15:29:59 stoppable by cancel; at 15:30 recallable by
 * recall; on Saturday final.
 */
import { formatInstant, parseInstant, type Instant } from '../model/instant.ts';
import type { RecoverPart } from '../model/documents/parts.ts';
import type { Clock } from '../ports/clock.ts';
import { queryError } from './problem.ts';
import type { NowPart } from './schemas.ts';

/** What can still be done with a payment as of an instant. */
export function recoverNow(recover: readonly RecoverPart[], asOf: Instant): NowPart {
  const step = recover.find(({ until }) => until === null || (parseInstant(until) ?? 0) > asOf);
  return {
    as_of: formatInstant(asOf),
    class: step?.class ?? 'final',
    action: step?.action ?? null,
    until: step?.until ?? null,
  };
}

/**
 * The instant that was asked about, or now.
 * @throws CounterfoilError CF_USAGE when the text is no instant
 */
export function asOfInstant(text: string | undefined, clock: Clock): Instant {
  if (text === undefined) return clock.now();
  const instant = parseInstant(text);
  if (instant === undefined) {
    throw queryError('as_of', 'as_of is no RFC 3339 date-time with a zone, such as 2026-03-10T14:00:00Z.');
  }
  return instant;
}
