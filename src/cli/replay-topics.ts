/** What is replayed where workers share the join: the raw records that the input topics keep. */
import type { Config } from '../config/options.ts';
import type { Redactor } from '../formats/redaction/redact.ts';
import type { Refusal } from '../model/refusal.ts';
import type { LogEntry, LogRange } from '../ports/event-log.ts';
import type { RecordSource } from '../ports/record-source.ts';
import type { FrameBuilder } from '../runtime/live/frame-builder.ts';
import { topicEntries, type KeptTopic } from '../runtime/replay/topic-entries.ts';
import type { RecordBody } from '../runtime/workers/topic-input.ts';
import { keptTopics, recordsIn } from './cluster/kept-topics.ts';
import { bodiesOf } from './cluster/topic-frames.ts';
import { RefusalKeep, type OnReplayProgress, type Replayed } from './replay-sources.ts';

const ALL: LogRange = { from: -Infinity, to: Infinity };

export class TopicReplay implements Replayed {
  readonly refusals = new RefusalKeep();
  readonly totalBytes = null;
  readonly #topics: readonly KeptTopic[];
  readonly #range: LogRange;
  readonly #total: number;
  readonly #open: (body: RecordBody) => RecordSource;

  private constructor(
    topics: readonly KeptTopic[],
    range: LogRange,
    total: number,
    open: (body: RecordBody) => RecordSource,
  ) {
    this.#topics = topics;
    this.#range = range;
    this.#total = total;
    this.#open = open;
  }

  /**
   * @param range by the time of appending; null: all that is kept
   * @throws CounterfoilError CF_CONFIG, CF_UNREACHABLE, CF_SERVER_SETUP
   */
  static async open(
    range: LogRange | null,
    config: Config,
    redactor: Redactor,
    env: Readonly<Record<string, string | undefined>>,
  ): Promise<TopicReplay> {
    const topics = await keptTopics(config, env);
    const total = await recordsIn(topics, range ?? ALL);
    return new TopicReplay(topics, range ?? ALL, total, bodiesOf(config, redactor));
  }

  entries(builder: FrameBuilder, { onRecords }: OnReplayProgress): AsyncGenerator<LogEntry[]> {
    let done = 0;
    return topicEntries(this.#topics, this.#range, {
      builder,
      open: this.#open,
      onRead: (records) => {
        done += records;
        onRecords({ done, total: this.#total, unit: 'records' });
      },
      onRefused: (refusals: readonly Refusal[]) => this.refusals.add(refusals),
    });
  }

  missing(): string[] {
    return [];
  }
}
