/**
 * The shared lane on real Kafka, Redis and Elasticsearch, all on this machine: how many spans a worker takes, how many links a second leave
 * for Elasticsearch, how soon a killed worker is useful again.
 *
 *   node bench/shared.ts [--spans 2000000] [--links 40000] [--write]
 *
 * --write puts the figures into docs/reference/benchmarks-shared.md.
 */
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Kafka, logLevel, Partitioners, type Producer } from 'kafkajs';
import { Load, SPANS_PER_EXPORT } from './live-load.ts';
import { withoutLength } from './live-traffic.ts';
import { BenchServers, cpuSecondsOf, kill, metric, pause, type Worker } from './servers.ts';
import { ProtobufEncoder } from './span-encoders.ts';
import { Traffic } from './traffic.ts';

const { values } = parseArgs({
  options: {
    spans: { type: 'string', default: '2000000' },
    links: { type: 'string', default: '40000' },
    write: { type: 'boolean', default: false },
  },
});
const spanCount = Number(values.spans);
const linkCount = Number(values.links);
const PARTITIONS = 4;
const POLL_MS = 50;

const servers = new BenchServers();
const rows: [what: string, figure: string][] = [];
const tell = (what: string, figure: string): void => {
  rows.push([what, figure]);
  process.stderr.write(`${what}: ${figure}\n`);
};
const whole = (value: number): string => Math.round(value).toLocaleString('en');
const isoOf = (ms: number): string => new Date(ms).toISOString();

async function producer(): Promise<Producer> {
  const kafka = new Kafka({ brokers: [servers.address('kafka')], logLevel: logLevel.NOTHING });
  const made = kafka.producer({ idempotent: true, createPartitioner: Partitioners.DefaultPartitioner });
  await made.connect();
  return made;
}

async function send(to: Producer, topic: string, bodies: readonly (Buffer | string)[]): Promise<void> {
  const messages = bodies.map((value, at) => ({ value, partition: at % PARTITIONS }));
  await to.send({ topic, messages });
}

/** The topic is full, then one worker takes it. */
async function spansPerSecond(to: Producer): Promise<void> {
  const config = await servers.configure('spans', PARTITIONS);
  const load = new Load(200);
  const exports = Math.ceil(spanCount / SPANS_PER_EXPORT);
  for (let at = 0; at < exports; at += 16) {
    const now = Date.now();
    await send(
      to,
      'spans.spans',
      Array.from({ length: 16 }, () => Buffer.from(load.export(now).body)),
    );
  }
  const total = Math.ceil(exports / 16) * 16 * SPANS_PER_EXPORT;
  const redis = servers.pidOf('redis');
  const redisBefore = cpuSecondsOf(redis);
  const worker = await servers.worker(config, 'spans');
  while ((await metric(worker, 'spans_written_total')) === 0) await pause(POLL_MS);
  const [from, first, cpu] = [
    performance.now(),
    await metric(worker, 'spans_written_total'),
    cpuSecondsOf(worker.pid),
  ];
  while ((await metric(worker, 'spans_written_total')) < total) await pause(POLL_MS);
  const seconds = (performance.now() - from) / 1_000;
  const millions = (total - first) / 1_000_000;
  tell('spans that one worker takes, per second', whole((total - first) / seconds));
  tell('CPU of the worker, µs a span', ((cpuSecondsOf(worker.pid) - cpu) / millions).toFixed(2));
  tell('CPU of Redis, µs a span', ((cpuSecondsOf(redis) - redisBefore) / (total / 1_000_000)).toFixed(2));
  await kill(worker);
}

/** Requests through one pod, each with a payment of its own, are read; then an alert comes in that pod. */
async function linksPerSecond(to: Producer): Promise<void> {
  const config = await servers.configure('links', PARTITIONS);
  const pod = new Traffic({ spans: 0, events: 0, payments: 0 }).pods[0];
  if (pod === undefined) throw new Error('there are no pods');
  const encoder = new ProtobufEncoder();
  const now = Date.now();
  for (let at = 0; at < linkCount; at += SPANS_PER_EXPORT) {
    const ids = Array.from({ length: SPANS_PER_EXPORT }, (_, i) => at + i);
    const spans = ids.map((id) => encoder.span(spanOf(id, now)));
    await send(to, 'links.spans', [withoutLength(encoder.request(pod, spans))]);
    await send(to, 'links.payments', [ids.map((id) => JSON.stringify(paymentOf(id, now))).join('\n')]);
  }
  const workers = await Promise.all(
    ['spans', 'events', 'payments'].map((role) => servers.worker(config, role)),
  );
  const incidents = await servers.worker(config, 'incidents');
  await until(async () => (await found('links-payments')) >= linkCount);
  await caughtUp(incidents);
  const cpu = [cpuSecondsOf(incidents.pid), cpuSecondsOf(servers.pidOf('elasticsearch'))] as const;
  const from = performance.now();
  await send(to, 'links.alerts', [JSON.stringify(alertOf(pod, now))]);
  await until(async () => (await found('links-links-*')) >= linkCount);
  const seconds = (performance.now() - from) / 1_000;
  tell('links that leave for Elasticsearch, per second', whole(linkCount / seconds));
  tell(
    'CPU of the incidents worker, µs a link',
    whole(((cpuSecondsOf(incidents.pid) - cpu[0]) / linkCount) * 1e6),
  );
  const elastic = cpuSecondsOf(servers.pidOf('elasticsearch')) - cpu[1];
  tell('CPU of Elasticsearch, µs a link', whole((elastic / linkCount) * 1e6));
  await restarts(to, config, incidents, alertOf(pod, now));
  for (const worker of workers) await kill(worker);
}

