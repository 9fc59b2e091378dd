/**
 * The live engine as a process, under load over HTTP: how many spans it takes for good, how soon an event is linked, how fast
 * the API answers meanwhile, how soon it is useful after a restart. Open loop: requests are sent at their time, whether or
 * not earlier ones were answered, and latency counts from the time at which they should have been sent.
 *
 *   node bench/live.ts [--rate 100000] [--seconds 60] [--write]
 *
 * The generator runs on the same cores. --write puts the figures into docs/reference/benchmarks-live.md.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Load, SPANS_PER_EXPORT } from './live-load.ts';

const { values } = parseArgs({
  options: {
    rate: { type: 'string', default: '100000' },
    seconds: { type: 'string', default: '60' },
    write: { type: 'boolean', default: false },
  },
});
const rate = Number(values.rate);
const seconds = Number(values.seconds);
const MAIN = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url));
const data = mkdtempSync(join(tmpdir(), 'counterfoil-live-'));
/** Senders and readers do not wait for each other's connections. */
const senders = new Agent({ keepAlive: true, maxSockets: 32 });
const readers = new Agent({ keepAlive: true, maxSockets: 32 });
const EVENT_EVERY_MS = 2_000;
const QUERY_EVERY_MS = 20;
const POLL_MS = 10;

interface Server {
  child: ChildProcess;
  port: number;
}

async function start(): Promise<Server> {
  const args = [MAIN, 'run', '--data', data, '--http-port', '0', '--otlp-port', '0'];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const port = await new Promise<number>((resolve, reject) => {
    let said = '';
    child.stderr?.on('data', (text: Buffer) => {
      said += text.toString();
      const found = /http:\/\/127\.0\.0\.1:(\d+)/.exec(said);
      if (found?.[1] !== undefined) resolve(Number(found[1]));
    });
    child.once('exit', () => reject(new Error(`the process ended: ${said}`)));
  });
  return { child, port };
}

async function stop({ child }: Server): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
}

interface Answer {
  status: number;
  text: string;
}

function send(
  port: number,
  method: string,
  path: string,
  body: Uint8Array | null,
  type = '',
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = type === '' ? {} : { 'content-type': type };
    const agent = method === 'GET' ? readers : senders;
    const sent = request({ agent, host: '127.0.0.1', port, method, path, headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () =>
        resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString() }),
      );
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Does something at its time, again and again, until the end; falls behind rather than leaving out. */
async function every(ms: number, until: number, action: (dueMs: number) => Promise<void>): Promise<void> {
  const waiting: Promise<void>[] = [];
  for (let due = performance.now(); due < until; due += ms) {
    const early = due - performance.now();
    if (early > 0) await pause(early);
    waiting.push(action(due));
  }
  await Promise.all(waiting);
}

const isoOf = (ms: number): string => new Date(ms).toISOString();
const jsonLines = (records: readonly object[]): Buffer =>
  Buffer.from(records.map((record) => `${JSON.stringify(record)}\n`).join(''));

interface Passed {
  id: string;
  containerId: string;
  podName: string;
  namespace: string;
}

class Run {
  readonly intake: number[] = [];
  readonly queries: number[] = [];
  readonly links: number[] = [];
  readonly rss: number[] = [];
  taken = 0;
  refused = 0;
  #recent: Passed[] = [];
  #events = 0;
  readonly #server: Server;
  readonly #load: Load;

  constructor(server: Server, load: Load) {
    this.#server = server;
    this.#load = load;
  }

