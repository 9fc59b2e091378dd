/**
 * The incidents worker: the engine of the embedded lane over the topic of links, with the window that workers share, and the publisher
 * that takes its documents out (decision 14).
 *
 * When what the workers share is lost, or a server was away for longer than its driver tries, the engine is made anew from what was
 * committed, in the same process: that is how it puts its events back.
 */
import { mkdirSync } from 'node:fs';
import type { Checkpointer } from '../../adapters/embedded/checkpointer.ts';
import { systemClock } from '../../adapters/embedded/clock.ts';
import {
  openEmbeddedStore,
  type EmbeddedStore,
  type OpenOutbox,
} from '../../adapters/embedded/embedded-store.ts';
import { systemTimers } from '../../adapters/embedded/timers.ts';
import { BULK_DEFAULTS } from '../../adapters/elasticsearch/bulk.ts';
import { ElasticDeadLetters } from '../../adapters/elasticsearch/dead-letters.ts';
import { ElasticDocumentSink } from '../../adapters/elasticsearch/document-sink.ts';
import { KafkaFeeds } from '../../adapters/kafka/feeds.ts';
import { topicPartitions } from '../../adapters/kafka/topics.ts';
import type { Accounting, InputName } from '../../model/accounting.ts';
import type { CounterfoilError } from '../../model/errors.ts';
import type { EventLog } from '../../ports/event-log.ts';
import type { MetricSample } from '../../ports/live-engine.ts';
import { Backlog } from '../../runtime/live/backlog.ts';
import { Engine } from '../../runtime/live/engine.ts';
import { EngineLoop } from '../../runtime/live/engine-loop.ts';
import type { EnginePorts } from '../../runtime/live/engine-options.ts';
import { sourceOf } from '../../runtime/live/origin.ts';
import { ClosedEvents, type ClosedSample } from '../../runtime/reconcile/closed-events.ts';
import { OutboxPublisher } from '../../runtime/publishing/outbox-publisher.ts';
import { isPassing, Patience } from '../../runtime/workers/patience.ts';
import { MetricBook } from '../../telemetry/metric-book.ts';
import { engineOptions, INPUT_NAMES } from '../compose.ts';
import { accountingSamples, correlationSamples, noteRefused, noteWatermarks } from '../engine-metrics.ts';
import { startReconciling } from '../retro/reconciling.ts';
import { Notices } from '../notices.ts';
import type { Role, RoleState } from './role.ts';
import { Soon } from './soon.ts';
import { topicFramesOf } from './topic-frames.ts';
import { topicsOf } from './topics.ts';
import { Turn } from './turn.ts';
import { troubleLog, type RoleSurroundings } from './worker-role.ts';

const MAX_DEAD_LETTERS = 100_000;
/** The publisher tries again for ever; this soon it says that it does. */
const BULK_SETTINGS = { ...BULK_DEFAULTS, giveUpMs: 5_000 };
const ROOM_CHECK_MS = 250;
const MS_PER_SECOND = 1_000;

interface Parts {
  ports: EnginePorts;
  log: EventLog;
  store: EmbeddedStore;
  checkpointer: Checkpointer;
  outgoing: OpenOutbox;
  feed: KafkaFeeds;
  turn: Turn;
  /** Null: there is no webhook. */
  notices: Notices | null;
}

export class IncidentsRole implements Role {
  readonly name = 'incidents';
  readonly #around: RoleSurroundings;
  readonly #parts: Parts;
  readonly #publisher: OutboxPublisher;
  readonly #book = new MetricBook();
  readonly #closed: ClosedEvents;
  readonly #lag: Soon<number>;
  #engine: Engine;
  #loop: EngineLoop;
  #stopping = false;
  #tells = false;
  #finished: PromiseWithResolvers<void> = Promise.withResolvers();
  #held: CounterfoilError | null = null;
  readonly #patience: Patience;