/** Kills the incidents worker, and asks when what comes next is linked. */
async function restarts(to: Producer, config: string, incidents: Worker, alert: object): Promise<void> {
  await caughtUp(incidents);
  await kill(incidents);
  const before = await found('links-links-*');
  const from = performance.now();
  const again = await servers.worker(config, 'incidents');
  tell('incidents worker killed: listening again', `${whole(performance.now() - from)} ms`);
  await send(to, 'links.alerts', [JSON.stringify({ ...alert, uuid: 'second', rule: 'Another shell' })]);
  await until(async () => (await found('links-links-*')) > before);
  tell('incidents worker killed: first new link in Elasticsearch', `${whole(performance.now() - from)} ms`);
  await kill(again);
}

function spanOf(id: number, nowMs: number) {
  const hex = id.toString(16).padStart(8, '0');
  const end = BigInt(nowMs) * 1_000_000n;
  return {
    pod: 0,
    traceId: `${hex}a1b2c3d4e5f60718293a4b5c`,
    spanId: `${hex}a1b2c3d4`,
    name: 'POST /v1/entries',
    startNanos: end - 20_000_000n,
    endNanos: end,
    attributes: [['payment.transaction_id', `pay_${id}`]] as [string, string][],
  };
}

function paymentOf(id: number, nowMs: number): object {
  const capture = { capture_at: isoOf(nowMs + 3_600_000) };
  const money = { amount: '12.34', currency: 'EUR' };
  return {
    id: `pay_${id}`,
    time: isoOf(nowMs),
    rail: 'card',
    state: 'authorized',
    ...money,
    attributes: capture,
  };
}

function alertOf(
  { containerId, namespace, name }: { containerId: string; namespace: string; name: string },
  nowMs: number,
) {
  return {
    uuid: 'first',
    rule: 'Terminal shell in container',
    priority: 'Notice',
    source: 'syscall',
    output: 'A shell was spawned in a container',
    time: `${isoOf(nowMs).slice(0, -1)}000000Z`,
    output_fields: {
      'container.id': containerId.slice(0, 12),
      'k8s.ns.name': namespace,
      'k8s.pod.name': name,
      'proc.cmdline': 'sh',
    },
  };
}

/** How many documents an index has, with those of this moment. */
async function found(index: string): Promise<number> {
  const url = servers.address('elasticsearch');
  await fetch(`${url}/${index}/_refresh`, { method: 'POST' });
  const answer = (await (await fetch(`${url}/${index}/_count`)).json()) as { count?: number };
  return answer.count ?? 0;
}

/** Nothing waits, neither to be read nor to leave. */
async function caughtUp(worker: Worker): Promise<void> {
  await until(async () => {
    const waiting = (await metric(worker, 'queue_depth')) + (await metric(worker, 'outbox_depth'));
    return waiting === 0;
  });
}

async function until(ask: () => Promise<boolean>): Promise<void> {
  while (!(await ask())) await pause(POLL_MS);
}

try {
  await servers.start();
  const to = await producer();
  await spansPerSecond(to);
  await linksPerSecond(to);
  await to.disconnect();
} finally {
  await servers.stop();
}
const table = ['| | |', '| --- | ---: |', ...rows.map(([what, figure]) => `| ${what} | ${figure} |`)].join(
  '\n',
);
process.stdout.write(`${table}\n`);
if (values.write) {
  const page = `# Benchmarks on Kafka, Redis and Elasticsearch

<!-- Written by \`node bench/shared.ts --write\`; do not edit. -->

All of it on one machine of ${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}), Node ${process.version}: one broker, one Redis, one Elasticsearch, the workers, the
generator; nothing is on a network. Spans: OTLP protobuf, ${SPANS_PER_EXPORT} in a record, 2,000 pods, ${PARTITIONS} partitions. Links: ${whole(linkCount)} requests through one pod, each with a payment,
then one alert there; counted until all are in Elasticsearch. Command: \`node bench/shared.ts --spans ${spanCount} --links ${linkCount} --write\`.

${table}
`;
  writeFileSync(fileURLToPath(new URL('../docs/reference/benchmarks-shared.md', import.meta.url)), page);
}
process.exit(0);
