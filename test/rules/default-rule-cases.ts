/** The cases of the rules that ship, from the files beside them, which `counterfoil test` runs: one row for each record. */
import { basename, dirname } from 'node:path';
import { DEFAULT_RULES, readRuleTestFiles } from '../../src/config/data-files.ts';
import { readRuleTests } from '../../src/rules/testing/read-rule-tests.ts';
import type { RuleTest, RuleTestRecord } from '../../src/rules/testing/rule-test.ts';

/** `rule` is that of the file, without its product; `others` are further rules that the record shows. */
export type Row = [product: string, rule: string, what: string, record: RuleTestRecord, others: string[]];

export interface RuleCases {
  hits: Row[];
  misses: Row[];
}

/** By product and rule, as the folders and files of data/rules are. */
export const CASES: ReadonlyMap<string, RuleCases> = new Map(
  readRuleTestFiles([DEFAULT_RULES]).map(({ file, text }) => {
    const { tests, problems } = readRuleTests(text, file);
    if (problems.length > 0) throw new Error(JSON.stringify(problems));
    const product = basename(dirname(file));
    const rule = basename(file, '.test.yaml');
    const rowsOf = (which: 'hits' | 'misses'): Row[] =>
      tests.filter((each) => each[which].length > 0).flatMap((each) => rows(product, rule, each, which));
    return [`${product}_${rule}`, { hits: rowsOf('hits'), misses: rowsOf('misses') }];
  }),
);

function rows(product: string, rule: string, test: RuleTest, which: 'hits' | 'misses'): Row[] {
  const names = test[which].map(({ name }) => name.slice(product.length + 1));
  if (!names.includes(rule)) throw new Error(`${test.at} says nothing of the rule of its file`);
  const others = names.filter((name) => name !== rule);
  return test.records.map((record) => [product, rule, test.name, record, others]);
}

/** All of them, rule by rule. */
export function rowsOf(which: 'hits' | 'misses'): Row[] {
  return [...CASES.values()].flatMap((cases) => cases[which]);
}
