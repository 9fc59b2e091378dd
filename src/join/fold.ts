/**
 * Folding: repeats of one thing within a minute are one event (SPEC F1, F2).
 *
 * What: a shell loop raises the same alert a thousand times; people want one event with start, end and count. Why the
 * key holds only what the record states: an id must not change when the inventory learns more. Why the matches of a
 * correlation rule fold by their group, and not by what each of them did: that they are many is what the rule is about. Why sets and
 * minima: then the order of arrival, and records delivered twice, cannot change the result.
 *
 * Cost: one map entry per event, and a hash per distinct repeat up to 10,000.
 * Worked example: the same Falco rule at 14:00:02 and 14:00:40 on one container is one event, start 14:00:02, end
 * 14:00:40, count 2; a third at 14:01:00 is another event, because the minute is part of the key.
 */
import { MICROS_PER_MINUTE } from '../model/instant.ts';
import { canonicalJson } from '../model/canonical-json.ts';
import { contentId, sha256Hex } from '../model/ids.ts';
import type { Json } from '../model/json.ts';
import type { Observation } from '../model/observation.ts';
import {
  MAX_FOLD_COUNT,
  MAX_ORIGINAL_IDS,
  type RuleMatch,
  type SecurityEvent,
} from '../model/security-event.ts';

interface Original {
  start: number;
  id: string;
}

interface Folded {
  event: SecurityEvent;
  /** Canonical native tuple of the record whose content the event shows. */
  contentKey: string;
  natives: Set<string>;
  originals: Original[];
}

export class Fold {
  readonly #tenant: string;
  readonly #enabled: boolean;
  readonly #events = new Map<string, Folded>();

  /** @param enabled false: `events.fold: 0`, one event per distinct record and rule */
  constructor(tenant: string, enabled: boolean) {
    this.#tenant = tenant;
    this.#enabled = enabled;
  }

  add(match: RuleMatch, ongoing: boolean): void {
    const { observation } = match;
    const id = eventIdOf(this.#tenant, match, this.#enabled);
    const native = canonicalJson(observation.nativeTuple);
    const known = this.#events.get(id);
    if (known === undefined) {
      const event = eventOf(id, this.#tenant, match, ongoing);
      this.#events.set(id, {
        event,
        contentKey: native,
        natives: new Set([sha256Hex(native)]),
        originals:
          observation.nativeId === null ? [] : [{ start: observation.start, id: observation.nativeId }],
      });
      return;
    }
    this.#merge(known, match, ongoing, native);
  }

  /** All events, by (start, id). */
  events(): SecurityEvent[] {
    const events = [...this.#events.values()].map(({ event, natives, originals }) => ({
      ...event,
      count: Math.min(natives.size, MAX_FOLD_COUNT),
      countCapped: natives.size > MAX_FOLD_COUNT,
      originalIds: originals.map((original) => original.id),
    }));
    return events.toSorted((a, b) => a.start - b.start || (a.id < b.id ? -1 : 1));
  }

  #merge(known: Folded, match: RuleMatch, ongoing: boolean, native: string): void {
    const { observation } = match;
    const { event } = known;
    const smaller =
      observation.start < event.start ||
      (observation.start === event.start &&
        (native < known.contentKey || (native === known.contentKey && isBefore(match, event))));
    const merged = smaller ? eventOf(event.id, this.#tenant, match, ongoing) : event;
    known.event = {
      ...merged,
      start: Math.min(event.start, observation.start),
      end: Math.max(event.end, observation.end),
      ongoing: event.ongoing || ongoing,
    };
    if (smaller) known.contentKey = native;
    // One more than the cap is kept, so that the cap can be told from exactly 10,000.
    if (known.natives.size <= MAX_FOLD_COUNT) known.natives.add(sha256Hex(native));
    if (observation.nativeId !== null) {
      known.originals = withOriginal(known.originals, { start: observation.start, id: observation.nativeId });
    }
  }
}

/** The event that a match belongs to (SPEC F1); `fold` as in the constructor of Fold. */
export function eventIdOf(tenant: string, match: RuleMatch, fold: boolean): string {
  const { source, nativeTuple } = match.observation;
  return fold
    ? contentId('ev', foldTuple(tenant, match))
    : contentId('ev', ['event', tenant, source, match.rule.id, nativeTuple]);
}

/** Of two deliveries that forwarders made differ, one is shown whichever came first: that of the smaller content. */
function isBefore(match: RuleMatch, event: SecurityEvent): boolean {
  const { start, end, count, countCapped, originalIds, ongoing } = event;
  const other = eventOf(event.id, event.tenant, match, ongoing);
  const content = canonicalJson({ ...other, start, end, count, countCapped, originalIds } as unknown as Json);
  return content < canonicalJson(event as unknown as Json);
}

/** Keeps the smallest original ids by (start, id), each once. */
function withOriginal(originals: Original[], added: Original): Original[] {
  if (originals.some((original) => original.id === added.id && original.start <= added.start))
    return originals;
  const others = originals.filter((original) => original.id !== added.id);
  const sorted = [...others, added].toSorted((a, b) => a.start - b.start || (a.id < b.id ? -1 : 1));
  return sorted.slice(0, MAX_ORIGINAL_IDS);
}

function foldTuple(tenant: string, match: RuleMatch): Json[] {
  const { observation } = match;
  const minute = Math.floor(observation.start / MICROS_PER_MINUTE);
  const event = ['event', tenant, observation.source, match.rule.id];
  if (match.group !== undefined)
    return [
      ...event,
      [...whoOf(observation), observation.traceId],
      observation.actor,
      ['group', match.group],
      minute,
    ];
  const { resource } = observation;
  const entities: Json[] = [
    ...whoOf(observation),
    resource?.apiGroup ?? null,
    resource?.resource ?? null,
    resource?.subresource ?? null,
    resource?.namespace ?? null,
    resource?.name ?? null,
    observation.traceId,
  ];
  const detail = observation.detail === null ? null : sha256Hex(observation.detail);
  return [...event, entities, observation.actor, detail, minute];
}

/** The entities that join. */
function whoOf({ identity, serviceAccount }: Observation): Json[] {
  return [
    identity.cluster,
    identity.namespace,
    identity.podName,
    identity.podUid,
    identity.containerId,
    identity.containerName,
    identity.node,
    serviceAccount?.namespace ?? null,
    serviceAccount?.name ?? null,
  ];
}

function eventOf(id: string, tenant: string, match: RuleMatch, ongoing: boolean): SecurityEvent {
  const observation: Observation = match.observation;
  return {
    id,
    tenant,
    source: observation.source,
    dataset: observation.dataset,
    rule: match.rule,
    severity: match.severity,
    techniques: match.techniques,
    start: observation.start,
    end: observation.end,
    count: 1,
    countCapped: false,
    originalIds: [],
    ongoing,
    identity: observation.identity,
    serviceAccount: observation.serviceAccount,
    credentialId: observation.credentialId,
    actor: observation.actor,
    resource: observation.resource,
    action: observation.action,
    outcome: observation.outcome,
    traceId: observation.traceId,
    detail: observation.detail,
    message: observation.message,
  };
}
