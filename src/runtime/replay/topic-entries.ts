/**
 * The raw records of topics as entries of a log: the frames that a request with the same body would be, one a record, as workers make them.
 *
 * Topics are read one after the other; the order does not matter to a bounded engine (SPEC P1). A record without a value is counted, as a
 * worker counts it.
 */
import { emptyInputAccounts, type InputName } from '../../model/accounting.ts';
import type { Refusal } from '../../model/refusal.ts';
import type { LogEntry } from '../../ports/event-log.ts';
import type { RecordSource } from '../../ports/record-source.ts';
import type { HistoryRange, SpanHistory } from '../../ports/span-history.ts';
import type { FrameBuilder } from '../live/frame-builder.ts';
import { mediaOf, recordName, type RecordBody } from '../workers/topic-input.ts';

export interface KeptTopic {
  input: InputName;
  topic: string;
  history: SpanHistory;
}

export interface TopicEntriesOptions {
  builder: Pick<FrameBuilder, 'build' | 'without'>;
  open: (body: RecordBody) => RecordSource;
  /** Is told how many records were read. */
  onRead: (records: number) => void;
  onRefused: (refusals: readonly Refusal[]) => void;
}

/** Every record of the topics that was appended in the range. @throws CounterfoilError CF_LOG_GONE */
export async function* topicEntries(
  topics: readonly KeptTopic[],
  range: HistoryRange,
  options: TopicEntriesOptions,
): AsyncGenerator<LogEntry[]> {
  for (const { input, topic, history } of topics)
    for await (const { partition, records } of history.appended(range)) {
      const entries: LogEntry[] = [];
      for (const { offset, value } of records) {
        const name = recordName(topic, partition, offset);
        entries.push(value === null ? tombstone(input, options) : await entryOf(input, name, value, options));
      }
      yield entries;
      options.onRead(records.length);
    }
}

async function entryOf(
  input: InputName,
  name: string,
  bytes: Uint8Array,
  { builder, open, onRefused }: TopicEntriesOptions,
): Promise<LogEntry> {
  const media = input === 'spans' ? mediaOf(bytes) : 'json';
  const { entry, refused } = await builder.build(input, open({ input, name, bytes, media }));
  onRefused(refused);
  return entry;
}

function tombstone(input: InputName, { builder }: TopicEntriesOptions): LogEntry {
  const account = { ...emptyInputAccounts(), records: 1, ignored: { tombstone: 1 } };
  return builder.without({ input, account, refused: [], ends: false, origin: null });
}
