/**
 * Correlation rules over a stream of matches, in event time: matches come in any order, and what is made of them is what the
 * set of them makes (SPEC G4, G5).
 *
 * What: each rule has groups, each group its members. A member marks its groups; `settle` makes the matches of marked groups
 * anew and tells what is new, what was revised and what is withdrawn. The matches of a rule are members of the rules that
 * refer to it, so rules are settled after those they refer to.
 *
 * Why anew: a late member can begin a match earlier, and then all behind it in the same run begin elsewhere. One pass over a
 * group is cheaper than every way of patching it, and a group is bounded.
 *
 * What is let go: a run of members that nothing can reach any more, since all that may still come is later by more than
 * a timespan. Its matches are final. Runs are let go whole, so what is left makes what it made before.
 *
 * Bounds: groups of a rule, members of a group and of all groups. At the first and the last a member is not taken; in a group
 * that is full the oldest members go. Each is counted, and the promise of any order is not kept beyond them.
 *
 * Cost: a sort of what is marked and a pass over it. Worked example: group-matches.ts; correlation.test.ts plays a chain.
 */
import { contentId } from '../../model/ids.ts';
import type { Instant, Micros } from '../../model/instant.ts';
import { canBeTakenBack, isMeasuring, type CorrelationRule } from './correlation-rule.ts';
import { groupMatches } from './group-matches.ts';
import { compareMembers, slotOf, type Leaf, type Member } from './member.ts';

export interface CorrelationMatch<P> {
  /** Of the rule, the group and the time at which the condition was met first. */
  id: string;
  rule: CorrelationRule;
  group: string;
  at: Instant;
  /** Of its first and its last record. */
  start: Instant;
  end: Instant;
  leaves: readonly Leaf<P>[];
}

export type CorrelationChange<P> =
  | { kind: 'new' | 'withdrawn'; match: CorrelationMatch<P> }
  | { kind: 'revised'; match: CorrelationMatch<P>; before: CorrelationMatch<P> };

/** What is kept at most; beyond it members are left out, and counted. */
export interface CorrelationBounds {
  /** Groups of one rule. */
  groups: number;
  /** Members of one group. */
  groupMembers: number;
  /** Members of all groups together. */
  members: number;
}

export interface CorrelationLimits extends CorrelationBounds {
  /** How far behind the watermark a match may come. */
  lateHorizon: Micros;
}

export const DEFAULT_CORRELATION_BOUNDS: CorrelationBounds = {
  groups: 100_000,
  groupMembers: 10_000,
  members: 1_000_000,
};

/** Why members were not taken, are there without a value, or went before their time. */
export type CorrelationLoss =
  | 'too_late'
  | 'no_group'
  | 'no_value'
  | 'too_many_groups'
  | 'too_many_members'
  | 'group_full';

interface Group<P> {
  /** By reference and id. */
  members: Map<string, Member<P>>;
  matches: Map<string, CorrelationMatch<P>>;
  /** The first time whose window was not looked at, since the watermark has yet to pass it. */
  waits: Instant;
  /** None of its members is older; they need no look before this is past. */
  oldest: Instant;
}

interface RuleState<P> {
  rule: CorrelationRule;
  /** How far back a record can change its matches: through those it refers to, each by its timespan and its windows'. */
  reach: Micros;
  groups: Map<string, Group<P>>;
  marked: Set<string>;
}

/** A rule that refers to another, and by which of its references. */
interface Referrer<P> {
  state: RuleState<P>;
  reference: number;
}

