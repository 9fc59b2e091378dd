/** The correlator against brute force: random rules over random streams, in random orders, in one piece and bit by bit. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canHold } from '../../../src/rules/correlation/can-hold.ts';
import {
  CORRELATION_TYPES,
  isMeasuring,
  type Bound,
} from '../../../src/rules/correlation/correlation-rule.ts';
import type { CorrelationChange, CorrelationMatch } from '../../../src/rules/correlation/correlator.ts';
import { correlateByForce, type OracleCorrelation, type OracleRecord } from '../../oracle/correlation.ts';
import { correlatorOf, documentOf, leafOf, loaded, shown, shownOracle } from './played.ts';

const RUNS = Math.ceil(Number(process.env['COUNTERFOIL_TEST_SCENARIOS'] ?? 2000) / 8);

const condition = fc.oneof(
  fc.integer({ min: 1, max: 4 }).map((gte) => ({ gte })),
  fc.integer({ min: 0, max: 3 }).map((gt) => ({ gt })),
  fc.tuple(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 2, max: 4 })).map(([gt, lte]) => ({ gt, lte })),
  fc.integer({ min: 1, max: 3 }).map((eq) => ({ eq })),
  fc.integer({ min: 1, max: 3 }).map((neq) => ({ neq })),
  fc.integer({ min: 1, max: 4 }).map((lt) => ({ lt })),
);
/** Sums of these as floats depend on their order; 0.1 + 0.2 has to be 0.3. */
const NUMBERS = [0.1, 0.2, 0.3, -1.5, 1, 4, 1e17, -1e17, '0.7', '25', 'none', 1e-7];
const measure = fc.oneof(
  fc.record({ gt: fc.constantFrom(0, 0.3, 4) }),
  fc.record({ gte: fc.constantFrom(0.3, 1, 25) }),
  fc.record({ gte: fc.constantFrom(-1.5, 0), lt: fc.constantFrom(0.2, 4) }),
  fc.record({ lte: fc.constantFrom(0.25, 0.3, 4) }),
  fc.record({ eq: fc.constantFrom(0.3, 0.15, 1) }),
  fc.record({ neq: fc.constantFrom(0.3, 1) }),
);
const percentile = fc.constantFrom(0, 12.5, 50, 90, 99.9, 100);

/** Rules that can never match are refused at load. */
function isPossible({ condition, type, rules }: OracleCorrelation): boolean {
  const bounds = Object.entries(condition).map(([order, value]) => ({ order, value }) as Bound);
  return canHold(bounds, type, rules.length);
}

const anyCorrelation = (name: string, below: string[]): fc.Arbitrary<OracleCorrelation> =>
  fc
    .record({
      type: fc.constantFrom(...CORRELATION_TYPES),
      rules: fc.shuffledSubarray(['a', 'b', 'c', ...below], { minLength: 1 }),
      groupBy: fc.constantFrom<string[]>([], ['user'], ['user', 'ip'], ['who']),
      timespan: fc.integer({ min: 1, max: 12 }),
      condition,
      measure,
      percentile,
    })
    .map((rule) => ({
      ...rule,
      name,
      condition: (isMeasuring(rule.type) ? rule.measure : rule.condition) as Record<string, number>,
      field: rule.type === 'value_count' ? 'ip' : isMeasuring(rule.type) ? 'n' : null,
      percentile: rule.type === 'value_percentile' ? rule.percentile : null,
      aliases: rule.groupBy.includes('who')
        ? { who: Object.fromEntries(rule.rules.map((each) => [each, each === 'b' ? 'ip' : 'user'])) }
        : {},
    }));

const correlation = (name: string, below: string[]): fc.Arbitrary<OracleCorrelation> =>
  anyCorrelation(name, below).filter(isPossible);

/** A chain of up to three: each may name those before it. */
const rules = fc
  .tuple(correlation('p', []), correlation('q', ['p']), correlation('r', ['p', 'q']))
  .chain((all) => fc.integer({ min: 1, max: 3 }).map((count) => all.slice(0, count)));

