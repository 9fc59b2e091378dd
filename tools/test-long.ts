/**
 * `npm run test:long`: all tests with full counts of random worlds, crashes and minutes under load, and what they said, as
 * it was, in docs/reference/test-long.txt. Takes more than an hour.
 *
 *   node tools/test-long.ts FILE…     only these test files; what they said is put behind what is there
 */
import { spawnSync } from 'node:child_process';
import { appendFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const REPORT = 'docs/reference/test-long.txt';
/** Counts of the normal run: 2,000 worlds, 1,000 crashes, 120 seconds, 8 fault runs, 20 seconds without Elasticsearch, 104,000 broken records. The environment may say others, and the first seed. */
const COUNTS = {
  COUNTERFOIL_TEST_SCENARIOS: '20000',
  COUNTERFOIL_TEST_CRASH_SEEDS: '100000',
  COUNTERFOIL_TEST_LOAD_SECONDS: '1800',
  COUNTERFOIL_TEST_FAULT_SEEDS: '60',
  COUNTERFOIL_TEST_OUTAGE_SECONDS: '600',
  COUNTERFOIL_TEST_MUTATIONS: '10000000',
};
const MAX_OUTPUT_BYTES = 64 * 2 ** 20;

const commit = spawnSync('git', ['describe', '--always', '--dirty'], {
  cwd: ROOT,
  encoding: 'utf8',
}).stdout.trim();
const began = new Date();
const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
const files = process.argv.slice(2);
const args = [vitest, 'run', '--reporter=verbose', '--no-color', ...files];
const { stdout, stderr, status } = spawnSync(process.execPath, args, {
  cwd: ROOT,
  encoding: 'utf8',
  maxBuffer: MAX_OUTPUT_BYTES,
  env: { ...COUNTS, ...process.env, NO_COLOR: '1' },
});
const settings = Object.entries({ ...COUNTS, ...process.env }).flatMap(([name, value]) =>
  name.startsWith('COUNTERFOIL_TEST_') ? [`${name}=${value}`] : [],
);
const head = [
  `commit ${commit}, begun ${began.toISOString()}, ended ${new Date().toISOString()}`,
  `Node ${process.version}, ${cpus().length} cores, ${cpus()[0]?.model ?? 'unknown'}`,
  settings.join(' '),
];
// Where the project lies on the machine says nothing to anybody else.
const said = `${stdout}\n${stderr}`.replaceAll(ROOT, './').replaceAll(ROOT.slice(0, -1), '.').trim();
const report = `${head.join('\n')}\n\n${said}\n`;
if (files.length === 0) writeFileSync(join(ROOT, REPORT), report);
else appendFileSync(join(ROOT, REPORT), `${report}\n`);
process.stdout.write(`${said.split('\n').slice(-8).join('\n')}\n${REPORT}\n`);
process.exitCode = status ?? 1;
