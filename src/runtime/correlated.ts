/**
 * Correlation rules over all matches of a run (SPEC G4): the end of the input is the watermark, so nothing is late and nothing
 * is revised. A match of a correlation rule is told as matches of its members, under its own rule: they fold into an event for
 * each entity and minute, which keeps intervals as short as those of any other event.
 */
import type { SettledMatch } from '../join/batch-join.ts';
import type { Facet } from '../model/facet.ts';
import { canonicalJson } from '../model/canonical-json.ts';
import { sha256Hex } from '../model/ids.ts';
import type { Observation } from '../model/observation.ts';
import type { RuleMatch } from '../model/security-event.ts';
import type { CompiledRules } from '../rules/compile.ts';
import type { CorrelationRule } from '../rules/correlation/correlation-rule.ts';
import { Correlator, type CorrelationMatch } from '../rules/correlation/correlator.ts';
import { facetsOf } from '../rules/correlation/facet-plan.ts';
import type { Leaf } from '../rules/correlation/member.ts';

/** A run holds its matches in memory anyway; the bounds are for what correlation adds: the most that the live lane may be set to. */
const LIMITS = { groups: 1_000_000, groupMembers: 1_000_000, members: 4_000_000, lateHorizon: 0 };

export interface Correlated {
  matches: SettledMatch[];
  /** Members that were left out, by reason. */
  losses: Record<string, number>;
}

/** A match with what correlation rules want to know of its record. */
export function withFacets(match: RuleMatch, { facets }: CompiledRules): RuleMatch {
  const plans = facets.get(match.rule.id);
  return plans === undefined ? match : { ...match, facets: facetsOf(match.observation.fields, plans) };
}

/** The matches that make events: those of rules that speak for themselves, and those of correlation rules. */
export function correlated(settled: readonly SettledMatch[], rules: CompiledRules): Correlated {
  const correlator = new Correlator<SettledMatch[]>(rules.correlations, LIMITS);
  for (const leaf of leavesOf(settled)) correlator.add(leaf);
  correlator.advance(Infinity);
  correlator.settle();
  const found = correlator.matches().filter(({ rule }) => !rules.muted.has(rule.id));
  const losses = Object.fromEntries(Object.entries(correlator.losses).filter(([, count]) => count > 0));
  const own = settled.filter(({ match }) => !rules.muted.has(match.rule.id));
  return { matches: [...own, ...found.flatMap(membersOf)], losses };
}

/** One leaf for each record and rule, however often it was delivered, and whatever differs between deliveries. */
function leavesOf(settled: readonly SettledMatch[]): Leaf<SettledMatch[]>[] {
  const leaves = new Map<string, Leaf<SettledMatch[]>>();
  for (const each of settled) {
    const { observation, rule, facets } = each.match;
    if (facets === undefined) continue;
    const id = correlatedIdOf(observation);
    const key = `${id} ${rule.id}`;
    const known = leaves.get(key);
    leaves.set(key, {
      ruleId: rule.id,
      id,
      at: Math.min(known?.at ?? observation.start, observation.start),
      facets: [...(known?.facets ?? []), ...facets] satisfies Facet[],
      payload: [...(known?.payload ?? []), each],
    });
  }
  return [...leaves.values()];
}

/** The same for every delivery of a record. */
export function correlatedIdOf({ source, nativeTuple }: Observation): string {
  return sha256Hex(canonicalJson([source, nativeTuple]));
}

function membersOf({ rule, group, leaves }: CorrelationMatch<SettledMatch[]>): SettledMatch[] {
  return leaves.flatMap(({ payload }) =>
    payload.map(({ match, ongoing }) => ({ match: matchOf(rule, group, match), ongoing })),
  );
}

/** A member of a correlation rule as a match of that rule. */
export function matchOf(
  { id, title, severity, techniques }: CorrelationRule,
  group: string,
  match: RuleMatch,
): RuleMatch {
  return { observation: match.observation, rule: { id, name: title }, severity, techniques, group };
}
