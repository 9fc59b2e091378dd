/** What random scenarios really contain: counted over seeds, so that a generator gone lame is noticed. */
import { runOracle } from './oracle.ts';
import { randomScenario } from './scenario.ts';
import type { OracleLink, OracleResult } from './types.ts';

/** In how many scenarios something occurs. */
export type Coverage = Record<string, number>;

/** Counts over the seeds `first` to `last`. */
export function coverageOf(first: number, last: number): Coverage {
  const coverage: Coverage = {};
  for (let seed = first; seed <= last; seed++) {
    const scenario = randomScenario(seed);
    const result = runOracle(scenario.input, scenario.settings);
    const found = [...scenario.features.map((feature) => `in:${feature}`), ...outcomes(result)];
    for (const name of new Set(found)) coverage[name] = (coverage[name] ?? 0) + 1;
  }
  return coverage;
}

function outcomes(result: OracleResult): string[] {
  const { links, events, payments } = result;
  return [
    ...links.flatMap(linkOutcomes),
    ...Object.entries(result.ambiguous).flatMap(([reason, count]) => (count > 0 ? [`out:${reason}`] : [])),
    ...occurs('out:links', links.length > 0),
    ...occurs('out:bulk_trace', result.bulkTraces.length > 0),
    ...occurs('out:pods_capped', result.podsCapped.length > 0),
    ...occurs(
      'out:event_ongoing',
      events.some((event) => event.ongoing),
    ),
    ...occurs(
      'out:event_folded',
      events.some((event) => event.count > 1),
    ),
    ...occurs(
      'out:payment_merged',
      payments.some((payment) => payment.supersededIds.length > 0),
    ),
  ];
}

function linkOutcomes(link: OracleLink): string[] {
  const gap = link.gapMs === 0 ? 'zero' : link.gapMs < 0 ? 'negative' : 'positive';
  return [
    `best:${link.method}`,
    ...[link, ...link.methods].map(({ method }) => `way:${method}`),
    `gap:${gap}`,
    `gap:${link.method}:${gap}`,
    `provenance:${link.provenance}`,
    `matched:${link.matched.field}`,
    ...occurs('out:capped', link.confidence === 0.6 && link.provenance === 'self'),
  ];
}

function occurs(name: string, does: boolean): string[] {
  return does ? [name] : [];
}