  private constructor(around: RoleSurroundings, parts: Parts, engine: Engine, closed: ClosedEvents) {
    this.#closed = closed;
    this.#around = around;
    this.#parts = parts;
    this.#engine = engine;
    this.#lag = new Soon(async () => (await parts.log.end(0)) - this.#engine.nextOffset(0));
    this.#patience = new Patience({
      timers: systemTimers,
      onTrouble: troubleLog('incidents', around.logger),
    });
    this.#loop = this.#loopOf(engine);
    this.#publisher = this.#publisherOf();
  }

  /** @throws CounterfoilError CF_UNREACHABLE, CF_SERVER_SETUP, CF_INDEX_LOCKED … */
  static async open(around: RoleSurroundings): Promise<IncidentsRole> {
    const parts = await openParts(around);
    try {
      const closed = new ClosedEvents();
      const engine = engineOf(around, parts, closed);
      await engine.start(systemClock.now());
      return new IncidentsRole(around, parts, engine, closed);
    } catch (error) {
      await closeParts(parts);
      throw error;
    }
  }

  /** Resolves when a bounded run has come to its end and its documents have left. */
  get finished(): Promise<void> {
    return this.#finished.promise;
  }

  async run(): Promise<void> {
    const publishing = this.#publisher.run();
    const turning = this.#parts.turn.run();
    const reconciling = this.#reconciling();
    try {
      const ended = publishing.then(() => Promise.reject(new Error('the publisher has ended')));
      await Promise.race([this.#runEngine(), ended, turning.then(() => new Promise<never>(() => undefined))]);
      // What was committed last leaves too, as long as somebody takes it.
      if (this.#held === null) await this.#publisher.drain();
    } finally {
      await this.#parts.turn.stop();
      await turning.catch(() => undefined);
      reconciling?.stop();
      this.#publisher.stop();
      await publishing.catch(() => undefined);
      await closeParts(this.#parts);
    }
  }

  /** Whoever publishes tells people, too; a receiver passes over what it was told by the one before. */
  #tell(): void {
    const { notices } = this.#parts;
    if (notices === null || this.#tells || !this.#parts.turn.isMine) return;
    this.#tells = true;
    notices.start(this.#around.config['server.public_url'] ?? '');
  }

  #reconciling(): ReturnType<typeof startReconciling> {
    const { config, env, logger, mode } = this.#around;
    if (mode === 'bounded') return null;
    const takeClosed = async (): Promise<ClosedSample> => this.#closed.take();
    return startReconciling({ config, env }, { takeClosed, logger, book: this.#book });
  }

  async #runEngine(): Promise<void> {
    for (;;) {
      try {
        return await this.#loop.run();
      } catch (error) {
        if (isPassing(error)) await this.#beginAfter(error);
        else if ((error as Partial<CounterfoilError>).code === 'CF_WINDOW_LOST') {
          this.#around.logger.log('warn', 'window-lost');
          await this.#beginAfter(null);
        } else throw error;
      }
    }
  }

  /** Tries until another engine has begun. @param failure what passes by itself: it counts as the first try */
  async #beginAfter(failure: CounterfoilError | null): Promise<void> {
    let first = failure;
    await this.#patience.until(async () => {
      const failed = first;
      first = null;
      if (failed !== null) throw failed;
      await this.#begin();
    });
  }

  /** Another engine takes up what was committed. */
  async #begin(): Promise<void> {
    await this.#parts.store.facts.rollback();
    this.#engine = engineOf(this.#around, this.#parts, this.#closed);
    await this.#engine.start(systemClock.now());
    this.#loop = this.#loopOf(this.#engine);
    if (this.#stopping) void this.#loop.drain();
  }

  #loopOf(engine: Engine): EngineLoop {
    const { mode, logger } = this.#around;
    const { log, store } = this.#parts;
    return new EngineLoop(
      { engine, log, backlog: new Backlog(), clock: systemClock, timers: systemTimers },
      {
        bounded: mode === 'bounded' ? INPUT_NAMES : null,
        onStep: (stage, ms) => this.#book.observe('process_duration_seconds', { stage }, ms / MS_PER_SECOND),
        onPoison: ({ offset }) =>
          logger.log('error', 'record-passed-over', `offset ${offset} of the topic of links`),
        onFinished: () => {
          logger.log('info', 'engine-finished');
          void this.#leave();
        },
        hasRoom: () => this.#hasRoom(),
        afterCheckpoint: async () => {
          store.mustBeInPlace();
          this.#tell();
        },
      },
    );
  }

  async #leave(): Promise<void> {
    while (!this.#stopping && !this.#parts.turn.isMine) await pause(ROOM_CHECK_MS);
    await this.#publisher.drain();
    this.#finished.resolve();
  }

  /** Waits while too much waits to leave; the lag of the topic of links grows meanwhile. Of one that stands by nothing leaves. */
  async #hasRoom(): Promise<void> {
    const limit = this.#around.config['elasticsearch.max_waiting'];
    const isFull = async (): Promise<boolean> =>
      this.#parts.turn.isMine && (await this.#parts.outgoing.outbox.depth()) >= limit;
    while (!this.#stopping && (await isFull())) await pause(ROOM_CHECK_MS);
  }

  #publisherOf(): OutboxPublisher {
    const { config, connections, logger } = this.#around;
    const { outgoing, feed } = this.#parts;
    const { tenant } = config;
    const { around, names } = connections;
    const elastic = connections.elastic();
    const kept = { names, tenant, limit: MAX_DEAD_LETTERS };
    const letters = new ElasticDeadLetters(elastic, kept, BULK_SETTINGS, around);
    return new OutboxPublisher(
      {
        ...outgoing,
        feed,
        timers: systemTimers,
        sink: new ElasticDocumentSink(elastic, names, BULK_SETTINGS, around),
        letters: {
          addDeadLetters: async (added) => {
            await letters.addDeadLetters(added);
            await feed.addDeadLetters(tenant, added);
          },
          markRedriven: (redriven) => letters.markRedriven(redriven),
        },
      },
      {
        tenant,
        isActive: () => this.#parts.turn.isMine,
        onBatch: ({ documents, dead }) => {
          this.#book.add('documents_written_total', {}, documents - dead.length);
          for (const { kind, id, why } of dead) {
            this.#book.add('documents_refused_total', {});
            logger.log('error', 'document-refused', `${kind} ${id}: ${why ?? 'no reason'}`);
          }
        },
        onStopped: (why) => {
          this.#held = why;
          troubleLog('incidents', logger)(why);
        },
      },
    );
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.#patience.stop();
    await this.#loop.drain();
  }

  accounting(): Accounting {
    return this.#loop.accounting();
  }

  async state(): Promise<RoleState> {
    if (this.#patience.troubled) return { ready: false, detail: 'waits for a server; see the log' };
    if (this.#held !== null)
      return { ready: false, detail: 'Elasticsearch does not take documents; see the log' };
    const turn = this.#parts.turn.isMine ? '' : 'stands by, ';
    const behind = await this.#lag.get();
    if (behind === null) return { ready: false, detail: 'Kafka does not answer; see the log' };
    return { ready: true, detail: `${turn}${behind} records of the topic of links behind` };
  }

  async samples(): Promise<MetricSample[]> {
    const { outgoing } = this.#parts;
    noteWatermarks(this.#book, this.#engine.time.watermarks(), systemClock.now());
    this.#book.set('waiting', { role: this.name }, this.#held !== null || this.#patience.troubled ? 1 : 0);
    this.#book.set('active', {}, this.#parts.turn.isMine ? 1 : 0);
    this.#book.set('outbox_depth', {}, await outgoing.outbox.depth());
    const behind = await this.#lag.get();
    // While Kafka does not answer, what it said last is shown.
    if (behind !== null) this.#book.set('queue_depth', { queue: 'links' }, behind);
    return [
      ...this.#book.samples(),
      ...accountingSamples(this.accounting()),
      ...correlationSamples(this.#engine),
    ];
  }
}

async function pause(ms: number): Promise<void> {
  await new Promise<void>((resolve) => void systemTimers.after(ms, resolve));
}

function engineOf(
  { config, redactor, logger, mode, book }: RoleSurroundings,
  { ports, notices }: Parts,
  closed: ClosedEvents,
): Engine {
  const { engine } = engineOptions(config, redactor, mode);
  for (const { at, text } of engine.rules.doubts) logger.log('warn', 'rule-doubtful', `${at}: ${text}`);
  return new Engine(ports, {
    ...engine,
    onClosed: (ids) => closed.add(ids),
    onIncidents: (ids) => notices?.note(ids),
    onSetAside: (input, reason, count) => noteRefused(book, input, reason, count),
    onSuppressed: (rule) => book.add('rule_matches_suppressed_total', { rule }),
    onSilence: (id) => {
      book.add('telemetry_silent_total', {});
      logger.log('warn', 'telemetry-silent', id, { 'event.id': id });
    },
  });
}

async function openParts(around: RoleSurroundings): Promise<Parts> {
  const { config, env, connections, logger, book } = around;
  const directory = config['data.dir'];
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const log = await connections.links();
  const [windows, traces] = [await connections.windows(), await connections.traces()];
  const kafka = await connections.kafka();
  // What the engine commits from now on is new to people.
  const notices = await Notices.open(config, env, { clock: systemClock, logger, book });
  const store = openEmbeddedStore(directory, 'write', { tenant: config.tenant, outbox: true });
  try {
    const checkpointer = store.startCheckpointer(() => logger.log('warn', 'checkpoints-stopped'));
    const shared = { traces, spans: topicFramesOf(around, kafka), sources: () => sourcesOf(around) };
    return {
      log,
      store,
      checkpointer,
      ports: { log, windows, facts: store.facts, index: store.index, shared },
      outgoing: store.openOutbox(),
      feed: new KafkaFeeds(kafka, {
        incidents: config['kafka.topics.incidents'],
        deadLetters: config['kafka.topics.dead_letters'],
      }),
      turn: await Turn.open(config, connections, (isMine) =>
        logger.log('info', isMine ? 'turn-begun' : 'turn-over'),
      ),
      notices,
    };
  } catch (error) {
    store.close();
    await notices?.stop();
    throw error;
  }
}

/** The partitions of every input topic, as the brokers list them. */
async function sourcesOf({ config, connections }: RoleSurroundings): Promise<Map<InputName, string[]>> {
  const all = INPUT_NAMES.flatMap((input) => topicsOf(config, input));
  const partitions = await topicPartitions(await connections.kafka(), all);
  return new Map(
    INPUT_NAMES.map((input) => [
      input,
      topicsOf(config, input).flatMap((topic) =>
        (partitions.get(topic) ?? []).map((partition) => sourceOf({ topic, partition })),
      ),
    ]),
  );
}

async function closeParts({ store, checkpointer, outgoing, feed, ports, notices }: Parts): Promise<void> {
  await notices?.stop();
  await checkpointer.stop();
  await feed.close();
  outgoing.outbox.close();
  await ports.windows.close();
  await ports.shared?.traces.close();
  store.close();
}
