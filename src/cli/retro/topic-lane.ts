/**
 * What the retro lane reads where workers share the join: spans from their topics, everything else from the file of the incidents worker,
 * which is read beside it.
 */
import { openEmbeddedStore } from '../../adapters/embedded/embedded-store.ts';
import { connectKafka } from '../../adapters/kafka/connection.ts';
import type { Config } from '../../config/options.ts';
import type { LogRange } from '../../ports/event-log.ts';
import type { PlacedFrame } from '../../runtime/live/frame-source.ts';
import type { RetroSpans } from '../../runtime/retro/retro.ts';
import { ScanProgress } from '../../runtime/retro/scan-progress.ts';
import { kafkaSettings } from '../cluster/settings.ts';
import { topicFramesOf } from '../cluster/topic-frames.ts';
import { redactorOf } from '../compose.ts';
import type { OnRetroProgress, RetroLane } from './lane.ts';

/**
 * @throws CounterfoilError CF_NO_INDEX, CF_CONFIG, CF_UNREACHABLE; scans throw CF_LOG_GONE where a topic does not keep the range any more
 */
export async function openTopicLane(
  config: Config,
  env: Readonly<Record<string, string | undefined>>,
  onProgress: OnRetroProgress,
): Promise<RetroLane> {
  const store = openEmbeddedStore(config['data.dir'], 'read', { tenant: config.tenant });
  try {
    const progress = new ScanProgress('records', onProgress);
    const kafka = await connectKafka(kafkaSettings(config, env), () => undefined);
    const around = { config, redactor: redactorOf(config, env), mode: 'live' as const };
    const frames = topicFramesOf(around, kafka, (records) => progress.read(records));
    const spans: RetroSpans = {
      notApplied: 0,
      async *scan(range: LogRange): AsyncGenerator<PlacedFrame[]> {
        progress.begin(await frames.size(range));
        yield* frames.scan(range);
      },
    };
    const { facts, index } = store;
    return {
      facts,
      index,
      spans,
      keptFrom: null,
      missing: () => [],
      close: async () => store.close(),
    };
  } catch (error) {
    store.close();
    throw error;
  }
}
