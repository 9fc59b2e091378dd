/**
 * What the embedded event log does on this machine: appends a second with one caller and with sixteen, reading back, and
 * scanning a range. Prints a table; how long a flush takes is the disk's, so that figures of two machines say little.
 *
 *   node bench/event-log.ts             in a folder of its own under the system's temporary one
 *   node bench/event-log.ts --dir PATH  on another disk
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openEventLog, type EmbeddedEventLog } from '../src/adapters/embedded/event-log.ts';

/** About an export request of spans, projected. */
const VALUE_BYTES = 22_000;
const APPEND_MS = 4_000;
const CALLERS = [1, 16, 256];
const SCAN_BYTES = 1e9;

interface Row {
  what: string;
  records: number;
  seconds: number;
}

const { values } = parseArgs({ options: { dir: { type: 'string', default: tmpdir() } } });
const folder = mkdtempSync(join(values.dir, 'counterfoil-bench-log-'));
const value = new Uint8Array(VALUE_BYTES).map((_, i) => (i * 31) % 251);

async function timed(what: string, work: () => Promise<number>): Promise<Row> {
  const started = performance.now();
  const records = await work();
  return { what, records, seconds: (performance.now() - started) / 1_000 };
}

async function append(
  log: EmbeddedEventLog,
  callers: number,
  enough: (count: number) => boolean,
): Promise<number> {
  let count = 0;
  const caller = async (): Promise<void> => {
    while (!enough(count)) {
      const time = count;
      count += 1;
      await log.append({ value, from: time, to: time });
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  return count;
}

async function scan(log: EmbeddedEventLog, from: number): Promise<number> {
  let count = 0;
  for await (const batch of log.scan({ from, to: Infinity })) count += batch.length;
  return count;
}

async function readAll(log: EmbeddedEventLog): Promise<number> {
  const end = await log.end(0);
  let count = 0;
  for await (const batch of log.read({ partition: 0, offset: 0 }, new AbortController().signal)) {
    count += batch.length;
    if (count >= end) break;
  }
  return count;
}

async function measure(): Promise<Row[]> {
  const rows: Row[] = [];
  let log = await openEventLog({ directory: folder });
  for (const callers of CALLERS) {
    const until = performance.now() + APPEND_MS;
    rows.push(
      await timed(`append, ${callers} at once`, () => append(log, callers, () => performance.now() > until)),
    );
  }
  const missing = Math.ceil((SCAN_BYTES - log.usage().bytes) / VALUE_BYTES);
  await append(log, 256, (count) => count >= missing);
  await log.close();
  rows.push(
    await timed('open', async () => {
      log = await openEventLog({ directory: folder });
      return 0;
    }),
  );
  rows.push(await timed('scan, all of it', () => scan(log, 0)));
  rows.push(await timed('scan, all of it again', () => scan(log, 0)));
  rows.push(await timed('read from the beginning', () => readAll(log)));
  await log.close();
  return rows;
}

try {
  const lines = (await measure()).map(({ what, records, seconds }) =>
    [
      what.padEnd(26),
      seconds.toFixed(3).padStart(9),
      Math.round(records / seconds)
        .toLocaleString('en')
        .padStart(11),
      ((records * VALUE_BYTES) / seconds / 1e6).toFixed(1).padStart(9),
    ].join(' '),
  );
  const header = `${''.padEnd(26)} ${'seconds'.padStart(9)} ${'records/s'.padStart(11)} ${'MB/s'.padStart(9)}`;
  process.stdout.write(`${[`values of ${VALUE_BYTES} bytes`, header, ...lines].join('\n')}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
