/**
 * `npm test`: every check of the project, one after the other, and at the end one plain line with the sum, for people
 * and machines alike. A check that fails does not keep the others from running; each of the static ones counts as one.
 *
 *   node tools/run-checks.ts              all
 *   node tools/run-checks.ts --only NAME  one of them, such as `types`
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PLACES = ['src', 'test', 'tools', 'bench', 'examples', 'vitest.config.ts'];

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

interface TestReport {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  testResults: { status: string; assertionResults: unknown[] }[];
}

/** Static checks by name: what a change must hold before any test says something. */
const CHECKS: Readonly<Record<string, readonly string[]>> = {
  types: ['tsc', '--project', '.'],
  lint: ['oxlint', '--deny-warnings', ...PLACES],
  format: ['oxfmt', '--check', ...PLACES],
  unused: ['knip'],
  generated: [process.execPath, 'tools/generate-all.ts', '--check'],
};
const TESTS = 'tests';

function run(command: readonly string[]): boolean {
  const [program = '', ...args] = command;
  const env = {
    ...process.env,
    PATH: [join(ROOT, 'node_modules/.bin'), dirname(process.execPath), process.env['PATH']].join(delimiter),
  };
  const { status, error } = spawnSync(program, args, {
    cwd: ROOT,
    env,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (error !== undefined) process.stderr.write(`${program} could not be started: ${error.message}\n`);
  return status === 0;
}

/** All tests; a file that could not even be loaded counts as one that failed. */
function runTests(): Counts {
  const folder = mkdtempSync(join(tmpdir(), 'counterfoil-test-'));
  const report = join(folder, 'report.json');
  try {
    const ok = run(['vitest', 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`]);
    const result = JSON.parse(readFileSync(report, 'utf8')) as TestReport;
    const unloaded = result.testResults.filter(
      ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
    );
    const failed = result.numFailedTests + unloaded.length;
    return {
      passed: result.numPassedTests,
      // Something outside of any test, such as an unhandled rejection, fails the run too.
      failed: ok ? failed : Math.max(1, failed),
      skipped: result.numPendingTests + result.numTodoTests,
    };
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const { values } = parseArgs({ options: { only: { type: 'string' } } });
const names = [...Object.keys(CHECKS), TESTS].filter(
  (name) => values.only === undefined || name === values.only,
);
const sum: Counts = { passed: 0, failed: 0, skipped: 0 };
const failed: string[] = [];
for (const name of names) {
  process.stdout.write(`\n== ${name}\n`);
  const check = CHECKS[name];
  const counts = check === undefined ? runTests() : { passed: 0, failed: 0, skipped: 0 };
  if (check !== undefined) counts[run(check) ? 'passed' : 'failed'] = 1;
  for (const key of ['passed', 'failed', 'skipped'] as const) sum[key] += counts[key];
  if (counts.failed > 0) failed.push(name);
}
if (names.length === 0) throw new Error(`there is no check ${String(values.only)}`);
if (failed.length > 0) process.stdout.write(`\nnot well: ${failed.join(', ')}\n`);
process.stdout.write(`\n${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped\n`);
process.exitCode = sum.failed === 0 ? 0 : 1;
