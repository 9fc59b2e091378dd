/**
 * Where a question about yesterday is answered from: the log of a data folder; where workers share the join, the topics of spans with the file
 * of the incidents worker; and where that is not at hand, all that the topics keep.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { hasLog } from '../../adapters/embedded/event-log-reader.ts';
import { INDEX_FILE } from '../../adapters/embedded/incident-index-file.ts';
import type { Config } from '../../config/options.ts';
import { isDistributed } from '../cluster/settings.ts';
import { openFolderLane, type OnRetroProgress, type RetroLane } from './lane.ts';

/** @throws CounterfoilError CF_NO_INDEX, CF_NO_LOG, CF_UNREACHABLE … */
export async function openRetroLane(
  config: Config,
  env: Readonly<Record<string, string | undefined>>,
  onProgress: OnRetroProgress,
): Promise<RetroLane> {
  const folder = config['data.dir'];
  if (!isDistributed(config) || hasLog(folder)) return await openFolderLane(config, onProgress);
  // The drivers of the servers take a while to load.
  if (existsSync(join(folder, INDEX_FILE))) {
    const { openTopicLane } = await import('./topic-lane.ts');
    return await openTopicLane(config, env, onProgress);
  }
  const { openReplayedLane } = await import('./replayed-lane.ts');
  return await openReplayedLane(config, env, onProgress);
}
