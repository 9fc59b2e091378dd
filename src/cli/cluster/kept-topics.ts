/** The input topics of a deployment, to be read once more from Kafka alone. */
import { connectKafka } from '../../adapters/kafka/connection.ts';
import { kafkaSpanHistory } from '../../adapters/kafka/span-history.ts';
import type { Config } from '../../config/options.ts';
import type { HistoryRange } from '../../ports/span-history.ts';
import type { KeptTopic } from '../../runtime/replay/topic-entries.ts';
import { INPUT_NAMES } from '../compose.ts';
import { kafkaSettings } from './settings.ts';
import { topicsOf } from './topics.ts';

/** @throws CounterfoilError CF_CONFIG, CF_UNREACHABLE */
export async function keptTopics(
  config: Config,
  env: Readonly<Record<string, string | undefined>>,
): Promise<KeptTopic[]> {
  // What the driver tries again is no news here; what it gives up is an error.
  const kafka = await connectKafka(kafkaSettings(config, env), () => undefined);
  return INPUT_NAMES.flatMap((input) =>
    topicsOf(config, input).map((topic) => ({ input, topic, history: kafkaSpanHistory(kafka, { topic }) })),
  );
}

/** About how many records they hold of the range. */
export async function recordsIn(topics: readonly KeptTopic[], range: HistoryRange): Promise<number> {
  const sizes = await Promise.all(topics.map(({ history }) => history.size(range)));
  return sizes.reduce((sum, size) => sum + size, 0);
}
