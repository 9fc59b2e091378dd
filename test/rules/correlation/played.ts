/** Correlation rules as text over three base rules `a`, `b`, `c`, and records played into the correlator. */
import { loadRules, type CompiledRules } from '../../../src/rules/compile.ts';
import {
  Correlator,
  DEFAULT_CORRELATION_BOUNDS,
  type CorrelationLimits,
} from '../../../src/rules/correlation/correlator.ts';
import { facetsOf } from '../../../src/rules/correlation/facet-plan.ts';
import type { Leaf } from '../../../src/rules/correlation/member.ts';
import type { CorrelationMatch } from '../../../src/rules/correlation/correlator.ts';
import type { OracleCorrelation, OracleMatch, OracleRecord } from '../../oracle/correlation.ts';

const SECOND = 1_000_000;

const BASES = ['a', 'b', 'c']
  .map(
    (name) =>
      `title: ${name}\nname: ${name}\nlevel: low\nlogsource: {product: falco}\ndetection: {s: {r: ${name}}, condition: s}\n`,
  )
  .join('---\n');

/** The base rules and these documents. */
export function loaded(documents: readonly string[]): CompiledRules {
  return loadRules([{ file: 'c.yml', text: [BASES, ...documents].join('---\n') }]);
}

export function documentOf(rule: OracleCorrelation): string {
  const correlation = {
    type: rule.type,
    rules: rule.rules,
    'group-by': rule.groupBy,
    aliases: rule.aliases,
    timespan: `${rule.timespan}s`,
    condition: {
      ...rule.condition,
      ...(rule.field === null ? {} : { field: rule.field }),
      ...(rule.percentile === null ? {} : { percentile: rule.percentile }),
    },
  };
  const { 'group-by': groupBy, ...ungrouped } = correlation;
  const section = groupBy.length === 0 ? ungrouped : correlation;
  return `title: ${rule.name}\nname: ${rule.name}\ncorrelation: ${JSON.stringify(section)}\n`;
}

export function correlatorOf(
  { correlations }: CompiledRules,
  limits: Partial<CorrelationLimits> = {},
): Correlator<OracleRecord> {
  return new Correlator(correlations, {
    ...DEFAULT_CORRELATION_BOUNDS,
    lateHorizon: 3_600 * SECOND,
    ...limits,
  });
}

/** Times of records are seconds. */
export function leafOf({ facets }: CompiledRules, record: OracleRecord): Leaf<OracleRecord> {
  const ruleId = `sigma:${record.rule}`;
  const fields = Object.fromEntries(
    Object.entries(record.fields).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );
  return {
    ruleId,
    at: record.at * SECOND,
    id: record.id,
    facets: facetsOf(fields, facets.get(ruleId) ?? []),
    payload: record,
  };
}

/** One line a match, sorted: rule, group, time, records. */
export function shown(matches: readonly CorrelationMatch<OracleRecord>[]): string[] {
  return matches
    .map(({ rule, group, at, leaves }) =>
      lineOf(
        rule.name ?? '',
        group,
        at / SECOND,
        leaves.map(({ payload }) => payload),
      ),
    )
    .toSorted();
}

export function shownOracle(matches: readonly OracleMatch[]): string[] {
  return matches.map(({ rule, group, at, records }) => lineOf(rule, group, at, records)).toSorted();
}

function lineOf(rule: string, group: string, at: number, records: readonly OracleRecord[]): string {
  const names = records.map((record) => `${record.id}${record.rule}`).toSorted();
  return `${rule} ${group} @${at}: ${names.join(' ')}`;
}
