/** Conditions and search identifiers: tables written by hand from the Sigma specification, and a property over random ones. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ConditionError, parseCondition } from '../../src/rules/condition.ts';
import { resolveCondition } from '../../src/rules/resolve-condition.ts';
import type { BooleanTree } from '../../src/rules/sigma-rule.ts';
import type { RawRecord } from './observation.ts';
import { holds, problemsOf, ruleText } from './rule-text.ts';

describe('conditions', () => {
  const names = ['a', 'b', 'sel_x', 'sel_y', '_hidden'];
  /** Each name holds where the record has a field of that name. */
  const identifiers = names.map((name) => `${name}: {${name}|exists: true}`).join('\n');

  test.each<[condition: string, present: string[], expected: boolean]>([
    ['a', ['a'], true],
    ['a', ['b'], false],
    ['not a', [], true],
    ['not not a', ['a'], true],
    ['a and b', ['a'], false],
    ['a and b', ['a', 'b'], true],
    ['a or b', ['b'], true],
    ['a or b and sel_x', ['a'], true],
    ['(a or b) and sel_x', ['a'], false],
    ['a and b or sel_x', ['sel_x'], true],
    ['a and (b or sel_x)', ['sel_x'], false],
    ['not a and b', ['b'], true],
    ['not (a and b)', ['b'], true],
    ['not a or b', ['a', 'b'], true],
    ['a and not b', ['a', 'b'], false],
    ['((a))', ['a'], true],
    ['a AND NOT b', ['a'], true],
    ['1 of sel_*', ['sel_y'], true],
    ['1 of sel_*', ['a'], false],
    ['all of sel_*', ['sel_y'], false],
    ['all of sel_*', ['sel_x', 'sel_y'], true],
    ['1 of *_x', ['sel_x'], true],
    ['1 of *_x', ['sel_y'], false],
    ['1 of s*_*y', ['sel_y'], true],
    ['1 of sel_x', ['sel_x'], true],
    ['1 of them', ['b'], true],
    ['1 of them', ['_hidden'], false],
    ['all of them', ['a', 'b', 'sel_x', 'sel_y'], true],
    ['all of them', ['a', 'b', 'sel_x', '_hidden'], false],
    ['1 of _*', ['_hidden'], true],
    ['1 of *e*', ['_hidden'], false],
    ['all of *', ['a', 'b', 'sel_x', 'sel_y'], true],
    ['_hidden', ['_hidden'], true],
    ['not 1 of sel_*', [], true],
    ['not 1 of sel_*', ['sel_x'], false],
    ['a and not 1 of sel_* and b', ['a', 'b'], true],
    ['a and not 1 of sel_* or b', ['b', 'sel_x'], true],
    ['a and 1 of sel_* or all of them', ['a', 'sel_x'], true],
    ['[a, b]', ['b'], true],
    ['[a and b, sel_x]', ['a'], false],
  ])('%s with %j -> %s', (condition, present, expected) => {
    const record = Object.fromEntries(present.map((name) => [name, 1]));
    expect(holds(`${identifiers}\ncondition: ${condition}`, record)).toBe(expected);
  });
});

