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
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

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

/** What a change must hold before any test says something: the `check:` scripts of package.json, in their order. */
const PREFIX = 'check:';
const TESTS = 'tests';

function staticChecks(): string[] {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  return Object.keys(scripts).flatMap((name) => (name.startsWith(PREFIX) ? [name.slice(PREFIX.length)] : []));
}

function run(program: string, args: readonly string[]): boolean {
  const { status, error } = spawnSync(program, args, { cwd: ROOT, stdio: 'inherit' });
  if (error !== undefined) process.stderr.write(`${program} could not be started: ${error.message}\n`);
  return status === 0;
}

function staticCounts(ok: boolean): Counts {
  return { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 };
}

/** All tests; a file that could not even be loaded counts as one that failed. */
function runTests(): Counts {
  const folder = mkdtempSync(join(tmpdir(), 'counterfoil-test-'));
  const report = join(folder, 'report.json');
  try {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
    const ok = run(process.execPath, [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', ...reporters]);
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
const names = [...staticChecks(), TESTS].filter((name) => values.only === undefined || name === values.only);
if (names.length === 0) throw new Error(`there is no check ${String(values.only)}`);
const sum: Counts = { passed: 0, failed: 0, skipped: 0 };
const failed: string[] = [];
for (const name of names) {
  process.stdout.write(`\n== ${name}\n`);
  const counts =
    name === TESTS ? runTests() : staticCounts(run(process.execPath, ['--run', `${PREFIX}${name}`]));
  for (const key of ['passed', 'failed', 'skipped'] as const) sum[key] += counts[key];
  if (counts.failed > 0) failed.push(name);
}
if (failed.length > 0) process.stdout.write(`\nnot well: ${failed.join(', ')}\n`);
process.stdout.write(`\n${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped\n`);
process.exitCode = sum.failed === 0 ? 0 : 1;
