/** The engine with all that it stands on, in the thread that runs it: store, log, window, intake, loop. */
import { mkdirSync } from 'node:fs';
import { openBody } from '../adapters/file/body-source.ts';
import type { Checkpointer } from '../adapters/embedded/checkpointer.ts';
import { systemClock } from '../adapters/embedded/clock.ts';
import { openEmbeddedStore, type EmbeddedStore } from '../adapters/embedded/embedded-store.ts';
import { openEventLog, type EmbeddedEventLog } from '../adapters/embedded/event-log.ts';
import { systemTimers } from '../adapters/embedded/timers.ts';
import { createWindowStore } from '../adapters/embedded/window-store.ts';
import type { Config } from '../config/options.ts';
import type { TelemetrySilent } from '../join/talk-rate.ts';
import { formatInstant, MICROS_PER_MS } from '../model/instant.ts';
import { CounterfoilError } from '../model/errors.ts';
import type { Accounting, InputName } from '../model/accounting.ts';
import type { IntakeAnswer, IntakeRequest } from '../ports/intake.ts';
import type { EngineStatus, LiveEngine, MetricSample } from '../ports/live-engine.ts';
import type { RedriveAnswer, Redrives } from '../ports/redrives.ts';
import type { WindowStore } from '../ports/window-store.ts';
import { Backlog } from '../runtime/live/backlog.ts';
import { Engine } from '../runtime/live/engine.ts';
import type { EngineOptions } from '../runtime/live/engine-options.ts';
import { EngineLoop } from '../runtime/live/engine-loop.ts';
import { RedriveService } from '../runtime/live/redrive-service.ts';
import { FrameBuilder } from '../runtime/live/frame-builder.ts';
import { IntakeService } from '../runtime/live/intake.ts';
import { ClosedEvents, type ClosedSample } from '../runtime/reconcile/closed-events.ts';
import type { Logger } from '../telemetry/log.ts';
import { MetricBook } from '../telemetry/metric-book.ts';
import { bodyLimits, engineOptions, redactorOf, textRecordsOf } from './compose.ts';
import {
  accountingSamples,
  correlationSamples,
  noteFrame,
  noteRefused,
  noteWatermarks,
} from './engine-metrics.ts';
import type { EngineThreadData } from './engine-rpc.ts';

const MS_PER_SECOND = 1_000;

export class EngineHost implements LiveEngine, Redrives {
  readonly #parts: OpenParts;
  readonly #log: EmbeddedEventLog;
  readonly #windows: WindowStore;
  readonly #loop: EngineLoop;
  readonly #intake: IntakeService;
  readonly #redrives: RedriveService;
  readonly #backlog: Backlog;
  readonly #book: MetricBook;
  readonly #engine: Engine;
  readonly #closed: ClosedEvents;
  readonly #bounded: readonly InputName[] | null;
  /** Up to here an earlier run took records; once they are applied, documents are as they were. */
  readonly #takenBefore: number;
  #caughtUp: boolean;

