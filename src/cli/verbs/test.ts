/** `test`: the tests that lie beside rules, one line each. */
import { dirname, relative, resolve } from 'node:path';
import { readRuleTestFiles, type TextFile } from '../../config/data-files.ts';
import type { Config } from '../../config/options.ts';
import type { Redactor } from '../../formats/redaction/redact.ts';
import type { Problem } from '../../model/errors.ts';
import { readRuleTests } from '../../rules/testing/read-rule-tests.ts';
import type { RuleTest, RuleTestRecord } from '../../rules/testing/rule-test.ts';
import { ruleError } from '../../rules/rule-file.ts';
import { createDecoders } from '../../runtime/decoders.ts';
import { problemsOfTest, RuleNames, runRuleTest, type RuleTestResult } from '../../runtime/rule-tests.ts';
import { usage, type VerbSpec } from '../arguments.ts';
import { openFiles, redactorOf } from '../compose.ts';
import {
  attributeTable,
  recoverabilityTable,
  rulePathsOf,
  rulesUnder,
  settingsOf,
  tellDoubts,
} from '../settings.ts';
import { paymentReading } from '../payment-reading.ts';
import { printable } from '../text-width.ts';
import { counted } from '../texts/parts.ts';
import type { Verb } from '../verb.ts';

/** Records that a file of a test may have. */
const MAX_FILE_RECORDS = 10_000;

const spec: VerbSpec = {
  name: 'test',
  summary: 'runs the tests beside rules',
  usage: 'counterfoil test [PATH…] [flags]',
  examples: [
    {
      command: 'counterfoil test ./rules',
      does: 'every *.test.yaml under a folder, with the rules beside them',
    },
    {
      command: 'counterfoil test -c counterfoil.yaml',
      does: 'those of rules.paths, and of the rules that come with Counterfoil',
    },
  ],
  flags: [],
  configured: true,
  options: ['rules.paths', 'rules.defaults', 'rules.placeholders'],
  positionals: { name: 'PATH', min: 0, max: 1_000 },
  notes: [
    'A file of tests says what one rule hits and misses: rule, and hits and misses: each case by its name, with its record.',
    'Or tests: a list of name, records (or file: one of records), and hits and misses: lists of rules. Each record is merged over',
    'base, where there is one. With input: audit, alerts or events the records are decoded first, and correlation rules look at',
    'them too. A file may have several such documents.',
    'Exit status: 0 all passed, 1 some did not, 2 usage, 3 configuration, rules or tests cannot be read.',
  ],
};

export const verb: Verb = {
  spec,
  async run(args, io) {
    const { config } = settingsOf(args, io);
    const given = args.positionals.map((path) => resolve(io.cwd, path));
    const files = readRuleTestFiles(given.length > 0 ? given : rulePathsOf(config));
    if (files.length === 0) throw usage(spec, 'no file of tests there; their names end in .test.yaml');
    // What is suppressed is of a place, and rules are tested for every place.
    const rules = rulesUnder({ ...config, suppress: [] }, [
      ...given,
      ...files.map(({ file }) => dirname(file)),
    ]);
    const names = new RuleNames(rules);
    tellDoubts(rules, io);
    const tests = readAll(files, io.cwd, names);
    const redactor = redactorOf(config, io.env);
    const decoders = createDecoders({
      tenant: config.tenant,
      cluster: config.cluster,
      provenance: 'platform',
      attributes: attributeTable(config),
      payments: paymentReading(config),
      recoverability: recoverabilityTable(),
      redactor,
    });
    await io.stdout.write('TAP version 14\n');
    let failed = 0;
    for (const [index, placed] of tests.entries()) {
      const records = await recordsOf(placed, config, redactor);
      const result = runRuleTest(placed.test, records, names, rules, decoders);
      if (result.failures.length > 0) failed += 1;
      await io.stdout.write(linesOf(result, index + 1));
    }
    await io.stdout.write(`1..${tests.length}\n`);
    io.stderr.say(`${counted(tests.length, 'test')}: ${tests.length - failed} passed, ${failed} failed\n`);
    return failed > 0 ? 1 : 0;
  },
};

interface PlacedTest {
  test: RuleTest;
  /** Of its file: what a file of records is relative to. */
  folder: string;
}

/** @throws CounterfoilError CF_RULE with every problem of every file */
function readAll(files: readonly TextFile[], cwd: string, names: RuleNames): PlacedTest[] {
  const tests: PlacedTest[] = [];
  const problems: Problem[] = [];
  for (const { file, text } of files) {
    const read = readRuleTests(text, shownPath(file, cwd));
    // The short form names its rule once, for many tests.
    const found = read.tests.flatMap((test) => problemsOfTest(test, names));
    const once = new Map(found.map((problem) => [`${problem.at} ${problem.text}`, problem]));
    problems.push(...read.problems, ...once.values());
    tests.push(...read.tests.map((test) => ({ test, folder: dirname(file) })));
  }
  if (problems.length > 0) throw ruleError(problems);
  return tests;
}

/** Below the working directory, paths are shown from there. */
function shownPath(file: string, cwd: string): string {
  const path = relative(cwd, file);
  return path.startsWith('..') ? file : path;
}

/** @throws CounterfoilError CF_RULE where the file cannot be read, or holds what is no record */
async function recordsOf(
  { test, folder }: PlacedTest,
  config: Config,
  redactor: Redactor,
): Promise<readonly RuleTestRecord[]> {
  if (test.recordsFile === null) return test.records;
  const { path, at } = test.recordsFile;
  const records: RuleTestRecord[] = [];
  for (const source of await openFiles([resolve(folder, path)], config, redactor)) {
    for await (const batch of source.records()) {
      for (const record of batch) {
        if (record.kind !== 'json' || typeof record.value !== 'object' || record.value === null)
          throw ruleError([{ at, text: `${path} holds something that is no JSON record` }]);
        records.push(record.value as RuleTestRecord);
        if (records.length > MAX_FILE_RECORDS)
          throw ruleError([{ at, text: `${path} has more than ${MAX_FILE_RECORDS} records; use fewer` }]);
      }
    }
  }
  if (records.length === 0) throw ruleError([{ at, text: `${path} has no records` }]);
  return records;
}

/** As the Test Anything Protocol has it, version 14. */
function linesOf({ test, failures }: RuleTestResult, number: number): string {
  const line = `${failures.length === 0 ? 'ok' : 'not ok'} ${number} - ${test.at} ${printable(test.name).replaceAll('#', '\\#')}\n`;
  if (failures.length === 0) return line;
  return `${line}  ---\n${failures.map((failure) => `  - ${JSON.stringify(failure)}\n`).join('')}  ...\n`;
}
