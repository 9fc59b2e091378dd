/**
 * Facts of traces as texts of sorted sets: JSON arrays that begin with what they are found by. JSON, since whatever stands in
 * an id, no text then begins like one of another trace.
 */
import type { CarriedFact, TraceMeeting } from '../../ports/fact-store.ts';

/** What every text begins with whose first element this is. */
export function beginningOf(first: string): string {
  return `${JSON.stringify([first]).slice(0, -1)},`;
}

export function carriedText({ traceId, at, attribute, value }: CarriedFact): string {
  return JSON.stringify([traceId, at, attribute, value]);
}

export function carriedOfText(text: string): CarriedFact {
  const [traceId, at, attribute, value] = JSON.parse(text) as [string, number, string, string];
  return { traceId, at, attribute, value };
}

export function nameByTrace({ traceId, eventId }: TraceMeeting): string {
  return JSON.stringify([traceId, eventId]);
}

export function nameByEvent({ traceId, eventId }: TraceMeeting): string {
  return JSON.stringify([eventId, traceId]);
}

export function nameOfTraceText(text: string): TraceMeeting {
  const [traceId, eventId] = JSON.parse(text) as [string, string];
  return { traceId, eventId };
}

export function nameOfEventText(text: string): TraceMeeting {
  const [eventId, traceId] = JSON.parse(text) as [string, string];
  return { traceId, eventId };
}
