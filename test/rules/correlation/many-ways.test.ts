/** Correlation rules that refer to many others, which refer to many: more ways from one to another than can be gone. */
import { expect, test } from 'vitest';
import { loadRules } from '../../../src/rules/compile.ts';
import { Correlator, DEFAULT_CORRELATION_BOUNDS } from '../../../src/rules/correlation/correlator.ts';

const LEAF =
  'title: T\nname: a\nlevel: low\nlogsource: {product: falco}\ndetection: {s: {r: a}, condition: s}\n';
const WIDTH = 32;

function level(at: number): string[] {
  const below = at === 0 ? 'a' : Array.from({ length: WIDTH }, (_, i) => `p${at - 1}_${i}`).join(', ');
  return Array.from(
    { length: WIDTH },
    (_, i) =>
      `title: T\nname: p${at}_${i}\ncorrelation: {type: event_count, rules: [${below}], timespan: 1m, condition: {gte: 1}}\n`,
  );
}

test('a million million ways from one rule to another cost no more than the rules [G6]', () => {
  const documents = [LEAF, ...Array.from({ length: 8 }, (_, at) => level(at)).flat()];
  const { correlations, facets } = loadRules([{ file: 'a.yml', text: documents.join('---\n') }]);
  expect(correlations).toHaveLength(8 * WIDTH);
  expect(facets.get('sigma:a')).toHaveLength(WIDTH + 7 * WIDTH * WIDTH);
  const correlator = new Correlator(correlations, { ...DEFAULT_CORRELATION_BOUNDS, lateHorizon: 0 });
  expect(correlator.advance(1)).toEqual([]);
});