const value = fc.option(
  fc.oneof(
    fc.constantFrom('x', 'y'),
    fc.uniqueArray(fc.constantFrom('x', 'y', 'z'), { minLength: 2, maxLength: 2 }),
  ),
  { nil: undefined, freq: 8 },
);
const number = fc.option(
  fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...NUMBERS) },
    fc.array(fc.constantFrom(...NUMBERS), { minLength: 2, maxLength: 3 }),
  ),
  { nil: undefined, freq: 8 },
);
const records = fc
  .array(
    fc.record({
      at: fc.integer({ min: 0, max: 40 }),
      rule: fc.constantFrom('a', 'b', 'c'),
      user: value,
      ip: value,
      n: number,
    }),
    { maxLength: 25 },
  )
  .map((list): OracleRecord[] =>
    list.map(({ at, rule, ...fields }, index) => ({ id: `r${index}`, at, rule, fields })),
  );

const END = 1_000_000_000;

test('what is refused because it can never match does not [G2]', () => {
  const impossible = anyCorrelation('p', []).filter((rule) => !isPossible(rule));
  fc.assert(
    fc.property(impossible, records, (spec, stream) => {
      expect(correlateByForce([spec], stream)).toEqual([]);
    }),
    { numRuns: RUNS, seed: 4 },
  );
});

describe('the correlator', () => {
  test('finds what brute force finds [G4] [G10]', () => {
    fc.assert(
      fc.property(rules, records, (specs, stream) => {
        const set = loaded(specs.map(documentOf));
        const correlator = correlatorOf(set);
        for (const record of stream) correlator.add(leafOf(set, record));
        const final = correlator.advance(END);
        correlator.settle();
        expect(shown([...final, ...correlator.matches()])).toEqual(
          shownOracle(correlateByForce(specs, stream)),
        );
      }),
      { numRuns: RUNS, seed: 20_261_126 },
    );
  });

  test('finds the same in any order, however it is cut, repeated, and with a watermark between [G5] [G10]', () => {
    const cuts = fc.array(fc.nat(), { minLength: 60, maxLength: 60 });
    fc.assert(
      fc.property(rules, records, cuts, (specs, stream, dice) => {
        const set = loaded(specs.map(documentOf));
        // Nothing is more than 15 s late.
        const late = 15;
        const correlator = correlatorOf(set, { lateHorizon: late * 1_000_000 });
        const kept = new Map<string, CorrelationMatch<OracleRecord>>();
        const hear = (changes: CorrelationChange<OracleRecord>[]): void => {
          for (const { kind, match } of changes) {
            expect(kept.has(match.id)).toBe(kind !== 'new');
            if (kind === 'withdrawn') kept.delete(match.id);
            else kept.set(match.id, match);
          }
        };
        const arrival = stream
          .map((record, index) => ({ record, when: record.at + ((dice[index] ?? 0) % late) }))
          .toSorted((a, b) => a.when - b.when);
        for (const [index, { record, when }] of arrival.entries()) {
          correlator.add(leafOf(set, record));
          const chance = (dice[index + 25] ?? 0) % 4;
          if (chance === 0) correlator.add(leafOf(set, record));
          if (chance < 2) hear(correlator.settle());
          if (chance === 2) {
            hear(correlator.settle());
            correlator.advance(when * 1_000_000);
          }
        }
        hear(correlator.settle());
        correlator.advance(END);
        hear(correlator.settle());
        expect(correlator.losses.too_late).toBe(0);
        expect(shown([...kept.values()])).toEqual(shownOracle(correlateByForce(specs, stream)));
      }),
      { numRuns: RUNS, seed: 7 },
    );
  });

  test('lets go of everything in the end [G5]', () => {
    fc.assert(
      fc.property(rules, records, (specs, stream) => {
        const set = loaded(specs.map(documentOf));
        const correlator = correlatorOf(set);
        for (const record of stream) correlator.add(leafOf(set, record));
        correlator.advance(END);
        correlator.settle();
        const matches = shown(correlator.matches());
        const later = [correlator.advance(1e14), correlator.advance(2e14)].flat();
        expect(shown(later)).toEqual(matches);
        expect(correlator.size).toBe(0);
        expect(correlator.matches()).toEqual([]);
      }),
      { numRuns: 50, seed: 3 },
    );
  });
});
