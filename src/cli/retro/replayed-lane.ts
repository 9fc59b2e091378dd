/**
 * What the retro lane reads where nobody but Kafka has anything: all that the input topics keep, replayed into a folder that is gone
 * afterwards, and asked there. Exact, since it is the embedded lane over the same records, and dear: who asks often names the folder of
 * the incidents worker, and reads a range of the spans only.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../adapters/embedded/clock.ts';
import type { Config } from '../../config/options.ts';
import { FrameBuilder } from '../../runtime/live/frame-builder.ts';
import { redactorOf, replayOptions } from '../compose.ts';
import { replayInto } from '../replay-engine.ts';
import { TopicReplay } from '../replay-topics.ts';
import { untilStopped } from '../serve.ts';
import { openFolderLane, type OnRetroProgress, type RetroLane } from './lane.ts';

/** @throws CounterfoilError CF_UNREACHABLE, CF_LOG_FULL when the disk or `log.max_bytes` is, CF_STOPPING */
export async function openReplayedLane(
  config: Config,
  env: Readonly<Record<string, string | undefined>>,
  onProgress: OnRetroProgress,
): Promise<RetroLane> {
  const folder = mkdtempSync(join(tmpdir(), 'counterfoil-retro-'));
  const discard = (): void => rmSync(folder, { recursive: true, force: true });
  const stop = new AbortController();
  void untilStopped().then(() => stop.abort());
  try {
    const own = { ...config, 'data.dir': folder };
    const redactor = redactorOf(own, env);
    const { engine, decoders } = replayOptions(own, redactor);
    const topics = await TopicReplay.open(null, config, redactor, env);
    const builder = new FrameBuilder(decoders, redactor);
    const entries = topics.entries(builder, { onBytes: () => undefined, onRecords: onProgress });
    await replayInto(folder, entries, engine, own, { clock: systemClock, signal: stop.signal });
    const lane = await openFolderLane(own, onProgress);
    // A question takes a moment now; who does not want to wait for it leaves nothing behind either.
    stop.signal.addEventListener('abort', () => {
      discard();
      process.exit(1);
    });
    return {
      ...lane,
      close: async () => {
        await lane.close();
        discard();
      },
    };
  } catch (error) {
    discard();
    throw error;
  }
}