export class Correlator<P> {
  readonly #limits: CorrelationLimits;
  /** Each behind those that it refers to. */
  readonly #states: readonly RuleState<P>[];
  /** By the rule that they refer to. */
  readonly #referrers = new Map<string, Referrer<P>[]>();
  readonly #losses: Record<CorrelationLoss, number> = {
    too_late: 0,
    no_group: 0,
    no_value: 0,
    too_many_groups: 0,
    too_many_members: 0,
    group_full: 0,
  };
  #members = 0;
  #watermark: Instant = -Infinity;

  /** @param rules each behind those that it refers to, as `compile` sorts them */
  constructor(rules: readonly CorrelationRule[], limits: CorrelationLimits) {
    this.#limits = limits;
    const reaches = new Map<string, Micros>();
    this.#states = rules.map((rule) => {
      const reach =
        2 * rule.timespan + Math.max(0, ...rule.references.map(({ ruleId }) => reaches.get(ruleId) ?? 0));
      reaches.set(rule.id, reach);
      return { rule, reach, groups: new Map(), marked: new Set() };
    });
    for (const state of this.#states) {
      for (const [reference, { ruleId }] of state.rule.references.entries()) {
        const known = this.#referrers.get(ruleId) ?? [];
        this.#referrers.set(ruleId, [...known, { state, reference }]);
      }
    }
  }

  /** What was not taken or went early, by reason. */
  get losses(): Readonly<Record<CorrelationLoss, number>> {
    return this.#losses;
  }

  /** Members that are kept. */
  get size(): number {
    return this.#members;
  }

  /** Takes a match of a rule over single records; the same one again changes nothing. */
  add(leaf: Leaf<P>): void {
    if (leaf.at < this.#watermark - this.#limits.lateHorizon) {
      this.#losses.too_late += 1;
      return;
    }
    for (const { state, reference } of this.#referrers.get(leaf.ruleId) ?? [])
      this.#put(state, reference, { at: leaf.at, id: leaf.id, leaves: [leaf] });
  }

  /** Takes a match back that was added: it is none any more. */
  remove(leaf: Leaf<P>): void {
    for (const { state, reference } of this.#referrers.get(leaf.ruleId) ?? [])
      this.#remove(state, reference, { id: leaf.id, leaves: [leaf] });
  }

  /** Whether a match is a member of anything still. */
  holds({ ruleId, id, facets }: Leaf<P>): boolean {
    return (this.#referrers.get(ruleId) ?? []).some(({ state, reference }) =>
      facetsOf([{ facets }], slotOf(state.rule.id, reference)).groups.some(
        (key) => state.groups.get(key)?.members.has(keyOf(reference, id)) === true,
      ),
    );
  }

  /** Makes the matches of all that was added; what changed, rule by rule, then by group and time. */
  settle(): CorrelationChange<P>[] {
    return this.#states.flatMap((state) =>
      [...state.marked].toSorted().flatMap((key) => this.#settleGroup(state, key)),
    );
  }

  /**
   * Everything up to `watermark` has come, but for what is late.
   * @returns matches that nothing can change any more; they are not kept
   */
  advance(watermark: Instant): CorrelationMatch<P>[] {
    if (watermark <= this.#watermark) return [];
    const before = this.#watermark;
    this.#watermark = watermark;
    const final = this.#states.flatMap((state) => this.#letGo(state, before));
    for (const { groups, marked } of this.#states) {
      for (const [key, { waits }] of groups) if (waits <= watermark) marked.add(key);
    }
    return final;
  }

  /** Every match that is kept, as of the last settle. */
  matches(): CorrelationMatch<P>[] {
    return this.#states.flatMap(({ groups }) =>
      [...groups.values()].flatMap(({ matches }) => [...matches.values()]),
    );
  }

  #put(
    state: RuleState<P>,
    reference: number,
    member: Omit<Member<P>, 'reference' | 'values' | 'numbers'>,
  ): void {
    const slot = slotOf(state.rule.id, reference);
    const facets = facetsOf(member.leaves, slot);
    const read = isMeasuring(state.rule.type)
      ? { values: [], numbers: numbersOf(member.leaves, slot) }
      : { values: facets.values, numbers: NO_NUMBERS };
    if (facets.groups.length === 0) this.#losses.no_group += 1;
    const valued = (state.rule.references[reference]?.valued ?? []).length > 0;
    if (valued && facets.values.length === 0) this.#losses.no_value += 1;
    const memberKey = keyOf(reference, member.id);
    for (const key of facets.groups) {
      if (state.groups.get(key)?.members.has(memberKey) !== true && !this.#hasRoom(state, key)) continue;
      const group = groupOf(state, key);
      if (!group.members.has(memberKey)) this.#members += 1;
      group.members.set(memberKey, { ...member, reference, ...read });
      group.oldest = Math.min(group.oldest, member.at);
      state.marked.add(key);
    }
  }

  /** Whether one more member may be in this group, which may be one more group. What is left out is counted. */
  #hasRoom({ groups }: RuleState<P>, key: string): boolean {
    if (!groups.has(key) && groups.size >= this.#limits.groups) this.#losses.too_many_groups += 1;
    else if (this.#members >= this.#limits.members) this.#losses.too_many_members += 1;
    else return true;
    return false;
  }

  #settleGroup(state: RuleState<P>, key: string): CorrelationChange<P>[] {
    state.marked.delete(key);
    const group = state.groups.get(key);
    if (group === undefined) return [];
    const { rule } = state;
    const members = this.#bounded(group);
    const until = canBeTakenBack(rule) ? this.#watermark : Infinity;
    group.waits = members.find(({ at }) => at > until)?.at ?? Infinity;
    const found = groupMatches(rule, members, until).map((match) => matchOf(rule, key, match));
    const changes = changesBetween(group.matches, found);
    group.matches = new Map(found.map((match) => [match.id, match]));
    // One that members were taken from must not count as a group for ever.
    if (members.length === 0) state.groups.delete(key);
    for (const change of changes) this.#tellReferrers(change);
    return changes;
  }

  /** The members in order, without the oldest where there are too many. */
  #bounded(group: Group<P>): Member<P>[] {
    const members = [...group.members.values()].toSorted(compareMembers);
    const excess = members.splice(0, Math.max(0, members.length - this.#limits.groupMembers));
    for (const { reference, id } of excess) group.members.delete(keyOf(reference, id));
    this.#losses.group_full += excess.length;
    this.#members -= excess.length;
    return members;
  }

  #tellReferrers(change: CorrelationChange<P>): void {
    const { kind, match } = change;
    const gone = kind === 'new' ? null : kind === 'revised' ? change.before : match;
    for (const { state, reference } of this.#referrers.get(match.rule.id) ?? []) {
      if (gone !== null) this.#remove(state, reference, gone);
      if (kind !== 'withdrawn')
        this.#put(state, reference, { at: match.at, id: match.id, leaves: match.leaves });
    }
  }

  #remove(
    state: RuleState<P>,
    reference: number,
    { id, leaves }: Pick<CorrelationMatch<P>, 'id' | 'leaves'>,
  ): void {
    for (const key of facetsOf(leaves, slotOf(state.rule.id, reference)).groups) {
      if (state.groups.get(key)?.members.delete(keyOf(reference, id)) !== true) continue;
      this.#members -= 1;
      state.marked.add(key);
    }
  }

  /** Lets go runs of members that nothing can reach any more, and that were looked at with the watermark before. */
  #letGo(state: RuleState<P>, before: Instant): CorrelationMatch<P>[] {
    const { rule, reach, groups, marked } = state;
    const horizon = Math.min(before, this.#watermark - this.#limits.lateHorizon) - reach;
    const final: CorrelationMatch<P>[] = [];
    for (const [key, group] of groups) {
      if (group.oldest >= horizon || marked.has(key)) continue;
      const members = [...group.members.values()].toSorted(compareMembers);
      const past = members.slice(0, endOfPast(members, horizon, rule.timespan));
      group.oldest = members[past.length]?.at ?? Infinity;
      if (past.length === 0) continue;
      const last = past.at(-1)?.at ?? -Infinity;
      for (const { reference, id } of past) group.members.delete(keyOf(reference, id));
      this.#members -= past.length;
      for (const match of group.matches.values()) {
        if (match.at > last) continue;
        group.matches.delete(match.id);
        final.push(match);
      }
      if (group.members.size === 0) groups.delete(key);
    }
    return final;
  }
}

