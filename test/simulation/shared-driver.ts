/**
 * The distributed lane in a test: workers of spans and of records over topics, windows and traces that they share, and the engine
 * behind them; moved by hand, in one process, without brokers. Batches can be taken twice, by whom one likes, and late.
 */
import { openBody } from '../../src/adapters/file/body-source.ts';
import type { InputName } from '../../src/model/accounting.ts';
import type { CounterfoilError } from '../../src/model/errors.ts';
import type { EnginePorts } from '../../src/runtime/live/engine-options.ts';
import type { SpanHistory } from '../../src/ports/span-history.ts';
import type { TopicHandler, TopicRecord } from '../../src/ports/topic-reader.ts';
import type { CorrelateOptions } from '../../src/runtime/correlate-options.ts';
import { sourceOf } from '../../src/runtime/live/origin.ts';
import { RecordWorker } from '../../src/runtime/workers/record-worker.ts';
import { SpanWorker } from '../../src/runtime/workers/span-worker.ts';
import type { RecordBody } from '../../src/runtime/workers/topic-input.ts';
import { TopicFrames } from '../../src/runtime/workers/topic-frames.ts';
import { EngineDriver, frameBuilderOf, INPUTS, TIME, type DriverSettings } from './engine-driver.ts';
import { LossyStores } from './lossy-stores.ts';
import { ManualTime } from './manual-timers.ts';

/** Records of one partition, by offset. */
type Partition = Uint8Array[];

export interface SharedSettings extends Omit<DriverSettings, 'around'> {
  /** How many partitions the topic of each input has. */
  partitions: number;
}

export class SharedDriver {
  readonly engine: EngineDriver;
  /** The spans of the topic once more, as far as workers have read it. */
  readonly spans: TopicFrames;
  readonly #options: CorrelateOptions;
  readonly #topics: Map<string, Partition[]>;
  readonly #stores: LossyStores;
  readonly #seen: Map<number, number>;

  private constructor(engine: EngineDriver, settings: SharedSettings, shared: SharedParts) {
    this.engine = engine;
    this.spans = shared.spans;
    this.#options = settings.options;
    this.#topics = shared.topics;
    this.#stores = shared.stores;
    this.#seen = shared.seen;
  }

  static async open(settings: SharedSettings): Promise<SharedDriver> {
    const { options, partitions } = settings;
    const topics = new Map<string, Partition[]>(
      INPUTS.map((input) => [input, Array.from({ length: partitions }, () => [])]),
    );
    const stores = new LossyStores(settings.windows);
    const seen = new Map<number, number>();
    const spans = new TopicFrames(
      {
        histories: new Map([['spans', historyOf(topics, seen)]]),
        builder: frameBuilderOf(options),
        open: opened,
      },
      { topics: ['spans'], mode: 'bounded', maxSkew: TIME.maxSkew },
    );
    const sources = async (): Promise<Map<InputName, string[]>> =>
      new Map(
        INPUTS.map((input) => [
          input,
          topics.get(input)?.map((_, partition) => sourceOf({ topic: input, partition })) ?? [],
        ]),
      );
    const around = (ports: EnginePorts): EnginePorts => ({
      ...ports,
      windows: stores.windows(),
      shared: { traces: stores.traces(), spans, sources },
    });
    const engine = await EngineDriver.open({ ...settings, around });
    // As the loop does before it reads: which window it began with is known from then on.
    await engine.engine.settle(true, 0);
    return new SharedDriver(engine, settings, { topics, stores, seen, spans });
  }