  private constructor(
    parts: OpenParts,
    made: MadeParts,
    { config, bounded }: EngineThreadData,
    logger: Logger,
  ) {
    const { log, windows, store } = parts;
    const { engine, builder, excerpt, takenBefore, book, closed } = made;
    this.#closed = closed;
    this.#parts = parts;
    this.#log = log;
    this.#windows = windows;
    this.#engine = engine;
    this.#bounded = bounded;
    this.#takenBefore = takenBefore;
    this.#caughtUp = engine.nextOffset(0) >= takenBefore;
    this.#backlog = new Backlog();
    this.#book = book;
    const limits = bodyLimits(config);
    this.#intake = new IntakeService({
      builder,
      log,
      backlog: this.#backlog,
      open: (request) =>
        openBody(
          { ...request, bytes: request.body, exact: request.input === 'payments' },
          { excerpt, limits, isTextRecord: textRecordsOf(request.input) },
        ),
      limits: {
        inFlightBytes: config['intake.max_in_flight_bytes'],
        lagBytes: config['intake.max_lag_bytes'],
      },
      onTaken: (request, frame) => noteFrame(this.#book, request, frame),
    });
    this.#redrives = new RedriveService({
      letters: store.deadLetters,
      log,
      backlog: this.#backlog,
      clock: systemClock,
      lagBytes: config['intake.max_lag_bytes'],
    });
    const moved = { engine, log, backlog: this.#backlog, clock: systemClock, timers: systemTimers };
    this.#loop = new EngineLoop(moved, {
      bounded,
      onStep: (stage, ms) => this.#noteStep(stage, ms, logger),
      onPoison: ({ offset }) =>
        logger.log('error', 'record-passed-over', `offset ${offset}; see /api/v1/dead-letters`),
      onFinished: () => logger.log('info', 'engine-finished'),
      afterCheckpoint: async () => {
        parts.store.mustBeInPlace();
        await log.retain();
      },
    });
  }

  /** Opens what the data folder holds, and takes it up. */
  static async start(
    data: EngineThreadData,
    { logger, onIncidents }: { logger: Logger; onIncidents: (ids: readonly string[]) => void },
  ): Promise<EngineHost> {
    const { config, env, bounded } = data;
    const redactor = redactorOf(config, env);
    const excerpt = (text: string): string => redactor.excerpt(text);
    const { engine: options, decoders } = engineOptions(
      config,
      redactor,
      bounded === null ? 'live' : 'bounded',
    );
    for (const { at, text } of options.rules.doubts) logger.log('warn', 'rule-doubtful', `${at}: ${text}`);
    const parts = await open(config, logger);
    const book = new MetricBook();
    const closed = new ClosedEvents();
    const onClosed = (eventIds: readonly string[]): void => closed.add(eventIds);
    const onSilence = (eventId: string, silences: readonly TelemetrySilent[]): void => {
      book.add('telemetry_silent_total', {});
      logger.log('warn', 'telemetry-silent', silenceText(eventId, silences), { 'event.id': eventId });
    };
    const onSetAside: EngineOptions['onSetAside'] = (input, reason, count) =>
      noteRefused(book, input, reason, count);
    const onSuppressed = (rule: string): void => book.add('rule_matches_suppressed_total', { rule });
    try {
      const { store, log, windows } = parts;
      const ports = { log, windows, facts: store.facts, index: store.index };
      const engine = new Engine(ports, {
        ...options,
        onSilence,
        onSetAside,
        onSuppressed,
        onIncidents,
        onClosed,
      });
      await engine.start();
      const takenBefore = await log.end(0);
      return new EngineHost(
        parts,
        { engine, builder: new FrameBuilder(decoders, redactor), excerpt, takenBefore, book, closed },
        data,
        logger,
      );
    } catch (error) {
      await close(parts);
      throw error;
    }
  }

  /** Resolves when it was drained; rejects with what stopped it. */
  async run(): Promise<void> {
    await this.#loop.run();
  }

  async submit(request: IntakeRequest): Promise<IntakeAnswer> {
    const from = systemClock.elapsedMs();
    try {
      return await this.#intake.submit(request);
    } finally {
      const seconds = (systemClock.elapsedMs() - from) / MS_PER_SECOND;
      this.#book.observe('process_duration_seconds', { stage: 'intake' }, seconds);
    }
  }

  async end(input: InputName): Promise<void> {
    await this.#intake.end(input);
  }

  async redrive(letterId: string): Promise<RedriveAnswer> {
    if (this.#loop.finished)
      throw new CounterfoilError('CF_ENDED', 'The run has finished, and its documents are final.');
    return await this.#redrives.redrive(letterId);
  }

  async status(): Promise<EngineStatus> {
    const [begin, end] = [await this.#log.begin(0), await this.#log.end(0)];
    return {
      state: this.#loop.finished ? 'finished' : this.#caughtUp ? 'running' : 'catching_up',
      bounded: this.#bounded,
      lag: { records: end - this.#engine.nextOffset(0), bytes: this.#backlog.bytes },
      log: { begin, end, ...this.#log.usage() },
    };
  }

  #noteStep(stage: string, ms: number, logger: Logger): void {
    this.#book.observe('process_duration_seconds', { stage }, ms / MS_PER_SECOND);
    if (this.#caughtUp || stage === 'apply' || this.#engine.nextOffset(0) < this.#takenBefore) return;
    this.#caughtUp = true;
    logger.log('info', 'engine-ready');
  }

  takeClosed(): ClosedSample {
    return this.#closed.take();
  }

  async accounting(): Promise<Accounting> {
    return this.#loop.accounting();
  }

  async metrics(): Promise<MetricSample[]> {
    const { lag, log } = await this.status();
    const { bytes, spilledBytes, chunks } = await this.#windows.usage();
    noteWatermarks(this.#book, this.#engine.time.watermarks(), systemClock.now());
    this.#book.set('queue_depth', { queue: 'log' }, lag.records);
    this.#book.set('queue_bytes', { queue: 'log' }, lag.bytes);
    this.#book.set('log_bytes', {}, log.bytes);
    this.#book.set('log_segments', {}, log.segments);
    this.#book.set('window_entries', {}, chunks);
    this.#book.set('window_bytes', {}, bytes);
    this.#book.set('window_spilled_bytes', {}, spilledBytes);
    return [
      ...this.#book.samples(),
      ...accountingSamples(this.#loop.accounting()),
      ...correlationSamples(this.#engine),
    ];
  }

  /** Nothing is submitted any more: applies what is in the log, commits. */
  async drain(): Promise<void> {
    await this.#loop.drain();
  }

  async close(): Promise<void> {
    await close(this.#parts);
  }
}

/** Names no pod: what records say stays out of the log; the event's document names it. @param silences at least one */
function silenceText(eventId: string, silences: readonly TelemetrySilent[]): string {
  const last = silences.map(
    ({ lastSeen, expectedBy }) =>
      `last span ${formatInstant(lastSeen)}, the next was due by ${formatInstant(expectedBy)}`,
  );
  return `${eventId}: ${last.join('; ')}. See whether the pod, its collector or its telemetry was stopped.`;
}

interface MadeParts {
  engine: Engine;
  builder: FrameBuilder;
  takenBefore: number;
  book: MetricBook;
  closed: ClosedEvents;
  excerpt: (text: string) => string;
}

interface OpenParts {
  store: EmbeddedStore;
  checkpointer: Checkpointer;
  log: EmbeddedEventLog;
  windows: WindowStore;
}

/** The store first: its lock keeps a second process from the log too. */
async function open(config: Config, logger: Logger): Promise<OpenParts> {
  const directory = config['data.dir'];
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const store = openEmbeddedStore(directory, 'write', { tenant: config.tenant });
  try {
    const log = await openEventLog({
      directory,
      maxBytes: config['log.max_bytes'],
      retentionMs: config['log.retention'] / MICROS_PER_MS,
    });
    const { truncatedBytes } = log.recovered;
    if (truncatedBytes > 0)
      logger.log('warn', 'log-recovered', `${truncatedBytes} bytes, none of them acknowledged`);
    const checkpointer = store.startCheckpointer(() => logger.log('warn', 'checkpoints-stopped'));
    return { store, checkpointer, log, windows: createWindowStore({ maxBytes: config['window.max_bytes'] }) };
  } catch (error) {
    store.close();
    throw error;
  }
}

async function close({ store, checkpointer, log, windows }: OpenParts): Promise<void> {
  await checkpointer.stop();
  await log.close();
  await windows.close();
  store.close();
}