function groupOf<P>({ groups }: RuleState<P>, key: string): Group<P> {
  const known = groups.get(key);
  if (known !== undefined) return known;
  const group: Group<P> = { members: new Map(), matches: new Map(), waits: Infinity, oldest: Infinity };
  groups.set(key, group);
  return group;
}

function keyOf(reference: number, id: string): string {
  return `${reference} ${id}`;
}

/** The groups and values of all records behind a member. */
function facetsOf(
  leaves: readonly Pick<Leaf<unknown>, 'facets'>[],
  slot: string,
): { groups: string[]; values: string[] } {
  const groups = new Set<string>();
  const values = new Set<string>();
  for (const facet of leaves.flatMap(({ facets }) => facets)) {
    if (facet.slot !== slot) continue;
    for (const group of facet.groups) groups.add(group);
    for (const value of facet.values) values.add(value);
  }
  return { groups: [...groups], values: [...values].toSorted() };
}

const NO_NUMBERS: ReadonlyMap<string, number> = new Map();

/** The numbers of all records behind a member, by record and number. */
function numbersOf(leaves: readonly Leaf<unknown>[], slot: string): Map<string, number> {
  const numbers = new Map<string, number>();
  for (const { id, facets } of leaves) {
    for (const value of facets.filter((facet) => facet.slot === slot).flatMap(({ values }) => values)) {
      // What was stored under another type of the rule may be none.
      if (Number.isFinite(Number(value))) numbers.set(`${id} ${value}`, Number(value));
    }
  }
  return numbers;
}

