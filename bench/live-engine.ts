/**
 * What a span costs in the live engine: decoded from OTLP protobuf, logged with a flush to disk, joined, with alerts and
 * payments among them; one process, one thread, no network. bench/live.ts measures the same through HTTP.
 *
 *   node bench/live-engine.ts [--spans 1000000]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openEmbeddedStore } from '../src/adapters/embedded/embedded-store.ts';
import { openEventLog } from '../src/adapters/embedded/event-log.ts';
import { createWindowStore } from '../src/adapters/embedded/window-store.ts';
import type { LogRecord } from '../src/ports/event-log.ts';
import type { RawRecord, RecordSource } from '../src/ports/record-source.ts';
import { createDecoders } from '../src/runtime/decoders.ts';
import { Engine } from '../src/runtime/live/engine.ts';
import { FrameBuilder } from '../src/runtime/live/frame-builder.ts';
import { liveSettings } from './live-settings.ts';
import { PAYMENT_READING } from '../test/formats/payment-context.ts';
import { requestsOf, type BenchRequest } from './live-traffic.ts';

const { values } = parseArgs({ options: { spans: { type: 'string', default: '1000000' } } });
const spans = Number(values.spans);
const directory = mkdtempSync(join(tmpdir(), 'counterfoil-bench-'));

function sourceOf({ input, body, records }: BenchRequest): RecordSource {
  const place = { input, line: 0, column: 0 };
  const batch: RawRecord[] =
    body === null
      ? records.map((value) => ({ kind: 'json', value, place, bytes: 0 }))
      : [{ kind: 'protobuf', payload: body, place, bytes: body.length }];
  return {
    name: input,
    totalBytes: null,
    bytesRead: 0,
    // eslint-disable-next-line typescript/require-await
    async *records() {
      yield batch;
    },
  };
}

/** At 100,000 spans a second, 1,000 payments, and one alert in five seconds. */
const seconds = spans / 100_000;
const sizes = { spans, events: Math.ceil(seconds / 5), payments: seconds * 1_000, lengthMs: seconds * 1_000 };
const requests = [...requestsOf(sizes)];
const options = liveSettings('bounded');
const log = await openEventLog({ directory });
const store = openEmbeddedStore(directory, 'write', { tenant: 'default' });
const windows = createWindowStore();
const engine = new Engine({ log, windows, facts: store.facts, index: store.index }, options);
const builder = new FrameBuilder(
  createDecoders({
    ...options,
    provenance: 'platform',
    attributes: options.attributes,
    payments: PAYMENT_READING,
  }),
  options.redactor,
);
await engine.start();
const took = { build: 0, append: 0, apply: 0, settle: 0 };
const timed = async <T>(phase: keyof typeof took, action: () => Promise<T>): Promise<T> => {
  const began = performance.now();
  const result = await action();
  took[phase] += performance.now() - began;
  return result;
};
const began = performance.now();
const cpu = process.cpuUsage();
const SIXTEEN = 16;
for (let at = 0; at < requests.length; at += SIXTEEN) {
  const group = requests.slice(at, at + SIXTEEN);
  const entries = await timed('build', async () =>
    Promise.all(group.map(async (request) => (await builder.build(request.input, sourceOf(request))).entry)),
  );
  const records: LogRecord[] = await timed('append', async () =>
    Promise.all(entries.map(async (entry) => ({ ...(await log.append(entry)), ...entry }))),
  );
  await timed('apply', async () => engine.apply(records, 0));
  if ((at / SIXTEEN) % 8 === 7)
    await timed('settle', async () => engine.settle((at / SIXTEEN) % 64 === 63, 0));
}
await timed('settle', async () => engine.settle(true, 0));
const wall = (performance.now() - began) / 1000;
const { user, system } = process.cpuUsage(cpu);
const cpuMicros = user + system;
const lines = [
  `${spans} spans, ${requests.length} requests`,
  `${Math.round(spans / wall)} spans/s, ${Math.round((spans * 1e6) / cpuMicros)} spans per CPU-second`,
  ...Object.entries(took).map(([phase, ms]) => `${phase}: ${((ms * 1000) / spans).toFixed(2)} us/span`),
  `events ${engine.activeEvents}, max RSS ${Math.round(process.resourceUsage().maxRSS / 1024)} MiB`,
];
process.stdout.write(`${lines.join('\n')}\n`);
await log.close();
await windows.close();
store.close();
rmSync(directory, { recursive: true });
