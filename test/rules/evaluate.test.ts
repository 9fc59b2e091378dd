/** Sets of rules over observations: which matches come out, in which order, and what two rules may not share. */
import { describe, expect, test } from 'vitest';
import { CounterfoilError } from '../../src/model/errors.ts';
import { compileRules, loadRules, type RuleText } from '../../src/rules/compile.ts';
import { matchesOf } from '../../src/rules/evaluate.ts';
import { parseRuleFile } from '../../src/rules/rule-file.ts';
import { observationOf } from './observation.ts';
import { ruleText } from './rule-text.ts';

const NO_RULES = compileRules([]);

function file(name: string, product = '{product: falco}', head = ''): RuleText {
  const text = ruleText('s: {a: x}\ncondition: s').replace('name: t', `name: ${name}\n${head}`);
  return { file: `${name}.yml`, text: text.replace('{product: kubernetes, service: audit}', product) };
}

function problems(files: RuleText[]): string[] {
  try {
    loadRules(files);
    return [];
  } catch (error) {
    if (!(error instanceof CounterfoilError) || error.code !== 'CF_RULE') throw error;
    return error.problems.map((problem) => `${problem.at} ${problem.text}`);
  }
}

describe('matches', () => {
  test('an observation that nothing names matches nothing', () => {
    expect(matchesOf(observationOf({ a: 'x' }, 'falco'), NO_RULES)).toEqual([]);
  });

  test("a sensor's alert matches its own rule, with its own severity and techniques, then ours by id", () => {
    const rules = loadRules([file('zeta'), file('alpha', '{product: falco}', 'tags: [attack.t1059]')]);
    const alert = {
      ...observationOf({ a: 'x' }, 'falco'),
      rule: { id: 'falco:Shell', name: 'Shell' },
      severity: 73,
      techniques: ['T1609'],
    };
    const matches = matchesOf(alert, rules);
    expect(matches.map(({ rule, severity, techniques }) => ({ ...rule, severity, techniques }))).toEqual([
      { id: 'falco:Shell', name: 'Shell', severity: 73, techniques: ['T1609'] },
      { id: 'sigma:alpha', name: 'T', severity: 25, techniques: ['T1059'] },
      { id: 'sigma:zeta', name: 'T', severity: 25, techniques: [] },
    ]);
    expect(matches.every((match) => match.observation === alert)).toBe(true);
  });

  test('an alert that states no severity stands in the middle', () => {
    const alert = { ...observationOf({}, 'events'), rule: { id: 'events:x', name: 'x' } };
    expect(matchesOf(alert, NO_RULES)[0]?.severity).toBe(50);
  });

  test('a rule looks at its own log source only', () => {
    const rules = loadRules([
      file('audit', '{product: kubernetes, service: audit}'),
      file('falco'),
      file('events', '{product: counterfoil, service: events}'),
    ]);
    const ids = (source: 'kubernetes-audit' | 'falco' | 'events'): string[] =>
      matchesOf(observationOf({ a: 'x' }, source), rules).map((match) => match.rule.id);
    expect(ids('kubernetes-audit')).toEqual(['sigma:audit']);
    expect(ids('falco')).toEqual(['sigma:falco']);
    expect(ids('events')).toEqual(['sigma:events']);
  });

  test('what a rule says about effect and probability is found by the id of the match', () => {
    const rules = loadRules([file('r', '{product: falco}', 'counterfoil: {tp: 0.2}')]);
    expect(rules.byId.get('sigma:r')?.tp).toBe(0.2);
  });
});

describe('sets of files', () => {
  const ID = 'id: 929a690e-bef0-4204-a928-ef5e620d6fcc';

  test('two rules cannot share a name or an id, wherever they stand', () => {
    expect(problems([file('a'), { ...file('a'), file: 'b.yml' }])).toEqual([
      'b.yml:1:1 a names the rule at a.yml:1:1 too; rename one of them',
    ]);
    expect(
      problems([file('a', undefined, ID), file('b', undefined, ID.toUpperCase().replace('ID', 'id'))]),
    ).toEqual([
      'b.yml:1:1 929a690e-bef0-4204-a928-ef5e620d6fcc names the rule at a.yml:1:1 too; rename one of them',
    ]);
    expect(problems([file('a', undefined, ID), file('929a690e-bef0-4204-a928-ef5e620d6fcc')])).toHaveLength(
      1,
    );
    expect(problems([file('a', undefined, ID), file('b')])).toEqual([]);
  });

  test('compileRules refuses the same', () => {
    const rules = [...parseRuleFile(file('a').text, 'a.yml'), ...parseRuleFile(file('a').text, 'b.yml')];
    expect(() => compileRules(rules)).toThrow('a names the rule at a.yml:1:1 too');
  });

  test('the problems of all files come together', () => {
    const broken = { file: 'c.yml', text: 'title: x' };
    const found = problems([broken, file('a'), { ...file('a'), file: 'b.yml' }]);
    expect(found.some((problem) => problem.startsWith('c.yml:1:1'))).toBe(true);
    expect(found.some((problem) => problem.startsWith('b.yml:1:1'))).toBe(true);
  });

  test('the order of files decides nothing', () => {
    const files = ['c', 'a', 'b'].map((name) => file(name));
    const ids = (set: RuleText[]): string[] => loadRules(set).bySource.falco.map(({ rule }) => rule.id);
    expect(ids(files)).toEqual(ids(files.toReversed()));
  });

  test('the number of rules is limited', () => {
    const [rule] = parseRuleFile(file('a').text, 'a.yml');
    if (rule === undefined) throw new Error('the rule is there');
    const many = (count: number) =>
      Array.from({ length: count }, (_, i) => ({ ...rule, name: `r${i}`, id: `sigma:r${i}` }));
    expect(compileRules(many(5_000)).byId.size).toBe(5_000);
    expect(() => compileRules(many(5_001))).toThrow('at most 5000 are loaded');
  });
});
