/**
 * The spans of the topics once more, as frames: what the engine reads where its own log has none (live/frame-source.ts).
 *
 * A span is appended after it ended, so those that meet a range were appended after its beginning; how long after, nobody knows: a sender may
 * have been cut off for hours. So everything from there to the end of the topic is read, decoded, and looked at.
 *
 * Cost: decoding of the spans from the range's beginning to now, about 0.3 us each; it is asked for events that come late and once a minute
 * for what was seen of payments. Worked example: payments of 14:00 are counted at 14:07; seven minutes of spans are read.
 */
import type { InputMode } from '../../join/partition-progress.ts';
import type { Micros } from '../../model/instant.ts';
import type { LogRange } from '../../ports/event-log.ts';
import type { RecordSource } from '../../ports/record-source.ts';
import type { HistoryRange, SpanHistory } from '../../ports/span-history.ts';
import type { TopicRecord } from '../../ports/topic-reader.ts';
import type { FrameBuilder } from '../live/frame-builder.ts';
import type { FrameSource, PlacedFrame } from '../live/frame-source.ts';
import { emptyFrame } from '../live/frame.ts';
import { mediaOf, partitionNumber, recordName, type RecordBody } from './topic-input.ts';

export interface TopicFramesParts {
  /** By topic. */
  histories: ReadonlyMap<string, SpanHistory>;
  builder: FrameBuilder;
  open: (body: RecordBody) => RecordSource;
}

export interface TopicFramesSettings {
  /** In the order of the configuration. */
  topics: readonly string[];
  /** Bounded: when records were appended says nothing of when their spans were. */
  mode: InputMode;
  /** How far clocks of senders and brokers may differ. */
  maxSkew: Micros;
  /** Is told how many records were read. */
  onRead?: (records: number) => void;
}

export class TopicFrames implements FrameSource {
  readonly #parts: TopicFramesParts;
  readonly #settings: TopicFramesSettings;

  constructor(parts: TopicFramesParts, settings: TopicFramesSettings) {
    this.#parts = parts;
    this.#settings = settings;
  }

  async *scan(range: LogRange): AsyncIterable<PlacedFrame[]> {
    for (const [topic, history] of this.#parts.histories)
      for await (const { partition, records } of history.appended(this.#appendedFor(range))) {
        const frames: PlacedFrame[] = [];
        for (const record of records) {
          const frame = await this.#frame(topic, partition, record);
          if (frame !== null && meets(frame, range)) frames.push(frame);
        }
        if (frames.length > 0) yield frames;
        this.#settings.onRead?.(records.length);
      }
  }

  /** About how many records a scan reads. */
  async size(range: LogRange): Promise<number> {
    const appended = this.#appendedFor(range);
    const sizes = [...this.#parts.histories.values()].map((history) => history.size(appended));
    return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
  }

  #appendedFor({ from }: LogRange): HistoryRange {
    const { mode, maxSkew } = this.#settings;
    return { from: mode === 'live' ? from - maxSkew : -Infinity, to: Infinity };
  }

  async #frame(
    topic: string,
    partition: number,
    { offset, value }: TopicRecord,
  ): Promise<PlacedFrame | null> {
    if (value === null) return null;
    const { builder, open } = this.#parts;
    const name = recordName(topic, partition, offset);
    const body: RecordBody = { input: 'spans', name, bytes: value, media: mediaOf(value) };
    const { spans, identities, carried } = await builder.spans(open(body));
    const number = partitionNumber(this.#settings.topics, topic, partition);
    return {
      frame: { ...emptyFrame('spans'), spans, identities, carried },
      position: { partition: number, offset },
    };
  }
}

function meets({ frame: { spans } }: PlacedFrame, { from, to }: LogRange): boolean {
  for (let at = 0; at < (spans?.length ?? 0); at += 1)
    if ((spans?.start[at] ?? 0) <= to && (spans?.end[at] ?? 0) >= from) return true;
  return false;
}
