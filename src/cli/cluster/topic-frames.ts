/** The raw records of input topics once more: of spans as frames, of every input as bodies. */
import { openBody } from '../../adapters/file/body-source.ts';
import type { KafkaConnection } from '../../adapters/kafka/connection.ts';
import { kafkaSpanHistory } from '../../adapters/kafka/span-history.ts';
import type { Config } from '../../config/options.ts';
import type { Redactor } from '../../formats/redaction/redact.ts';
import type { InputMode } from '../../join/partition-progress.ts';
import type { RecordSource } from '../../ports/record-source.ts';
import { FrameBuilder } from '../../runtime/live/frame-builder.ts';
import { endedHistory, type EndOffsets } from '../../runtime/workers/end-offsets.ts';
import { TopicFrames } from '../../runtime/workers/topic-frames.ts';
import type { RecordBody } from '../../runtime/workers/topic-input.ts';
import { bodyLimits, engineOptions, textRecordsOf } from '../compose.ts';
import { topicsOf } from './topics.ts';

/** @param onRead is told how many records were read */
export function topicFramesOf(
  {
    config,
    redactor,
    mode,
    ends,
  }: { config: Config; redactor: Redactor; mode: InputMode; ends?: EndOffsets },
  kafka: KafkaConnection,
  onRead: (records: number) => void = () => undefined,
): TopicFrames {
  const { engine, decoders } = engineOptions(config, redactor, mode);
  const topics = topicsOf(config, 'spans');
  return new TopicFrames(
    {
      histories: new Map(
        topics.map((topic) => [
          topic,
          endedHistory(kafkaSpanHistory(kafka, { topic }), topic, ends ?? new Map()),
        ]),
      ),
      builder: new FrameBuilder(decoders, redactor),
      open: bodiesOf(config, redactor),
    },
    { topics, mode, maxSkew: engine.time.maxSkew, onRead },
  );
}

/** Opens the record of a topic as the body of a request is. */
export function bodiesOf(config: Config, redactor: Redactor): (body: RecordBody) => RecordSource {
  const limits = bodyLimits(config);
  const excerpt = (text: string): string => redactor.excerpt(text);
  return (body) =>
    openBody(
      { ...body, encoding: 'identity', exact: body.input === 'payments' },
      { excerpt, limits, isTextRecord: textRecordsOf(body.input) },
    );
}
