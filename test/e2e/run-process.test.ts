// Goal: the process of `run` behaves among others: exporters, a second process, ports in use, an engine that fails, the end of inputs.
import { createServer, type Server } from 'node:net';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-proto';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { LoggerProvider, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { afterAll, expect, it, vi } from 'vitest';
import { openEventLog } from '../../src/adapters/embedded/event-log.ts';
import { emptyInputAccounts, type Accounting } from '../../src/model/accounting.ts';
import { encodeFrame } from '../../src/runtime/live/frame.ts';
import { runCli } from '../cli/run-cli.ts';
import { falcoRecord } from '../formats/sample-records.ts';
import { payment } from '../runtime/live/intake-parts.ts';
import { startLive, until, type LiveProcess } from './live-process.ts';

// Processes start and stop here by the dozen, on machines that have other things to do.
vi.setConfig({ testTimeout: 90_000 });

const folder = mkdtempSync(join(tmpdir(), 'counterfoil-process-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const dataArgs = (name: string): string[] => ['--data', join(folder, name), '--otlp-port', '0'];

async function listening(): Promise<{ server: Server; port: number }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return { server, port: typeof address === 'object' && address !== null ? address.port : 0 };
}

async function freePort(): Promise<string> {
  const { server, port } = await listening();
  await new Promise((resolve) => server.close(resolve));
  return String(port);
}

async function accountsOf({ url }: LiveProcess): Promise<Accounting['inputs']> {
  return ((await (await fetch(`${url}/api/v1/accounting`)).json()) as Accounting).inputs;
}

async function post({ url }: LiveProcess, path: string, body: string): Promise<number> {
  return (await fetch(`${url}${path}`, { method: 'POST', body })).status;
}

it('takes the spans of a real OpenTelemetry exporter, on the port of OTLP', async () => {
  const live = await startLive(['--data', join(folder, 'otlp'), '--otlp-port', await freePort()], true);
  const exporter = new OTLPTraceExporter({ url: `${live.otlpUrl}/v1/traces`, compression: 'gzip' as never });
  const provider = new TracerProvider({ spanProcessors: [new BatchSpanProcessor({ exporter })] });
  const tracer = provider.getTracer('test');
  for (let i = 0; i < 5; i += 1)
    tracer.startSpan(`span ${i}`, { attributes: { 'payment.id': `p${i}` } }).end();
  await provider.forceFlush();
  await provider.shutdown();
  expect((await accountsOf(live)).spans).toMatchObject({ records: 1, items: { decoded: 5, refused: 0 } });
  // Nothing but OTLP is there.
  expect((await fetch(`${live.otlpUrl}/api/v1/incidents`)).status).toBe(404);
  expect(await live.stop()).toBe(0);
});

it('takes the logs of a real OpenTelemetry exporter, and finds the alert among them [F21]', async () => {
  const live = await startLive(['--data', join(folder, 'otlp-logs'), '--otlp-port', await freePort()], true);
  const exporter = new OTLPLogExporter({ url: `${live.otlpUrl}/v1/logs`, compression: 'gzip' as never });
  const provider = new LoggerProvider({ processors: [new SimpleLogRecordProcessor({ exporter })] });
  const logger = provider.getLogger('test');
  const alert = { ...falcoRecord(), time: new Date().toISOString() };
  for (const body of ['GET /health 200', JSON.stringify(alert)]) logger.emit({ body });
  await provider.forceFlush();
  await provider.shutdown();
  expect((await accountsOf(live)).events).toMatchObject({
    records: 2,
    items: { decoded: 2, ignored: { no_record: 1 }, refused: 0 },
  });
  const incidents = async (): Promise<unknown[]> =>
    ((await (await fetch(`${live.url}/api/v1/incidents`)).json()) as { items: unknown[] }).items;
  await until(async () => (await incidents()).length === 1);
  expect(await live.stop()).toBe(0);
});

it('a second process on the same data folder: exit 1, and the first goes on', async () => {
  const live = await startLive(dataArgs('shared'));
  const second = await runCli(['run', '--http-port', '0', ...dataArgs('shared')]);
  expect([second.status, second.stderr]).toEqual([1, expect.stringContaining('[CF_INDEX_LOCKED]')]);
  expect(await post(live, '/intake/payments', payment('p1'))).toBe(200);
  expect(await live.stop('SIGINT')).toBe(0);
});

it.each(['--http-port', '--otlp-port'])('%s in use: exit 5, and which flag helps', async (flag) => {
  const { server, port } = await listening();
  const rest = ['--data', join(folder, 'ports'), '--http-port', '0', '--otlp-port', '0'];
  const { status, stderr } = await runCli(['run', ...rest, flag, String(port)]);
  server.close();
  expect([status, stderr]).toEqual([5, expect.stringContaining(`With ${flag} N`)]);
});

it('an engine that fails: the process says why, without a word of the record, and exits 1', async () => {
  const directory = join(folder, 'failing');
  mkdirSync(directory);
  const log = await openEventLog({ directory });
  // A frame that can be read, and whose payment is none: what a bug would look like.
  const account = { ...emptyInputAccounts(), records: 1, decoded: 1 };
  const nothing = {
    refused: [],
    ends: false,
    redrives: null,
    observations: [],
    identities: [],
    carried: [],
    packed: null,
  };
  const payments = [{ tenant: 'default', amountMinor: null, time: 0, aliases: 'secret' }] as never;
  const value = encodeFrame({ input: 'payments', account, payments, ...nothing });
  await log.append({ value, from: null, to: null });
  await log.close();
  const { status, stderr } = await runCli(['run', '--http-port', '0', ...dataArgs('failing')]);
  expect(status).toBe(1);
  const lines = stderr.trim().split('\n');
  expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({
    'event.action': 'engine-failed',
    'log.level': 'error',
  });
  expect(stderr).not.toContain('secret');
});

it('killed without warning: what was answered is there after the next start', async () => {
  const live = await startLive(dataArgs('killed'));
  const ids = Array.from({ length: 20 }, (_, i) => `p${i}`);
  const sent = await Promise.all(ids.map((id) => post(live, '/intake/payments', payment(id))));
  expect(new Set(sent)).toEqual(new Set([200]));
  await live.stop('SIGKILL');
  const again = await startLive(dataArgs('killed'));
  await until(async () => ((await fetch(`${again.url}/readyz`)).ok ? true : undefined));
  expect((await accountsOf(again)).payments?.items.accepted).toBe(20);
  expect(await again.stop()).toBe(0);
});

it('a data folder that is removed while it runs: the process ends, and says so', async () => {
  const live = await startLive(dataArgs('removed'));
  rmSync(join(folder, 'removed'), { recursive: true });
  expect(await live.ended).toBe(1);
  expect(live.log.map((line) => line['message']).join(' ')).toMatch(
    /is not the file any more that was opened/,
  );
});

it('a bounded run is finished when all inputs have ended', async () => {
  const live = await startLive([...dataArgs('bounded'), '--bounded']);
  expect(await post(live, '/intake/payments', payment('p1'))).toBe(200);
  const all = ['audit', 'alerts', 'events', 'spans', 'payments'].map((input) => `input=${input}`).join('&');
  expect(await post(live, `/intake/_end?${all}`, '')).toBe(200);
  await until(() => live.log.find((line) => line['event.action'] === 'engine-finished'));
  expect(await post(live, '/intake/payments', payment('p2'))).toBe(409);
  const readiness = await (await fetch(`${live.url}/readyz`)).json();
  expect(readiness).toMatchObject({ status: 'ready', checks: { engine: { detail: 'finished' } } });
  expect(await live.stop()).toBe(0);
});

it('ports that cannot both be: exit 2', async () => {
  const { status, stderr } = await runCli(['run', '--http-port', '9999', '--otlp-port', '9999']);
  expect([status, stderr]).toEqual([2, expect.stringContaining('are both 9999')]);
});
