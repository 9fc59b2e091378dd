/**
 * Goal: replaying the log of a run, live or bounded, or files, gives what the batch lane says of the same records, byte for byte
 * [P1], and replaying what was replayed gives it again. Method: the random worlds of the other comparisons. Sources are live runs
 * (which close events, call records late and set them aside) and bounded ones; the replay settles at any time, with a window that holds
 * next to nothing and looks only a little way for traces, as on the command line.
 */
import { describe, expect, test } from 'vitest';
import { openEventLogReader } from '../../src/adapters/embedded/event-log-reader.ts';
import type { LogFiles } from '../../src/adapters/embedded/log-files.ts';
import { accountingErrors, type Accounting, type InputName } from '../../src/model/accounting.ts';
import type { LogEntry, LogRecord } from '../../src/ports/event-log.ts';
import type { CorrelateOptions } from '../../src/runtime/correlate-options.ts';
import { fileEntries } from '../../src/runtime/replay/file-entries.ts';
import { loggedEntries } from '../../src/runtime/replay/logged-entries.ts';
import { replay } from '../../src/runtime/replay/replay.ts';
import { createDice } from '../oracle/dice.ts';
import { randomScenario } from '../oracle/scenario.ts';
import { duplicateRecords, rebatchSpans, shuffleInput } from '../oracle/transform.ts';
import type { OracleInput } from '../oracle/types.ts';
import { contentOf, type Content } from '../simulation/engine-content.ts';
import { EngineDriver, frameBuilderOf, INPUTS, requestOf } from '../simulation/engine-driver.ts';
import { FaultyDisk } from '../simulation/faulty-files.ts';
import { SeededRandom } from '../../tools/seeded-random.ts';
import { engineOptions, oneFileEach, runEngine } from './engine.ts';

const SCENARIOS = Math.ceil(Number(process.env['COUNTERFOIL_TEST_SCENARIOS'] ?? 2000) / 4);
const FIRST = Number(process.env['COUNTERFOIL_TEST_FIRST_SEED'] ?? 1);
const BLOCK = 125;
const MINUTE = 60_000_000;

/** Takes the records of a world into a log; what its engine says of them does not matter. */
async function sourceRun(
  seed: number,
  input: OracleInput,
  options: CorrelateOptions,
  files: LogFiles,
): Promise<void> {
  const dice = createDice(seed + 2_000_000);
  const mode = dice.chance(0.6) ? 'live' : 'bounded';
  const driver = await EngineDriver.open({ options, files, mode });
  const mixed = rebatchSpans(duplicateRecords(shuffleInput(input, dice), dice), dice);
  const requests = INPUTS.flatMap((name) => {
    const records = mixed[name] as object[];
    const size = dice.int(1, 8);
    const count = Math.ceil(records.length / size);
    return Array.from({ length: count }, (_, i) => [name, records.slice(i * size, (i + 1) * size)] as const);
  });
  // Half of the live ones have a clock by which every record is of the future.
  driver.now = dice.chance(0.5) ? 4e15 : 0;
  for (const [name, records] of dice.shuffle(requests)) {
    await driver.send(name, records);
    if (dice.chance(0.1)) await driver.drain();
    // A run that ended, and was started again.
    if (mode === 'bounded' && dice.chance(0.05)) await driver.end(dice.pick(INPUTS));
  }
  await driver.drain();
  await driver.close();
}

interface Replayed {
  content: Content;
  accounting: Accounting;
}

async function replayed(
  seed: number,
  entries: AsyncIterable<LogEntry[]>,
  options: CorrelateOptions,
  files: LogFiles,
): Promise<Replayed> {
  const dice = createDice(seed + 3_000_000);
  const driver = await EngineDriver.open({
    options,
    files,
    windows: dice.chance(0.3) ? { maxBytes: 4096 } : {},
    engine: { traceReach: dice.int(0, 20) * MINUTE, windowFollows: dice.chance(0.8) ? 'spans' : 'events' },
  });
  let ms = 0;
  const clock = { elapsedMs: () => (ms += dice.int(0, 2_000)) };
  const { engine, log } = driver;
  await replay(entries, { engine, log, clock, signal: new AbortController().signal });
  const content = contentOf(await driver.documents());
  await driver.close();
  return { content, accounting: engine.accounting };
}

async function* oneByOne(records: AsyncIterable<LogRecord[]>): AsyncGenerator<LogRecord[]> {
  for await (const batch of records) for (const record of batch) yield [record];
}

async function logOf(files: LogFiles): Promise<AsyncGenerator<LogEntry[]>> {
  const { records } = await openEventLogReader('/data', files).then((reader) => ({
    records: reader.records(),
  }));
  return loggedEntries(oneByOne(records), () => expect.unreachable('every record is a frame'));
}

async function bytesOf(files: LogFiles): Promise<string[]> {
  const reader = await openEventLogReader('/data', files);
  const texts: string[] = [];
  for await (const batch of reader.records())
    for (const { value } of batch) texts.push(Buffer.from(value).toString('base64'));
  return texts;
}

async function check(seed: number): Promise<void> {
  const { input, settings, description } = randomScenario(seed);
  const options = engineOptions(input, settings);
  const batch = contentOf(await runEngine(oneFileEach(input), options));
  const disk = (n: number): LogFiles => new FaultyDisk(new SeededRandom(seed + n)).files();
  const [source, first, second] = [disk(0), disk(1), disk(2)];
  await sourceRun(seed, input, options, source);
  const once = await replayed(seed, await logOf(source), options, first);
  expect(once.content, description).toEqual(batch);
  expect(accountingErrors(once.accounting)).toEqual([]);
  const twice = await replayed(seed + 1, await logOf(first), options, second);
  expect(twice, description).toEqual(once);
  expect(await bytesOf(second)).toEqual(await bytesOf(first));
}

async function checkFiles(seed: number): Promise<void> {
  const { input, settings, description } = randomScenario(seed);
  const options = engineOptions(input, settings);
  const batch = await runEngine(oneFileEach(input), options);
  const source = (name: InputName) => [requestOf(name, input[name])];
  const sources = {
    audit: source('audit'),
    alerts: source('alerts'),
    events: source('events'),
    spans: source('spans'),
    payments: source('payments'),
  };
  const entries = fileEntries(sources, {
    builder: frameBuilderOf(options),
    onProgress: () => undefined,
    onRefused: () => undefined,
  });
  const files = new FaultyDisk(new SeededRandom(seed)).files();
  const { content } = await replayed(seed, entries, options, files);
  expect(content, description).toEqual(contentOf(batch));
}

describe('[P1] replay equals batch', () => {
  for (let from = FIRST; from < FIRST + SCENARIOS; from += BLOCK) {
    const to = Math.min(from + BLOCK, FIRST + SCENARIOS);
    test(`logs of seeds ${from} to ${to - 1}`, { timeout: 600_000 }, async () => {
      for (let seed = from; seed < to; seed += 1) await check(seed);
    });
  }

  test('files', { timeout: 600_000 }, async () => {
    for (let seed = FIRST; seed < FIRST + BLOCK; seed += 1) await checkFiles(seed);
  });
});