function matchOf<P>(
  rule: CorrelationRule,
  group: string,
  { at, members }: { at: Instant; members: readonly Member<P>[] },
): CorrelationMatch<P> {
  const byId = new Map(
    members.flatMap(({ leaves }) => leaves).map((leaf) => [`${leaf.id} ${leaf.ruleId}`, leaf]),
  );
  const leaves = [...byId.values()].toSorted((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));
  const start = leaves[0]?.at ?? at;
  const id = contentId('cm', ['correlation', rule.id, group, at]);
  return { id, rule, group, at, start, end: leaves.at(-1)?.at ?? at, leaves };
}

function changesBetween<P>(
  before: ReadonlyMap<string, CorrelationMatch<P>>,
  found: readonly CorrelationMatch<P>[],
): CorrelationChange<P>[] {
  const now = new Set(found.map(({ id }) => id));
  const withdrawn = [...before.values()].filter(({ id }) => !now.has(id));
  const changes: CorrelationChange<P>[] = withdrawn.map((match) => ({ kind: 'withdrawn', match }));
  for (const match of found) {
    const known = before.get(match.id);
    if (known === undefined) changes.push({ kind: 'new', match });
    else if (!sameLeaves(known.leaves, match.leaves)) changes.push({ kind: 'revised', match, before: known });
  }
  return changes;
}

/** A leaf that was added anew is another: what stands behind it may be. */
function sameLeaves(a: readonly Leaf<unknown>[], b: readonly Leaf<unknown>[]): boolean {
  return a.length === b.length && a.every((leaf, index) => leaf === b[index]);
}

/** How many members belong to runs that end before the horizon; a run ends where a pause is longer than the timespan. */
function endOfPast<P>(members: readonly Member<P>[], horizon: Instant, timespan: Micros): number {
  let end = 0;
  for (const [index, { at }] of members.entries()) {
    if (at >= horizon) break;
    const next = members[index + 1]?.at ?? Infinity;
    if (next - at > timespan) end = index + 1;
  }
  return end;
}
