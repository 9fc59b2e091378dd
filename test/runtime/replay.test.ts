// Goal: what a replay takes over from a log, and what not; that it settles seldom and stops when it is asked to.
import { expect, it } from 'vitest';
import { openEventLogReader } from '../../src/adapters/embedded/event-log-reader.ts';
import type { LogEntry, LogRecord } from '../../src/ports/event-log.ts';
import type { Refusal } from '../../src/model/refusal.ts';
import { accountingErrors } from '../../src/model/accounting.ts';
import { loggedEntries } from '../../src/runtime/replay/logged-entries.ts';
import { replay } from '../../src/runtime/replay/replay.ts';
import { alert, openStory, payment, request } from '../simulation/live-story.ts';
import type { EngineDriver } from '../simulation/engine-driver.ts';
import { FaultyDisk } from '../simulation/faulty-files.ts';
import { SeededRandom } from '../../tools/seeded-random.ts';

const clock = { elapsedMs: () => 0 };
const goOn = new AbortController().signal;

async function replayed(files: ReturnType<FaultyDisk['files']>, refusals: Refusal[]): Promise<EngineDriver> {
  const reader = await openEventLogReader('/data', files);
  const target = await openStory({ mode: 'bounded' });
  const entries = loggedEntries(reader.records(), (more) => refusals.push(...more));
  const { engine, log } = target;
  await replay(entries, { engine, log, clock, signal: goOn });
  return target;
}

it('[P4] a record that is no frame becomes a dead letter, once, and the new log can be read', async () => {
  const files = new FaultyDisk(new SeededRandom(1)).files();
  const source = await openStory({ files });
  await source.send('payments', [payment(1, 'p1')]);
  await source.log.append({ value: Buffer.from('no frame at all'), from: 1, to: 2 });
  await source.log.append({ value: new Uint8Array(), from: null, to: null });
  await source.send('alerts', [alert(5)]);
  await source.send('spans', [request(6, 'p1', 1)]);
  const refusals: Refusal[] = [];
  const target = await replayed(files, refusals);
  expect(refusals.map(({ place }) => place.input)).toEqual(['log:0:1', 'log:0:2']);
  expect((await target.documents()).links).toHaveLength(1);
  expect(accountingErrors(target.engine.accounting)).toEqual([]);
  const letters = (await target.store.deadLetters.deadLetters({ limit: 10, cursor: null })).items;
  expect(letters.map(({ reason }) => reason)).toEqual(['unknown_format', 'unknown_format']);
  for await (const records of target.log.scan({ from: -Infinity, to: Infinity }))
    expect(records).toHaveLength(3);
});

it('leaves out where the inputs of a bounded run ended', async () => {
  const files = new FaultyDisk(new SeededRandom(1)).files();
  const source = await openStory({ files, mode: 'bounded' });
  await source.send('payments', [payment(1, 'p1')]);
  await source.end('payments');
  const target = await replayed(files, []);
  expect(await target.log.end(0)).toBe(1);
  expect(target.engine.hasEnded(['payments'])).toBe(false);
});

/** An engine that says what it was asked, each settle taking as long as given. */
function spoken(settleMs: number) {
  let ms = 0;
  const said: string[] = [];
  return {
    said,
    clock: { elapsedMs: () => ms },
    engine: {
      apply: async (records: readonly LogRecord[]) => {
        said.push(`${records.length}`);
        ms += 500;
      },
      settle: async () => {
        said.push('settle');
        ms += settleMs;
      },
      finish: async () => void said.push('finish'),
    },
  };
}

const ENTRY: LogEntry = { value: new Uint8Array(1), from: null, to: null };
const log = { append: async () => ({ partition: 0, offset: 0 }) };

// eslint-disable-next-line typescript/require-await
async function* batches(
  count: number,
  onEach: (i: number) => void = () => undefined,
): AsyncGenerator<LogEntry[]> {
  for (let i = 0; i < count; i += 1) {
    onEach(i);
    yield [ENTRY, ENTRY];
  }
}

it('settles every two seconds, and seldom when that takes long', async () => {
  const quick = spoken(0);
  await replay(batches(9), { ...quick, log, signal: goOn });
  expect(quick.said.join(' ')).toBe('2 2 2 2 settle 2 2 2 2 settle 2 settle finish');
  const slow = spoken(1_000);
  await replay(batches(13), { ...slow, log, signal: goOn });
  expect(slow.said.join(' ')).toBe('2 2 2 2 settle 2 2 2 2 2 2 2 2 settle 2 settle finish');
});

it('[P3] finishes nothing when it was asked to stop, also at the end of what it reads', async () => {
  for (const last of [1, 3]) {
    const stop = new AbortController();
    const { said, ...parts } = spoken(0);
    const entries = batches(4, (i) => (i === last ? stop.abort() : undefined));
    await expect(replay(entries, { ...parts, log, signal: stop.signal })).rejects.toThrow(
      'stopped before its end',
    );
    expect(said).toEqual(Array.from({ length: last }, () => '2'));
  }
});