  async go(runSeconds: number): Promise<void> {
    const until = performance.now() + runSeconds * 1_000;
    await Promise.all([
      every((SPANS_PER_EXPORT / rate) * 1_000, until, (due) => this.#export(due)),
      every(QUERY_EVERY_MS, until, (due) => this.#query(due)),
      every(EVENT_EVERY_MS, until, () => this.event()),
      every(1_000, until, async () => void this.rss.push(rssOf(this.#server.child.pid ?? 0))),
    ]);
  }

  async #export(due: number): Promise<void> {
    const { body, payments } = this.#load.export(Date.now());
    const sent = Buffer.from(body);
    const records = payments.map(({ id }) => paymentOf(id));
    const answers = [
      send(this.#server.port, 'POST', '/v1/traces', sent, 'application/x-protobuf'),
      send(this.#server.port, 'POST', '/intake/payments', jsonLines(records), 'application/x-ndjson'),
    ];
    const [spans] = await Promise.all(answers);
    this.intake.push(performance.now() - due);
    if (spans?.status === 200) this.taken += SPANS_PER_EXPORT;
    else this.refused += SPANS_PER_EXPORT;
    this.#recent = payments.map(({ id, pod }) => {
      return { id, containerId: pod.containerId, podName: pod.name, namespace: pod.namespace };
    });
  }

  async #query(due: number): Promise<void> {
    const id = this.#recent[0]?.id ?? 'pay_000000001';
    const path = this.queries.length % 4 === 3 ? '/api/v1/incidents?limit=20' : `/api/v1/payments/${id}`;
    await send(this.#server.port, 'GET', path, null);
    this.queries.push(performance.now() - due);
  }

  /** An alert where a payment has just passed; over when the payment is linked. */
  async event(): Promise<void> {
    const [passed] = this.#recent;
    if (passed === undefined) return;
    const began = performance.now();
    await send(
      this.#server.port,
      'POST',
      '/intake/falco',
      jsonLines([this.#alert(passed)]),
      'application/json',
    );
    for (;;) {
      const { text } = await send(this.#server.port, 'GET', `/api/v1/payments/${passed.id}`, null);
      if (text.includes('"answer":"linked"')) break;
      if (performance.now() - began > 30_000) throw new Error(`${passed.id} was not linked within 30 s`);
      await pause(POLL_MS);
    }
    this.links.push(performance.now() - began);
  }

  #alert({ containerId, podName, namespace }: Passed): object {
    this.#events += 1;
    return {
      uuid: `bench-${this.#events}-${Date.now()}`,
      rule: 'Terminal shell in container',
      priority: 'Notice',
      source: 'syscall',
      output: 'A shell was spawned in a container',
      time: `${isoOf(Date.now()).slice(0, -1)}000000Z`,
      output_fields: {
        'container.id': containerId.slice(0, 12),
        'k8s.ns.name': namespace,
        'k8s.pod.name': podName,
        'proc.cmdline': `sh -c ${this.#events}`,
      },
    };
  }
}

function paymentOf(id: string): object {
  const now = Date.now();
  return {
    id,
    time: isoOf(now),
    rail: 'card',
    state: 'authorized',
    amount: '12.34',
    currency: 'EUR',
    attributes: { capture_at: isoOf(now + 3_600_000) },
  };
}

/** Memory of its own: pages of the index file that the system maps in and out at will are not counted. */
function rssOf(pid: number): number {
  const found = /RssAnon:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(found?.[1] ?? 0) / 1024;
}

function cpuSecondsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function quantile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

const ms = (value: number): string => `${value.toFixed(0)} ms`;
const tail = (samples: readonly number[]): string =>
  `${ms(quantile(samples, 0.5))} / ${ms(quantile(samples, 0.99))} / ${ms(quantile(samples, 1))}`;

let server = await start();
const load = new Load(200);
const warm = new Run(server, load);
await warm.go(5);
const run = new Run(server, load);
const cpuBefore = cpuSecondsOf(server.child.pid ?? 0);
const began = performance.now();
await run.go(seconds);
const wall = (performance.now() - began) / 1_000;
const cpu = cpuSecondsOf(server.child.pid ?? 0) - cpuBefore;
const metrics = (await send(server.port, 'GET', '/metrics', null)).text;
const windowBytes = Number(/^counterfoil_window_bytes (\S+)/m.exec(metrics)?.[1] ?? 0);
server.child.kill('SIGKILL');
await new Promise((resolve) => server.child.once('exit', resolve));
const restarted = performance.now();
server = await start();
const listening = performance.now() - restarted;
const after = new Run(server, load);
await after.go(0.05);
await after.event();
const useful = performance.now() - restarted;
await stop(server);
rmSync(data, { recursive: true });
senders.destroy();
readers.destroy();

const rows = [
  ['spans sent per second', rate.toLocaleString('en')],
  ['spans answered as durable per second', Math.round(run.taken / wall).toLocaleString('en')],
  ['spans refused (429)', run.refused.toLocaleString('en')],
  ['CPU of the process, cores', (cpu / wall).toFixed(2)],
  ['intake, p50 / p99 / max', tail(run.intake)],
  ['event to provisional link, p50 / p99 / max', `${tail(run.links)} of ${run.links.length}`],
  ['API query, p50 / p99 / max', `${tail(run.queries)} of ${run.queries.length}`],
  [
    'RSS without mapped files, first 10 s / last 10 s / max',
    [run.rss.slice(0, 10), run.rss.slice(-10), run.rss]
      .map((each) => `${Math.round(Math.max(...each))} MiB`)
      .join(' / '),
  ],
  ['window held when it was killed (kill -9)', `${Math.round(windowBytes / 2 ** 20)} MiB`],
  ['restart: listening', ms(listening)],
  ['restart: a new event linked to a payment', ms(useful)],
];
const table = ['| | |', '| --- | ---: |', ...rows.map(([what, figure]) => `| ${what} | ${figure} |`)].join(
  '\n',
);
process.stdout.write(`${table}\n`);
if (values.write) {
  const page = `# Benchmarks of the live engine

<!-- Written by \`node bench/live.ts --write\`; do not edit. -->

${seconds} s at a constant rate over HTTP on loopback: OTLP protobuf, ${SPANS_PER_EXPORT} spans of 20 pods in a request, 2,000 pods; one payment
in 100 spans; an alert every two seconds; 50 API queries a second. Generator and process share ${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}),
Node ${process.version}. Command: \`node bench/live.ts --rate ${rate} --seconds ${seconds} --write\`.

${table}

Latencies count from the time at which a request was due, so a stall is not hidden by requests that were not sent. *Link*: from the sending
of an alert to the first answer of the API that says the payment is linked.
`;
  writeFileSync(fileURLToPath(new URL('../docs/reference/benchmarks-live.md', import.meta.url)), page);
}
