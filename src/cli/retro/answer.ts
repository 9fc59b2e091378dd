/** A question put to the retro lane, and what came of it as documents: for the command line, and for jobs. */
import { CounterfoilError } from '../../model/errors.ts';
import type { Instant } from '../../model/instant.ts';
import type { RetroAsked } from '../../model/retro-question.ts';
import type { SecurityEvent } from '../../model/security-event.ts';
import type { RetroSeen } from '../../ports/retro-jobs.ts';
import type { SpanLog } from '../../ports/span-log.ts';
import type { EngineOptions } from '../../runtime/live/engine-options.ts';
import { retroDocuments, storedEvent, type RetroDocuments } from '../../runtime/retro/documents.ts';
import { eventAbout } from '../../runtime/retro/question.ts';
import { rangeOf, retro } from '../../runtime/retro/retro.ts';
import { beginText, type RetroLane } from './lane.ts';
import { counted } from '../texts/parts.ts';

export interface RetroAnswer {
  found: RetroDocuments;
  seen: RetroSeen;
}

export interface RetroAnswerOptions {
  engine: EngineOptions;
  openSpanLog: () => SpanLog;
  /** Whether the incident is wanted too, with its upper bounds. */
  withMoney: boolean;
}

/** @throws CounterfoilError CF_NOT_FOUND, CF_OVER_LIMIT */
export async function answerRetro(
  asked: RetroAsked,
  lane: RetroLane,
  { engine, openSpanLog, withMoney }: RetroAnswerOptions,
): Promise<RetroAnswer> {
  const event = await eventOf(asked, lane, engine);
  const options = { ...engine, withUnseen: withMoney };
  const { view, counts } = await retro(event, { ...lane, openSpanLog }, options);
  const coverage = coverageOf(event, lane.keptFrom, engine);
  const found = retroDocuments(view, { ...engine, asOf: null, incidentId: null, coverage });
  const { carried: _, ...seen } = counts;
  return { found, seen: { ...seen, coverage, missing: missingOf(lane, coverage, counts.notApplied) } };
}

async function eventOf(
  asked: RetroAsked,
  { facts }: RetroLane,
  options: EngineOptions,
): Promise<SecurityEvent> {
  if (!('eventId' in asked)) return eventAbout(asked, options.cluster, options.tenant);
  const event = await storedEvent(facts, asked.eventId, options);
  if (event !== null) return event;
  throw new CounterfoilError('CF_NOT_FOUND', `No event ${asked.eventId} was recorded in this data folder.`);
}

/** Share of the event's window that is still kept. */
export function coverageOf(event: SecurityEvent, keptFrom: Instant | null, options: EngineOptions): number {
  const { start, end } = rangeOf(event, options);
  if (keptFrom === null || keptFrom <= start) return 1;
  return Math.round(Math.max(0, (end - keptFrom) / (end - start)) * 1e6) / 1e6;
}

function missingOf(lane: RetroLane, coverage: number, notApplied: number): string[] {
  const share = `The log holds ${Math.round(coverage * 100)} % of that time only${beginText(lane.keptFrom)}.`;
  return [
    ...(coverage < 1 ? [share] : []),
    ...lane.missing(),
    ...(notApplied > 0
      ? [`${counted(notApplied, 'record')} are not applied yet; ask again in a moment.`]
      : []),
  ];
}
