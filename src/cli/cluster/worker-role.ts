/** Workers that read input topics in a consumer group: of spans, of security records, of payments. */
import { systemClock } from '../../adapters/embedded/clock.ts';
import { systemTimers } from '../../adapters/embedded/timers.ts';
import { openTopicReader } from '../../adapters/kafka/topic-reader.ts';
import type { Config } from '../../config/options.ts';
import type { Redactor } from '../../formats/redaction/redact.ts';
import type { InputMode } from '../../join/partition-progress.ts';
import { MICROS_PER_MS } from '../../model/instant.ts';
import type { CounterfoilError } from '../../model/errors.ts';
import type { MetricSample } from '../../ports/live-engine.ts';
import type { PartitionLag, TopicHandler, TopicReader } from '../../ports/topic-reader.ts';
import { FrameBuilder } from '../../runtime/live/frame-builder.ts';
import { EndedHandler, type EndOffsets } from '../../runtime/workers/end-offsets.ts';
import { RecordWorker } from '../../runtime/workers/record-worker.ts';
import { SpanWorker } from '../../runtime/workers/span-worker.ts';
import type { TopicInput } from '../../runtime/workers/topic-input.ts';
import type { Logger } from '../../telemetry/log.ts';
import { MetricBook } from '../../telemetry/metric-book.ts';
import { engineOptions } from '../compose.ts';
import { noteRecord } from '../engine-metrics.ts';
import type { Connections } from './connections.ts';
import type { Role, RoleName, RoleState } from './role.ts';
import { Soon } from './soon.ts';
import { bodiesOf } from './topic-frames.ts';
import { groupOf, INPUTS_OF, topicsOf } from './topics.ts';

export type WorkerName = 'events' | 'spans' | 'payments';

/** Whether a run over topics ends, and where. */
export interface RunSpan {
  mode: InputMode;
  /** Of a bounded run; of topics that are not named the end is found. */
  ends: EndOffsets;
}

export interface RoleSurroundings extends RunSpan {
  config: Config;
  /** Secrets are read from it; threads of their own connect once more. */
  env: Readonly<Record<string, string | undefined>>;
  connections: Connections;
  redactor: Redactor;
  logger: Logger;
  /** What the process measures beside its workers. */
  book: MetricBook;
}

/** A handler that can wait, and be told not to. */
interface Worker extends TopicHandler {
  readonly troubled: boolean;
  giveUp(): void;
}

/** @throws CounterfoilError CF_UNREACHABLE, CF_SERVER_SETUP */
export async function openWorker(name: WorkerName, around: RoleSurroundings): Promise<Role> {
  const { config, connections } = around;
  const topics = (INPUTS_OF[name] ?? []).flatMap((input) =>
    topicsOf(config, input).map((topic) => ({ topic, input })),
  );
  const book = new MetricBook();
  const worker =
    name === 'spans'
      ? await spanWorker(around, topics, book)
      : await recordWorker(name, around, topics, book);
  const group = groupOf(config, name);
  const sessionMs = config['kafka.session_timeout'] / MICROS_PER_MS;
  const reader = await openTopicReader(
    await connections.kafka(),
    {
      group,
      topics: topics.map(({ topic }) => topic),
      sessionMs,
      rebalanceMs: 2 * sessionMs,
      heartbeatMs: sessionMs / 10,
    },
    systemClock,
  );
  return new WorkerRole(name, worker, reader, around.ends, book);
}

function partsOf({ config, redactor, mode }: RoleSurroundings) {
  const { engine, decoders } = engineOptions(config, redactor, mode);
  return {
    engine,
    builder: new FrameBuilder(decoders, redactor),
    open: bodiesOf(config, redactor),
    timers: systemTimers,
  };
}

/** Says that a role waits, and that it goes on. */
export function troubleLog(role: RoleName, logger: Logger): (error: CounterfoilError | null) => void {
  return (error) => {
    if (error === null) logger.log('info', 'waiting-over', role);
    else logger.log('warn', 'waiting', `${role}: ${error.message}`, { 'error.code': error.code });
  };
}

async function spanWorker(
  around: RoleSurroundings,
  topics: readonly TopicInput[],
  book: MetricBook,
): Promise<Worker> {
  const { config, connections, logger, mode } = around;
  const { builder, open, timers, engine } = partsOf(around);
  const [windows, traces, links] = [
    await connections.windows(),
    await connections.traces(),
    await connections.links(),
  ];
  return new SpanWorker(
    { builder, open, timers, windows, traces, links, clock: systemClock },
    {
      topics: topics.map(({ topic }) => topic),
      mode,
      cluster: config.cluster,
      join: engine.settings,
      time: engine.time,
      onTrouble: troubleLog('spans', logger),
      onRecord: (record) => noteRecord(book, record),
      onFlush: ({ spans, chunks, ms }) => {
        book.add('spans_written_total', {}, spans);
        book.add('chunks_written_total', {}, chunks);
        book.observe('process_duration_seconds', { stage: 'flush' }, ms / 1_000);
      },
    },
  );
}

async function recordWorker(
  name: WorkerName,
  around: RoleSurroundings,
  topics: readonly TopicInput[],
  book: MetricBook,
): Promise<Worker> {
  const { connections, logger, mode } = around;
  const { builder, open, timers } = partsOf(around);
  const links = await connections.links();
  return new RecordWorker(
    { builder, open, timers, links },
    {
      topics,
      mode,
      onTrouble: troubleLog(name, logger),
      onRecord: (record) => noteRecord(book, record),
    },
  );
}

class WorkerRole implements Role {
  readonly name: WorkerName;
  readonly #worker: Worker;
  readonly #handler: TopicHandler;
  readonly #reader: TopicReader;
  readonly #book: MetricBook;
  readonly #lag: Soon<PartitionLag[]>;

  constructor(name: WorkerName, worker: Worker, reader: TopicReader, ends: EndOffsets, book: MetricBook) {
    this.name = name;
    this.#handler = new EndedHandler(worker, ends);
    this.#worker = worker;
    this.#reader = reader;
    this.#book = book;
    this.#lag = new Soon(() => reader.lag());
  }

  async run(): Promise<void> {
    await this.#reader.run(this.#handler);
  }

  async stop(): Promise<void> {
    // What waits for a server may wait for ever; the next owner reads it again.
    if (this.#worker.troubled) this.#worker.giveUp();
    await this.#reader.stop();
  }

  async state(): Promise<RoleState> {
    if (this.#worker.troubled) return { ready: false, detail: 'waits for a server; see the log' };
    const lag = await this.#lag.get();
    if (lag === null) return { ready: false, detail: 'Kafka does not answer; see the log' };
    const behind = lag.reduce((sum, { position, end }) => sum + end - position, 0);
    return { ready: true, detail: `${behind} records behind` };
  }

  async samples(): Promise<MetricSample[]> {
    this.#book.set('waiting', { role: this.name }, this.#worker.troubled ? 1 : 0);
    // While Kafka does not answer, what it said last is shown.
    for (const { topic, partition, position, end } of (await this.#lag.get()) ?? [])
      this.#book.set('topic_lag_records', { topic, partition: `${partition}` }, end - position);
    return this.#book.samples();
  }
}
