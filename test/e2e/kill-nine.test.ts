/**
 * Goal: the real process, killed with signal 9 at any moment, loses nothing that it has answered, counts nothing twice, and
 * says in the end what `correlate` says of the same records [T16]. Method: the stolen token and random worlds, posted in
 * small requests by senders that send again what was not answered; the process dies while it starts, while it takes records
 * and while it finishes. The index and the log of the data folder are then compared, file by file.
 */
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import type { InputName } from '../../src/model/accounting.ts';
import { runCli } from '../cli/run-cli.ts';
import { createDice } from '../oracle/dice.ts';
import { randomScenario } from '../oracle/scenario.ts';
import { writeScenario } from '../oracle/write-scenario.ts';
import { documentsIn } from './folder-documents.ts';
import { MortalRun, type MortalSettings } from './mortal-run.ts';

const EXAMPLE = fileURLToPath(new URL('../../examples/stolen-token/data', import.meta.url));
const FIRST = Number(process.env['COUNTERFOIL_TEST_FIRST_SEED'] ?? 1);
const KILLS = 11;

const scratch = mkdtempSync(join(tmpdir(), 'counterfoil-kill-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

type Files = Partial<Record<InputName, readonly string[]>>;

/** The lines of files as bodies of some lines each. */
function requestsOf(files: Files, linesEach: number): { input: InputName; body: string }[] {
  return Object.entries(files).flatMap(([input, paths]) =>
    paths.flatMap((path) => {
      const lines = readFileSync(path, 'utf8').trim().split('\n');
      // An export request is one message.
      const size = input === 'spans' ? 1 : linesEach;
      return Array.from({ length: Math.ceil(lines.length / size) }, (_, i) => ({
        input: input as InputName,
        body: lines.slice(i * size, (i + 1) * size).join('\n'),
      }));
    }),
  );
}

/** Kills it again and again, then lets it come to its end. */
async function live(run: MortalRun, seed: number): Promise<void> {
  const dice = createDice(seed + 8_000_000);
  const each = Math.ceil(run.postings.length / KILLS);
  while (run.kills < KILLS - 2) {
    if (dice.chance(0.25)) await run.dieStarting();
    else await run.dieSending(dice.int(1, 2 * each));
  }
  while (run.kills < KILLS) await run.dieEnding();
  await run.finish();
}

/** What `correlate` writes of the files, with the same key for card numbers. */
async function correlated(files: Files, run: MortalRun, folder: string): Promise<string> {
  const data = join(folder, 'batch');
  mkdirSync(data);
  const key = join(folder, 'live', 'redaction.key');
  if (existsSync(key)) copyFileSync(key, join(data, 'redaction.key'));
  const inputs = Object.entries(files).flatMap(([input, paths]) =>
    paths.flatMap((path) => [`--${input}`, path]),
  );
  const { status, stderr } = await runCli([
    'correlate',
    ...run.flags,
    ...inputs,
    '--data',
    data,
    '-o',
    'ndjson',
  ]);
  expect([status, stderr]).toEqual([0, expect.any(String)]);
  return data;
}

async function check(
  files: Files,
  linesEach: number,
  settings: Omit<MortalSettings, 'folder'>,
): Promise<Record<string, object[]>> {
  const folder = mkdtempSync(join(scratch, 'run-'));
  const run = new MortalRun(requestsOf(files, linesEach), { ...settings, folder: join(folder, 'live') });
  await live(run, settings.seed);
  expect(run.kills).toBe(KILLS);
  expect(await run.wronglyKept()).toEqual([]);
  const documents = documentsIn(join(folder, 'live'));
  expect(documents).toEqual(documentsIn(await correlated(files, run, folder)));
  return documents;
}

test('[T16] the stolen token, killed again and again', { timeout: 180_000 }, async () => {
  const files = Object.fromEntries(
    Object.entries({ audit: 'audit', alerts: 'falco', spans: 'spans', payments: 'payments' }).map(
      ([input, name]) => [input, [join(EXAMPLE, `${name}.ndjson`)]],
    ),
  );
  const config = join(EXAMPLE, 'counterfoil.yaml');
  const { links } = await check(files, 30, { config, cluster: null, seed: FIRST });
  expect(links?.length).toBeGreaterThan(50);
});

test.each([FIRST + 3, FIRST + 8])(
  '[T16] the random world %i, killed again and again',
  { timeout: 180_000 },
  async (seed) => {
    const { input } = randomScenario(seed);
    const { paths } = writeScenario(join(scratch, `world-${seed}`), input);
    await check(paths, 1, { config: null, cluster: input.cluster, seed });
  },
);
