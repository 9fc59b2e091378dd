/**
 * From observations to events, one fact at a time: matches and stages are stored as they come, and an event is folded
 * again from all its matches when one of them is new or a stage of its request says more (SPEC F2, F3, F4).
 *
 * Why folded again and not added to: a later stage of a request can take a match back, and nothing that was added up can
 * be taken apart again.
 */
import { requestIdOf, settleMatch, type RequestStages } from '../../join/audit-stages.ts';
import { Fold, eventIdOf } from '../../join/fold.ts';
import { canonicalJson } from '../../model/canonical-json.ts';
import { sha256Hex } from '../../model/ids.ts';
import type { Json } from '../../model/json.ts';
import type { Instant } from '../../model/instant.ts';
import type { Observation } from '../../model/observation.ts';
import type { RuleMatch, SecurityEvent } from '../../model/security-event.ts';
import type { FactStore, MatchFact, RequestFact } from '../../ports/fact-store.ts';

export interface EventBookOptions {
  tenant: string;
  /** Of records that name none. */
  cluster: string | null;
  fold: boolean;
  sessionCap: number;
}

export class EventBook {
  readonly #facts: FactStore;
  readonly #options: EventBookOptions;
  #matches: MatchFact[] = [];
  #requests = new Map<string, RequestFact>();

  constructor(facts: FactStore, options: EventBookOptions) {
    this.#facts = facts;
    this.#options = options;
  }

  /** Notes an observation and what the rules say of it; call for every one, matched or not. */
  note(observation: Observation, matches: readonly RuleMatch[]): void {
    const { tenant, fold } = this.#options;
    const requestId = this.#noteStage(observation);
    if (matches.length === 0) return;
    for (const each of matches) {
      const match = slim(each);
      this.#matches.push({
        eventId: eventIdOf(tenant, each, fold),
        recordId: recordIdOf(match),
        requestId,
        match,
      });
    }
  }

  #noteStage(observation: Observation): string | null {
    const { stage, end } = observation;
    if (stage === null) return null;
    const requestId = requestIdOf(observation, stage);
    const known = this.#requests.get(requestId);
    const later =
      known === undefined || stage.rank > known.rank || (stage.rank === known.rank && end > known.time);
    this.#requests.set(requestId, {
      requestId,
      rank: later ? stage.rank : known.rank,
      time: later ? end : known.time,
      lastEnd: Math.max(known?.lastEnd ?? 0, end),
    });
    return requestId;
  }

  /** Stores what was noted. Returns the events that it concerns. */
  async store(): Promise<Set<string>> {
    const [matches, requests] = [this.#matches, [...this.#requests.values()]];
    this.#matches = [];
    this.#requests = new Map();
    if (matches.length > 0) await this.#facts.addMatches(matches);
    if (requests.length > 0) await this.#facts.noteRequests(requests);
    const ofRequests = await this.#facts.eventsOfRequests(requests.map(({ requestId }) => requestId));
    return new Set([...matches.map(({ eventId }) => eventId), ...ofRequests]);
  }

  /** The events as all their matches make them; null where later stages took every match back. */
  async events(eventIds: Iterable<string>, latest: Instant): Promise<Map<string, SecurityEvent | null>> {
    const ids = [...eventIds];
    const { tenant, fold: enabled, sessionCap } = this.#options;
    const matches = ids.length === 0 ? [] : await this.#facts.matchesOf(ids);
    const requests = await this.#requestsOf(matches);
    const fold = new Fold(tenant, enabled);
    for (const { match, requestId } of matches) {
      const settled =
        requestId === null
          ? { match, ongoing: false }
          : settleMatch(match, requests.get(requestId) ?? NOTHING_KNOWN, latest, sessionCap);
      if (settled !== null) fold.add(settled.match, settled.ongoing);
    }
    const events = new Map<string, SecurityEvent | null>(ids.map((id) => [id, null]));
    for (const event of fold.events()) events.set(event.id, this.#placed(event));
    return events;
  }

  async #requestsOf(matches: readonly MatchFact[]): Promise<Map<string, RequestFact>> {
    const ids = new Set(matches.flatMap(({ requestId }) => requestId ?? []));
    const requests = ids.size === 0 ? [] : await this.#facts.requests([...ids]);
    return new Map(requests.map((request) => [request.requestId, request]));
  }

  /** Ids are of what records state; what the configuration adds comes after. */
  #placed(event: SecurityEvent): SecurityEvent {
    if (event.identity.cluster !== null) return event;
    return { ...event, identity: { ...event.identity, cluster: this.#options.cluster } };
  }
}

/** The raw record was for the rules; what is stored must be small, and the same wherever it was delivered. */
export function slim(match: RuleMatch): RuleMatch {
  return { ...match, observation: { ...match.observation, fields: {}, sightings: [], place: NOWHERE } };
}

/** The id of what a match says. */
export function recordIdOf(match: RuleMatch): string {
  return sha256Hex(canonicalJson(match as unknown as Json));
}

const NOWHERE = { input: '', line: 0, column: 0 };
export const NOTHING_KNOWN: RequestStages = { rank: -1, time: 0, lastEnd: 0 };
