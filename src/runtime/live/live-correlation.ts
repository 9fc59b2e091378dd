/**
 * Correlation rules while records come (SPEC G5, G7): matches that they look at are facts until they are let go, and what the
 * correlator makes of them becomes matches of the correlation rules, which are facts as all others: they are folded, evaluated
 * and asked about as those are. What the correlator takes back is taken out of them.
 *
 * Why matches are kept, and not what was made of them: after a start the correlator is what its matches make it, so there is
 * one way to its state, and it is the one that is tested.
 *
 * A match of an audited request counts while no later stage of the request is known, as for events: so what is known of the
 * request is asked again whenever a stage of it comes.
 *
 * Cost: by matches of rules that are referred to. Worked example: the third read of a secret within ten minutes: three
 * matches become members of one match of the rule, their two minutes are two events, told with this settle.
 */
import { requestIdOf, settleMatch } from '../../join/audit-stages.ts';
import { eventIdOf } from '../../join/fold.ts';
import { MICROS_PER_MINUTE, type Instant, type Micros } from '../../model/instant.ts';
import type { Observation } from '../../model/observation.ts';
import type { RuleMatch } from '../../model/security-event.ts';
import type { CorrelatedFact, FactStore, MatchFact } from '../../ports/fact-store.ts';
import type { CompiledRules } from '../../rules/compile.ts';
import {
  Correlator,
  DEFAULT_CORRELATION_BOUNDS,
  type CorrelationBounds,
  type CorrelationChange,
  type CorrelationMatch,
} from '../../rules/correlation/correlator.ts';
import type { Leaf } from '../../rules/correlation/member.ts';
import { correlatedIdOf, matchOf, withFacets } from '../correlated.ts';
import { NOTHING_KNOWN, recordIdOf, slim } from './event-book.ts';

export interface LiveCorrelationOptions {
  tenant: string;
  fold: boolean;
  /** How far behind the watermark a match may come. */
  lateHorizon: Micros;
  bounds: CorrelationBounds | undefined;
}

/** Every delivery of one record that one rule matches, and what the correlator knows of it. */
interface Known {
  deliveries: Map<string, CorrelatedFact>;
  leaf: Leaf<CorrelatedFact[]> | null;
}

/** A match of a correlation rule, and in how many of its matches it is a member. */
interface Member {
  fact: MatchFact;
  count: number;
  stored: boolean;
}

export class LiveCorrelation {
  readonly #facts: FactStore;
  readonly #rules: CompiledRules;
  readonly #options: LiveCorrelationOptions;
  readonly #correlator: Correlator<CorrelatedFact[]>;
  readonly #known = new Map<string, Known>();
  /** Keys of `#known` by request. */
  readonly #ofRequest = new Map<string, Set<string>>();
  readonly #members = new Map<string, Member>();
  #noted: CorrelatedFact[] = [];
  #requests = new Set<string>();
  #expired: Instant = -Infinity;

  constructor(facts: FactStore, rules: CompiledRules, options: LiveCorrelationOptions) {
    this.#facts = facts;
    this.#rules = rules;
    this.#options = options;
    const { lateHorizon, bounds = DEFAULT_CORRELATION_BOUNDS } = options;
    this.#correlator = new Correlator(rules.correlations, { ...bounds, lateHorizon });
  }

  /** Matches that were not taken or went early since the start, by reason. */
  get losses(): Readonly<Record<string, number>> {
    return this.#correlator.losses;
  }

  /** Matches that are kept, each for every group that it is in. */
  get size(): number {
    return this.#correlator.size;
  }

  /** Whether a rule makes events of its own. */
  speaks(ruleId: string): boolean {
    return !this.#rules.muted.has(ruleId);
  }

