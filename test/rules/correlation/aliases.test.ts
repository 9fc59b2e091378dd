/** How an alias says which rule it means. */
import { expect, test } from 'vitest';
import { loadRules } from '../../../src/rules/compile.ts';

test('[G2] an alias may say the name of a rule that the correlation refers to by its id, and the id by its name', () => {
  const id = '929a690e-bef0-4204-a928-ef5e620d6fcc';
  const leaf = `title: A\nname: named\nid: ${id}\nlogsource: {product: kubernetes, service: audit}\ndetection: {s: {verb: get}, condition: s}\n`;
  const correlation = (rule: string, alias: string): string =>
    `title: C\nname: c\ncorrelation: {type: event_count, rules: [${rule}], group-by: [who], timespan: 1m, condition: {gte: 2}, aliases: {who: {${alias}: user.username}}}\n`;
  for (const [rule, alias] of [
    [id, 'named'],
    ['named', id.toUpperCase()],
    [id, id],
  ] as const) {
    const { correlations } = loadRules([{ file: 'c.yml', text: `${leaf}---\n${correlation(rule, alias)}` }]);
    expect(correlations[0]?.references[0]?.groupBy[0]?.text).toBe('user.username');
  }
});