describe('search identifiers', () => {
  test.each<[selection: string, record: RawRecord, expected: boolean]>([
    ['{a: x, b: y}', { a: 'x', b: 'y' }, true],
    ['{a: x, b: y}', { a: 'x' }, false],
    ['[{a: x}, {b: y}]', { b: 'y' }, true],
    ['[{a: x, c: z}, {b: y}]', { a: 'x' }, false],
    ['[evil, bad]', { a: 'some EVIL service' }, true],
    ['[evil, bad]', { a: { b: ['nothing', { c: 'too bad' }] } }, true],
    ['[evil]', { evil: 'key' }, false],
    ["['e*l']", { a: 'an evident call' }, true],
    ["['e*l']", { a: 'e', b: 'l' }, false],
    ['[4625]', { a: 4625 }, true],
    ['[evil, {a: x}]', { a: 'x' }, true],
    ["{'|all': [one, two]}", { a: 'one', b: 'two' }, true],
    ["{'|all': [one, two]}", { a: 'one' }, false],
    ["{'|re': ['^e.il$']}", { a: 'evil' }, true],
    ["{'|re': ['^e.il$']}", { a: 'evils' }, false],
    ["{'|cased': [Evil]}", { a: 'evil' }, false],
    ["{'|contains|all': [one, two], a: x}", { a: 'x', b: 'two one' }, true],
  ])('%s | %j -> %s', (selection, record, expected) => {
    expect(holds(`s: ${selection}\ncondition: s`, record)).toBe(expected);
  });

  test('a keyword search of a very deep or very wide record ends', () => {
    let deep: RawRecord = { a: 'evil' };
    for (let i = 0; i < 50_000; i++) deep = { a: deep };
    expect(holds('s: [evil]\ncondition: s', deep)).toBe(false);
    const wide = { a: Array.from({ length: 100_000 }, () => 'x'), z: 'evil' };
    expect(holds('s: [evil]\ncondition: s', wide)).toBe(false);
    expect(holds('s: [evil]\ncondition: s', { z: 'evil', a: wide.a })).toBe(true);
  });
});

describe('a condition that cannot be read', () => {
  test.each<[condition: string, column: number, text: string]>([
    ['s and', 19, 'condition ends where a name'],
    ['s s', 16, 'stands where and, or, or the end'],
    ['and s', 14, '"and" stands where a name'],
    ['s and or s', 20, '"or" stands where'],
    ['(s', 16, 'condition ends where )'],
    ['(s s', 17, 'and, or, or )'],
    ['s)', 15, '")" stands where'],
    ['()', 15, '")" stands where a name'],
    ['1 of', 18, 'condition ends where them or a pattern'],
    ['1 of (s)', 19, '"(" stands where them'],
    ['2 of s*', 14, '"2 of" is not supported'],
    ['any of s*', 14, '"any of" is not supported'],
    ['s*', 14, 'write 1 of or all of before it'],
    ['s | count() > 5', 16, 'aggregations behind |'],
    ['s and §', 20, '"§" has no meaning'],
    ['s and nope', 20, 'condition names nope, but the detection defines s'],
    ['1 of nope*', 14, 'condition names nope*'],
    ['not', 17, 'condition ends where a name'],
  ])('%s', (condition, column, text) => {
    const [problem, ...rest] = problemsOf(ruleText(`s: {a: x}\ncondition: ${condition}`));
    expect(rest).toEqual([]);
    expect(problem?.at).toBe(`rule.yml:7:${column}`);
    expect(problem?.text).toContain(text);
  });

  test('the place counts within quotes, and is the start of a text that YAML folded', () => {
    expect(problemsOf(ruleText("s: {a: x}\ncondition: 's and x'"))[0]?.at).toBe('rule.yml:7:21');
    expect(problemsOf(ruleText('s: {a: x}\ncondition: >\n  s and\n  x'))[0]?.at).toBe('rule.yml:7:14');
  });

  test('nesting and length are limited, and the limit itself is allowed', () => {
    const nested = (depth: number): string => `${'('.repeat(depth)}s${')'.repeat(depth)}`;
    expect(() => parseCondition(nested(32))).not.toThrow();
    expect(() => parseCondition(nested(33))).toThrow('nested deeper than 32');
    expect(() => parseCondition(`${'not '.repeat(33)}s`)).toThrow('nested deeper than 32');
    expect(() => parseCondition('s'.repeat(4_097))).toThrow('longer than 4096');
  });
});

