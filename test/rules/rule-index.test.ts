// Goal: the index decides about time, and never about a match [G12]. Method: random rules over few fields and texts, so that they meet,
// with the modifiers and conditions that could be told wrongly; random records; the rules that match are those of a look at every rule.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CounterfoilError } from '../../src/model/errors.ts';
import type { Fields } from '../../src/rules/field-path.ts';
import { loadRules, type CompiledRules } from '../../src/rules/compile.ts';
import { ruleText } from './rule-text.ts';

const SOURCE = 'kubernetes-audit';
const FIELDS = ['a', 'b', 'a.c', 'a.d.e'];
const TEXTS = ['x', 'X', 'y', 'x y', 'x*', '?', 'ς', 'Σ', 'K', '1', '1.0', 'True', '-x'];
const VALUES = [...TEXTS, '', 1, 1.5, -0, true, null];
const TAKES: Readonly<Record<string, readonly unknown[]>> = {
  '': VALUES,
  '|neq': VALUES,
  '|cased': TEXTS,
  '|contains': TEXTS,
  '|startswith': TEXTS,
  '|windash': TEXTS,
  '|re': ['x', 'x.*'],
  '|gt': [1, 0],
};
const LISTS: Readonly<Record<string, readonly unknown[]>> = {
  ...TAKES,
  '|all': TEXTS,
  '|contains|all': TEXTS,
};
const CONDITIONS = [
  's and t and u',
  's or t or u',
  'not s and (t or u)',
  't and not s and not u',
  'not (s and t) or u',
  '1 of them',
  'all of them',
  's and (t or not u)',
  'u and (s or t)',
];

const value = fc.constantFrom(...VALUES);
const field = fc.constantFrom(...FIELDS);
const oneOf = (
  taken: Readonly<Record<string, readonly unknown[]>>,
  make: (values: readonly unknown[]) => fc.Arbitrary<unknown>,
) =>
  fc
    .constantFrom(...Object.entries(taken))
    .chain(([modifier, values]) =>
      fc.tuple(field, make(values)).map(([name, each]) => [`${name}${modifier}`, each] as const),
    );
const entry = fc.oneof(
  { weight: 6, arbitrary: oneOf(TAKES, (values) => fc.constantFrom(...values)) },
  {
    weight: 4,
    arbitrary: oneOf(LISTS, (values) =>
      fc.uniqueArray(fc.constantFrom(...values), { minLength: 2, maxLength: 3 }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(field, fc.boolean()).map(([name, is]) => [`${name}|exists`, is] as const),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(field, field).map(([name, other]) => [`${name}|fieldref`, other] as const),
  },
);
const fieldsOfRule = fc
  .array(entry, { minLength: 1, maxLength: 3 })
  .map((entries) => Object.fromEntries(entries));
const selection = fc.oneof(
  { weight: 4, arbitrary: fieldsOfRule },
  { weight: 2, arbitrary: fc.array(fieldsOfRule, { minLength: 1, maxLength: 2 }) },
  { weight: 1, arbitrary: fc.constantFrom<unknown[]>(['x'], ['y', 'x y']) },
);
const rule = fc.record({
  s: selection,
  t: selection,
  u: selection,
  condition: fc.constantFrom(...CONDITIONS),
});
const leaf = fc.oneof(value, fc.array(value, { maxLength: 2 }));
const deep = fc.dictionary(fc.constantFrom('c', 'd', 'e', 'd.e'), fc.oneof(leaf, fc.record({ e: leaf })), {
  maxKeys: 3,
});
const record = fc.dictionary(
  fc.constantFrom('a', 'b', 'a.c'),
  fc.oneof(leaf, deep, fc.array(deep, { maxLength: 2 })),
);

/** Null: it is one that is refused. */
function loaded(
  rules: readonly { s: unknown; t: unknown; u: unknown; condition: string }[],
): CompiledRules | null {
  const files = rules.map(({ s, t, u, condition }, index) => {
    const parts = Object.entries({ s, t, u }).map(([name, part]) => `${name}: ${JSON.stringify(part)}`);
    const text = ruleText([...parts, `condition: ${condition}`].join('\n'));
    return { file: `${index}.yml`, text: text.replace('name: t', `name: r${index}`) };
  });
  try {
    return loadRules(files);
  } catch (error) {
    if (error instanceof CounterfoilError) return null;
    throw error;
  }
}

test('[G12] finds each rule that matches, whatever rules and records', () => {
  let [taken, matched] = [0, 0];
  fc.assert(
    fc.property(
      fc.array(rule, { minLength: 1, maxLength: 6 }),
      fc.array(record, { minLength: 1, maxLength: 8 }),
      (rules, records) => {
        // One that is refused takes the others with it.
        const known = rules.filter((each) => loaded([each]) !== null);
        const compiled = loaded(known);
        if (compiled === null || known.length === 0) return;
        taken += 1;
        for (const each of records as Fields[]) {
          const all = compiled.bySource[SOURCE].filter(({ matches }) => matches(each));
          const found = compiled.indices[SOURCE].candidates(each);
          expect(found.filter(({ matches }) => matches(each))).toEqual(all);
          matched += all.length;
        }
      },
    ),
    { numRuns: 1_000 },
  );
  expect(taken).toBeGreaterThan(300);
  expect(matched).toBeGreaterThan(500);
});

test('[G12] a record is compared with those rules that it could match, and with no more', () => {
  const one = (verb: string, resource: string) => ({
    s: { a: verb, b: [resource] },
    t: { 'a.c|contains': 'x' },
    u: { b: 'never' },
    condition: 's',
  });
  const rules = loaded([
    one('create', 'pods'),
    one('create', 'secrets'),
    { ...one('create', 'x'), condition: 't' },
  ]);
  const found = rules?.indices[SOURCE].candidates({ a: 'create', b: 'Secrets' });
  expect(found?.map(({ rule: { name } }) => name)).toEqual(['r1', 'r2']);
});