  /** Appends one record, NDJSON of what is given; returns its offset. */
  append(input: InputName, partition: number, records: readonly object[]): number {
    const value = Buffer.from(records.map((record) => JSON.stringify(record)).join('\n'));
    return (this.#topics.get(input)?.[partition]?.push(value) ?? 0) - 1;
  }

  spanWorker(): MovedWorker {
    const time = new ManualTime();
    const { settings, cluster } = this.#options;
    const worker = new SpanWorker(
      {
        builder: frameBuilderOf(this.#options),
        windows: this.#stores.windows(),
        traces: this.#stores.traces(),
        links: this.engine.log,
        open: opened,
        clock: time,
        timers: time,
      },
      { topics: ['spans'], mode: 'bounded', cluster, join: settings, time: TIME },
    );
    return this.#moved(worker, time);
  }

  /** Everything that all share is gone. */
  lose(): void {
    this.#stores.lose();
  }

  /** Applies what came; an engine that is told of a loss is followed by another. */
  async drain(batch: number, checkpoints: () => boolean): Promise<void> {
    await this.#withoutLoss(() => this.engine.drain(batch, checkpoints));
  }

  /** Once everything was taken; here, too, another engine may be needed. */
  async finish(): Promise<void> {
    await this.#withoutLoss(async () => {
      await this.engine.drain(Infinity, () => false);
      await this.engine.engine.finish();
    });
  }

  async #withoutLoss(action: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        return await action();
      } catch (error) {
        if ((error as Partial<CounterfoilError>).code !== 'CF_WINDOW_LOST') throw error;
        await this.engine.restartEngine();
      }
    }
  }

  recordWorker(): MovedWorker {
    const topics = INPUTS.filter((input) => input !== 'spans').map((input) => ({ topic: input, input }));
    const parts = { builder: frameBuilderOf(this.#options), links: this.engine.log, open: opened };
    const time = new ManualTime();
    return this.#moved(new RecordWorker({ ...parts, timers: time }, { topics, mode: 'bounded' }), time);
  }

  #moved(worker: TopicHandler, time: ManualTime): MovedWorker {
    const never = new AbortController().signal;
    return {
      take: async (input, partition, from, to) => {
        const all = this.#topics.get(input)?.[partition] ?? [];
        const records = recordsOf(all).slice(from, to);
        if (records.length === 0) return;
        if (input === 'spans') this.#seen.set(partition, Math.max(to, this.#seen.get(partition) ?? 0));
        const after = { position: to, end: all.length };
        const done = worker.take({ topic: input, partition, records, after }, never);
        time.advance(1_000);
        await done;
      },
      idle: async (input, partition) => {
        const end = this.end(input, partition);
        await worker.idle(input, partition, { position: end, end }, 0);
      },
    };
  }

  end(input: InputName, partition: number): number {
    return this.#topics.get(input)?.[partition]?.length ?? 0;
  }

  async close(): Promise<void> {
    await this.engine.close();
  }
}

export interface MovedWorker {
  /** Takes records of a partition, from one offset to before another; resolves when they might be committed. */
  take(input: InputName, partition: number, from: number, to: number): Promise<void>;
  /** Is told that it stands at the end. */
  idle(input: InputName, partition: number): Promise<void>;
}

interface SharedParts {
  topics: Map<string, Partition[]>;
  stores: LossyStores;
  /** How much of each partition of the spans there was. */
  seen: Map<number, number>;
  spans: TopicFrames;
}

function opened(body: RecordBody): ReturnType<typeof openBody> {
  return openBody({ ...body, encoding: 'identity' }, { excerpt: () => '' });
}

function recordsOf(partition: Partition): TopicRecord[] {
  return partition.map((value, offset) => ({ offset, value, at: 0 }));
}

/** What was appended when a worker took the latest of it; the rest is still to come. */
function historyOf(topics: Map<string, Partition[]>, seen: Map<number, number>): SpanHistory {
  return {
    size: async () => [...seen.values()].reduce((sum, count) => sum + count, 0),
    // eslint-disable-next-line typescript/require-await
    async *appended() {
      for (const [partition, records] of (topics.get('spans') ?? []).entries())
        yield { partition, records: recordsOf(records).slice(0, seen.get(partition) ?? 0) };
    },
  };
}
