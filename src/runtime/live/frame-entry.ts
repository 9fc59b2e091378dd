/** A frame that was read, or part of one, as the log takes it again. */
import { packRows } from '../../join/span-chunk.ts';
import type { Instant } from '../../model/instant.ts';
import type { LogEntry } from '../../ports/event-log.ts';
import { encodeFrame, type Frame } from './frame.ts';

export function entryOf(frame: Frame): LogEntry {
  const { spans, ...head } = frame;
  const value = encodeFrame({ ...head, packed: spans === null ? null : packRows(spans) });
  return { value, ...timesOf(frame) };
}

/** Earliest and latest time of its facts. */
function timesOf({ observations, payments, spans }: Frame): { from: Instant | null; to: Instant | null } {
  let [from, to] = [Infinity, -Infinity];
  const widen = (start: Instant, end: Instant): void => {
    from = Math.min(from, start);
    to = Math.max(to, end);
  };
  for (const { start, end } of observations) widen(start, end);
  for (const { time } of payments) widen(time, time);
  for (let at = 0; at < (spans?.length ?? 0); at += 1) widen(spans?.start[at] ?? 0, spans?.end[at] ?? 0);
  return from > to ? { from: null, to: null } : { from, to };
}