describe('random conditions', () => {
  const NAMES = ['a', 'b', 'c_1', 'c_2', '_d'];
  type Formula =
    | { op: 'name'; name: string }
    | { op: 'not'; of: Formula }
    | { op: 'and'; left: Formula; right: Formula }
    | { op: 'or'; left: Formula; right: Formula }
    | { op: 'one'; pattern: 'them' | 'c_*' | '*' | '_*' }
    | { op: 'all'; pattern: 'them' | 'c_*' | '*' | '_*' };

  const { formula } = fc.letrec<{ formula: Formula }>((tie) => ({
    formula: fc.oneof(
      { maxDepth: 5, depthIdentifier: 'formula' },
      fc.constantFrom(...NAMES).map((name): Formula => ({ op: 'name', name })),
      fc.record({ op: fc.constantFrom('one', 'all'), pattern: fc.constantFrom('them', 'c_*', '*', '_*') }),
      fc.record({ op: fc.constant('not'), of: tie('formula') }),
      fc.record({ op: fc.constantFrom('and', 'or'), left: tie('formula'), right: tie('formula') }),
    ) as fc.Arbitrary<Formula>,
  }));

  const STRENGTH = { or: 1, and: 2, not: 3, one: 4, all: 4, name: 4 };

  /** Text with parentheses only where precedence needs them, so that a wrong precedence changes the meaning. */
  function render(node: Formula, around: number): string {
    const strength = STRENGTH[node.op];
    const text = renderBare(node, strength);
    return strength < around ? `( ${text})` : text;
  }

  function renderBare(node: Formula, strength: number): string {
    if (node.op === 'name') return node.name;
    if (node.op === 'not') return `not ${render(node.of, strength)}`;
    if (node.op === 'one' || node.op === 'all')
      return `${node.op === 'one' ? '1' : 'all'} of ${node.pattern}`;
    return `${render(node.left, strength)} ${node.op} ${render(node.right, strength)}`;
  }

  function truth(node: Formula, world: ReadonlySet<string>): boolean {
    if (node.op === 'name') return world.has(node.name);
    if (node.op === 'not') return !truth(node.of, world);
    if (node.op === 'and') return truth(node.left, world) && truth(node.right, world);
    if (node.op === 'or') return truth(node.left, world) || truth(node.right, world);
    const open = ['a', 'b', 'c_1', 'c_2'];
    const among = { them: open, 'c_*': ['c_1', 'c_2'], '*': open, '_*': ['_d'] }[node.pattern];
    return node.op === 'one' ? among.some((name) => world.has(name)) : among.every((name) => world.has(name));
  }

  function evaluate(tree: BooleanTree, world: ReadonlySet<string>): boolean {
    if (tree.kind === 'name') return world.has(tree.name);
    if (tree.kind === 'not') return !evaluate(tree.operand, world);
    const values = tree.operands.map((operand) => evaluate(operand, world));
    return tree.kind === 'and' ? !values.includes(false) : values.includes(true);
  }

  test('mean under every assignment what brute force says', () => {
    const worlds = Array.from({ length: 2 ** NAMES.length }, (_, bits) => {
      return new Set(NAMES.filter((_name, index) => (bits >> index) & 1));
    });
    fc.assert(
      fc.property(formula, (wanted) => {
        const tree = resolveCondition(parseCondition(render(wanted, 0)), NAMES, (_offset, text) => {
          throw new Error(text);
        });
        for (const world of worlds) expect(evaluate(tree, world)).toBe(truth(wanted, world));
      }),
      { numRuns: 500, seed: 20_260_310 },
    );
  });

  /** Where parsing fails, or -1; any other error gets through. */
  function offsetOfError(text: string): number {
    try {
      parseCondition(text);
      return -1;
    } catch (error) {
      if (error instanceof ConditionError) return error.offset;
      throw error;
    }
  }

  test('never fail with anything but a placed error', () => {
    const words = fc.constantFrom(
      'a',
      'and',
      'or',
      'not',
      '(',
      ')',
      '1',
      'of',
      'all',
      'them',
      'x*',
      '|',
      ' ',
      '\n',
    );
    fc.assert(
      fc.property(fc.array(words, { maxLength: 30 }), (parts) => {
        const text = parts.join(' ');
        const offset = offsetOfError(text);
        expect(offset).toBeGreaterThanOrEqual(-1);
        expect(offset).toBeLessThanOrEqual(text.length);
      }),
      { numRuns: 1_000, seed: 7 },
    );
  });
});
