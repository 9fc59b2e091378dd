/**
 * A payments company small enough for one test: pods `ledger-1` and `checkout-1`, alerts in them, requests through them.
 * Times are seconds after 14:00:00; the wall clock of the driver is moved with them.
 */
import type { CorrelateOptions } from '../../src/runtime/correlate-options.ts';
import type { EngineOptions } from '../../src/runtime/live/engine-options.ts';
import { settingsOf } from '../oracle/scenario.ts';
import { engineOptions } from '../guarantees/engine.ts';
import { at, T } from '../oracle/tiny.ts';
import { paymentRecord, spanRecord } from '../cli/small-case.ts';
import { SeededRandom } from '../../tools/seeded-random.ts';
import { EngineDriver, type DriverSettings } from './engine-driver.ts';
import { FaultyDisk } from './faulty-files.ts';

const SETTINGS = settingsOf({
  spanProvenance: 'platform',
  maxPaymentsPerTrace: 1000,
  maxPodsPerEvent: 200,
  nodeInterval: false,
});
const NONE = { audit: [], alerts: [], events: [], spans: [], payments: [], cluster: null };

export const SECOND = 1_000_000;
export const MINUTE = 60;
export const HOUR = 60 * MINUTE;

/** The wall clock at so many seconds. */
export const clock = (seconds: number): number => T + seconds * SECOND;

/** What the batch lane would be run with. */
export const storyOptions = (): CorrelateOptions => engineOptions(NONE, SETTINGS);

export async function openStory(
  over: Partial<DriverSettings> = {},
  onSilence?: EngineOptions['onSilence'],
): Promise<EngineDriver> {
  const files = new FaultyDisk(new SeededRandom(1)).files();
  const driver = await EngineDriver.open({
    options: { ...storyOptions(), ...(onSilence === undefined ? {} : { onSilence }) },
    files,
    mode: 'live',
    ...over,
  });
  driver.now = clock(0);
  return driver;
}

/** An alert of the sensor in a pod. */
export function alert(seconds: number, pod = 'ledger-1'): object {
  return {
    uuid: `alert-${pod}-${seconds}`,
    time: at(seconds),
    rule: 'Terminal shell in container',
    priority: 'Notice',
    source: 'syscall',
    output: 'A shell was spawned in a container',
    output_fields: { 'k8s.ns.name': 'payments', 'k8s.pod.name': pod, 'proc.cmdline': 'sh' },
  };
}

/** A request through a pod, whose span carries the id of a payment; its number is its trace. */
export function request(seconds: number, paymentId: string, trace: number, pod = 'ledger-1'): object {
  return spanRecord(pod, paymentId, new Date(clock(seconds) / 1000).toISOString(), trace);
}

export function payment(seconds: number, id: string): object {
  return paymentRecord(id, { time: at(seconds) });
}

/** One step: records are sent, and applied at a time of the wall clock. */
export async function step(
  driver: EngineDriver,
  seconds: number,
  records: Partial<Record<'alerts' | 'spans' | 'payments', readonly object[]>> = {},
): Promise<void> {
  driver.now = clock(seconds);
  for (const input of ['payments', 'alerts', 'spans'] as const) {
    const sent = records[input] ?? [];
    if (sent.length > 0) await driver.send(input, sent);
  }
  await driver.drain();
}
