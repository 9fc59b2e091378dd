/**
 * Goal: under load the accounts hold at every instant that anybody can look, nothing that was answered is missing from them, nothing is
 * in them twice, and memory stays flat [T17]. Method: a real process with short windows, so that events come, close and are
 * retired again and again; a sender that also sends twice, broken, late and from the future; a reader that asks all the time.
 *
 * Two minutes; COUNTERFOIL_TEST_LOAD_SECONDS makes it longer.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { accountingErrors, type Accounting, type InputName } from '../../src/model/accounting.ts';
import { startLive, until } from './live-process.ts';
import { SteadyLoad, type Counts } from './steady-load.ts';

const SECONDS = Number(process.env['COUNTERFOIL_TEST_LOAD_SECONDS'] ?? 120);
const SAMPLE_EVERY_MS = 100;
/** What the heap may breathe between two collections. */
const BREATH_MIB = 48;
const CONFIG = `
join:
  before: 2s
  after: 3s
  skew: 500ms
  binding_horizon: 3s
  max_span: 500ms
  grace: 500ms
  max_event_delay: 4s
  out_of_orderness: 1s
  late_horizon: 10s
window:
  max_bytes: 16MiB
log:
  retention: 1m
  max_bytes: 256MiB
`;

const folder = mkdtempSync(join(tmpdir(), 'counterfoil-load-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Items of an input that are known of, decoded or not. */
function known({ inputs }: Accounting, input: InputName): number {
  const account = inputs[input];
  return account === undefined ? 0 : account.items.decoded + account.dead_lettered;
}

/** What is wrong with an answer, given what was taken before it was asked for, and sent before it came. */
function faultsOf(accounting: Accounting, taken: Counts, sent: Counts): string[] {
  const wrong = accountingErrors(accounting);
  for (const input of ['spans', 'payments', 'alerts'] as const) {
    const now = known(accounting, input);
    if (now < taken[input]) wrong.push(`${input}: ${taken[input]} were answered, ${now} are counted`);
    if (now > sent[input]) wrong.push(`${input}: ${sent[input]} were sent, ${now} are counted`);
  }
  return wrong;
}

/** MiB of memory of its own: without pages of files, which the system takes back when it likes. */
function ownMemory(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/RssAnon:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1_024;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

test(
  '[T17] the accounts hold at every instant under load, and memory stays flat',
  { timeout: (SECONDS + 120) * 1_000 },
  async () => {
    const config = join(folder, 'counterfoil.yaml');
    writeFileSync(config, CONFIG);
    const live = await startLive(['-c', config, '--data', join(folder, 'data'), '--otlp-port', '0']);
    const load = new SteadyLoad(live.url);
    const faults: string[] = [];
    const memory: number[] = [];
    let samples = 0;
    const end = performance.now() + SECONDS * 1_000;
    const sample = async (): Promise<void> => {
      for (; performance.now() < end; samples += 1) {
        const taken = { ...load.taken };
        const { text } = await load.get('/api/v1/accounting');
        faults.push(...faultsOf(JSON.parse(text) as Accounting, taken, { ...load.sent }));
        memory.push(ownMemory(live.pid));
        await new Promise((resolve) => setTimeout(resolve, SAMPLE_EVERY_MS));
      }
    };
    await Promise.all([load.run(end), sample()]);
    expect(faults).toEqual([]);
    expect(samples).toBeGreaterThan(SECONDS * 2);

    const accounting = await until(async () => {
      const answer = JSON.parse((await load.get('/api/v1/accounting')).text) as Accounting;
      const waits = Object.values(answer.inputs).some(
        ({ in_flight, items }) => in_flight + items.in_flight > 0,
      );
      return waits ? undefined : answer;
    });
    expect(faultsOf(accounting, load.taken, load.taken)).toEqual([]);
    const { spans, payments } = accounting.inputs;
    for (const count of [
      spans?.items.late,
      spans?.items.beyond_horizon,
      spans?.items.skewed,
      payments?.dead_lettered,
    ])
      expect(count).toBeGreaterThan(0);

    const { text } = await load.get('/metrics');
    expect(Number(/^counterfoil_window_spilled_bytes (\S+)/m.exec(text)?.[1])).toBeLessThan(64 * 2 ** 20);
    load.close();
    expect(await live.stop()).toBe(0);

    const [middle, last] = [
      memory.slice(memory.length * 0.4, memory.length * 0.6),
      memory.slice(memory.length * 0.8),
    ];
    expect(median(last)).toBeLessThan(median(middle) * 1.05 + BREATH_MIB);
  },
);
