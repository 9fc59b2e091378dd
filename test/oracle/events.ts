/** Events of the oracle: rule matches and alerts, folded (docs/SPEC.md F1, F2, F4). */
import { distinct } from './identity.ts';
import { compareRows, id, sha256 } from './text.ts';
import type { OracleEvent, OracleRule, OracleSettings } from './types.ts';
import type { Account, Observation, Statement, World } from './world.ts';

export interface FoldedEvent extends OracleEvent {
  techniques: string[];
  /** Of the content, at the event's start. */
  statement: Statement;
  account: Account | null;
  traceId: string | null;
}

interface Match {
  observation: Observation;
  ruleId: string;
  techniques: string[];
  end: number;
}

const MINUTE = 60_000_000;
const MAX_COUNT = 10_000;
const MAX_ORIGINALS = 100;

/** Every event of the run, by (start, id). */
export function foldEvents(world: World, settings: OracleSettings): FoldedEvent[] {
  const latest = Math.max(0, ...world.observations.map((o) => o.end), ...world.spans.map((span) => span.end));
  const groups = new Map<string, Match[]>();
  for (const observation of world.observations) {
    for (const match of matchesOf(observation, latest, settings)) {
      const eventId = id('ev', foldTuple(match, settings.tenant));
      groups.set(eventId, [...(groups.get(eventId) ?? []), match]);
    }
  }
  return [...groups]
    .map(([eventId, matches]) => fold(eventId, matches))
    .toSorted((a, b) => compareRows([a.start, a.id], [b.start, b.id]));
}

function matchesOf(observation: Observation, latest: number, settings: OracleSettings): Match[] {
  const rules: Pick<OracleRule, 'id' | 'techniques'>[] =
    observation.rule === null
      ? settings.rules.filter((rule) => rule.matches(observation.record))
      : [observation.rule];
  const sessionEnd = Math.min(observation.start + settings.sessionCap, latest);
  const end = observation.ongoing ? Math.max(observation.end, sessionEnd) : observation.end;
  return rules.map((rule) => ({ observation, ruleId: rule.id, techniques: rule.techniques, end }));
}

function foldTuple(match: Match, tenant: string): unknown[] {
  const { observation: o, ruleId } = match;
  const s = o.statement;
  const entities = [
    o.statedCluster,
    s.namespace,
    s.podName,
    s.podUid,
    s.containerId,
    s.containerName,
    s.node,
    o.account?.namespace ?? null,
    o.account?.name ?? null,
    ...o.resource,
    o.traceId,
  ];
  const detail = o.detail === null ? null : sha256(o.detail);
  return ['event', tenant, o.source, ruleId, entities, o.actor, detail, Math.floor(o.start / MINUTE)];
}

function fold(eventId: string, matches: Match[]): FoldedEvent {
  const sorted = matches.toSorted((a, b) =>
    compareRows(
      [a.observation.start, a.observation.nativeTuple],
      [b.observation.start, b.observation.nativeTuple],
    ),
  );
  const content = sorted[0];
  if (content === undefined) throw new Error('an event has matches');
  const natives = matches
    .toSorted((a, b) =>
      compareRows(
        [a.observation.start, a.observation.nativeId ?? ''],
        [b.observation.start, b.observation.nativeId ?? ''],
      ),
    )
    .map((match) => match.observation.nativeId)
    .filter((nativeId) => nativeId !== null);
  return {
    id: eventId,
    start: Math.min(...matches.map((match) => match.observation.start)),
    end: Math.max(...matches.map((match) => match.end)),
    count: Math.min(MAX_COUNT, distinct(matches.map((match) => match.observation.nativeTuple)).length),
    originalIds: [...new Set(natives)].slice(0, MAX_ORIGINALS),
    ongoing: content.observation.ongoing,
    techniques: content.techniques,
    statement: content.observation.statement,
    account: content.observation.account,
    traceId: content.observation.traceId,
  };
}