  /** Takes up what an earlier run kept. */
  async start(): Promise<void> {
    const keys = (await this.#facts.correlated()).map((fact) => this.#keep(fact));
    await this.#refresh(new Set(keys));
    for (const change of this.#correlator.settle()) this.#count(change);
    for (const member of this.#members.values()) member.stored = true;
  }

  /** Notes an observation and what the rules say of it; call for every one, matched or not. */
  note(observation: Observation, matches: readonly RuleMatch[]): void {
    const { stage } = observation;
    const requestId = stage === null ? null : requestIdOf(observation, stage);
    if (requestId !== null) this.#requests.add(requestId);
    for (const each of matches) {
      const match = withFacets(each, this.#rules);
      if (match.facets === undefined) continue;
      const small = slim(match);
      this.#noted.push({ recordId: recordIdOf(small), requestId, match: small });
    }
  }

  /** Stores what was noted; what is known of requests is stored before. */
  async store(): Promise<void> {
    const [noted, requests] = [this.#noted, this.#requests];
    this.#noted = [];
    this.#requests = new Set();
    if (noted.length > 0) await this.#facts.addCorrelated(noted);
    const keys = new Set(noted.map((fact) => this.#keep(fact)));
    for (const requestId of requests) for (const key of this.#ofRequest.get(requestId) ?? []) keys.add(key);
    if (keys.size > 0) await this.#refresh(keys);
  }

  /** Makes what came into matches, and stores them. Returns the events that this concerns. */
  async settle(watermark: Instant): Promise<Set<string>> {
    for (const final of this.#correlator.advance(watermark)) this.#forget(final);
    const touched = new Set(this.#correlator.settle().flatMap((change) => this.#count(change)));
    const members = [...touched].flatMap((key) => this.#members.get(key) ?? []);
    const fresh = members.filter(({ count, stored }) => count > 0 && !stored);
    const gone = members.filter(({ count }) => count === 0);
    for (const member of fresh) member.stored = true;
    for (const { fact } of gone) this.#members.delete(memberKey(fact));
    if (fresh.length > 0) await this.#facts.addMatches(fresh.map(({ fact }) => fact));
    const taken = gone.filter(({ stored }) => stored);
    if (taken.length > 0) await this.#facts.removeMatches(taken.map(({ fact }) => fact));
    await this.#expire(watermark);
    return new Set([...fresh, ...taken].map(({ fact }) => fact.eventId));
  }

  #keep(fact: CorrelatedFact): string {
    const { observation, rule } = fact.match;
    const key = `${correlatedIdOf(observation)} ${rule.id}`;
    const known = this.#known.get(key) ?? { deliveries: new Map(), leaf: null };
    known.deliveries.set(fact.recordId, fact);
    this.#known.set(key, known);
    if (fact.requestId !== null) {
      const keys = this.#ofRequest.get(fact.requestId) ?? new Set();
      this.#ofRequest.set(fact.requestId, keys.add(key));
    }
    return key;
  }

  /** Tells the correlator what records are now, where that is something else than before. */
  async #refresh(keys: ReadonlySet<string>): Promise<void> {
    const known = [...keys].flatMap((key) => this.#known.get(key) ?? []);
    const ids = known.flatMap(({ deliveries }) =>
      [...deliveries.values()].flatMap(({ requestId }) => requestId ?? []),
    );
    const requests = new Map(
      (ids.length === 0 ? [] : await this.#facts.requests([...new Set(ids)])).map((each) => [
        each.requestId,
        each,
      ]),
    );
    for (const each of known) {
      const valid = [...each.deliveries.values()].filter(
        ({ match, requestId }) =>
          requestId === null || settleMatch(match, requests.get(requestId) ?? NOTHING_KNOWN, 0, 0) !== null,
      );
      if (each.leaf !== null && sameFacts(each.leaf.payload, valid)) continue;
      if (each.leaf !== null) this.#correlator.remove(each.leaf);
      each.leaf = leafOf(valid);
      if (each.leaf !== null) this.#correlator.add(each.leaf);
    }
  }

  /** Counts in how many matches each member is. Returns the keys of those that came or went. */
  #count(change: CorrelationChange<CorrelatedFact[]>): string[] {
    const { kind, match } = change;
    if (!this.speaks(match.rule.id)) return [];
    const before = new Set(kind === 'new' ? [] : kind === 'revised' ? change.before.leaves : match.leaves);
    const after = new Set(kind === 'withdrawn' ? [] : match.leaves);
    const gone = [...before].filter((leaf) => !after.has(leaf));
    const come = [...after].filter((leaf) => !before.has(leaf));
    return [
      ...come.flatMap((leaf) => this.#add(match, leaf, 1)),
      ...gone.flatMap((leaf) => this.#add(match, leaf, -1)),
    ];
  }

  #add(
    { rule, group }: CorrelationMatch<CorrelatedFact[]>,
    leaf: Leaf<CorrelatedFact[]>,
    by: 1 | -1,
  ): string[] {
    const { tenant, fold } = this.#options;
    return leaf.payload.map(({ match, requestId }) => {
      const member = matchOf(rule, group, match);
      const eventId = eventIdOf(tenant, member, fold);
      const fact = { eventId, recordId: recordIdOf(member), requestId, match: member };
      const key = memberKey(fact);
      const known = this.#members.get(key) ?? { fact, count: 0, stored: false };
      known.count += by;
      this.#members.set(key, known);
      return key;
    });
  }

  /** Of a match that is final nothing has to be known any more; its facts stay. */
  #forget(match: CorrelationMatch<CorrelatedFact[]>): void {
    if (!this.speaks(match.rule.id)) return;
    for (const key of match.leaves.flatMap((leaf) => this.#add(match, leaf, -1)))
      if (this.#members.get(key)?.count === 0) this.#members.delete(key);
  }

  /** Once a minute of event time: records that the correlator has let go. */
  async #expire(watermark: Instant): Promise<void> {
    if (!Number.isFinite(watermark) || watermark < this.#expired + MICROS_PER_MINUTE) return;
    this.#expired = watermark;
    const dropped: string[] = [];
    for (const [key, { leaf, deliveries }] of this.#known) {
      const latest = Math.max(...[...deliveries.values()].map(({ match }) => match.observation.start));
      if (latest >= watermark - this.#options.lateHorizon) continue;
      if (leaf !== null && this.#correlator.holds(leaf)) continue;
      this.#known.delete(key);
      for (const { recordId, requestId } of deliveries.values()) {
        dropped.push(recordId);
        if (requestId !== null) this.#ofRequest.delete(requestId);
      }
    }
    if (dropped.length > 0) await this.#facts.dropCorrelated(dropped);
  }
}

function memberKey({ eventId, recordId }: MatchFact): string {
  return `${eventId} ${recordId}`;
}

function leafOf(facts: CorrelatedFact[]): Leaf<CorrelatedFact[]> | null {
  const [first] = facts;
  if (first === undefined) return null;
  const { observation, rule } = first.match;
  return {
    ruleId: rule.id,
    id: correlatedIdOf(observation),
    at: Math.min(...facts.map(({ match }) => match.observation.start)),
    facets: facts.flatMap(({ match }) => match.facets ?? []),
    payload: facts,
  };
}

function sameFacts(a: readonly CorrelatedFact[], b: readonly CorrelatedFact[]): boolean {
  return a.length === b.length && a.every(({ recordId }, index) => recordId === b[index]?.recordId);
}
