/** Questions about yesterday over HTTP, as a process of `run` answers them. */
import { randomBytes } from 'node:crypto';
import { systemTimers } from '../../adapters/embedded/timers.ts';
import type { Config } from '../../config/options.ts';
import { RetroJobQueue } from '../../runtime/retro/jobs.ts';
import type { Logger } from '../../telemetry/log.ts';
import { KEY_VARIABLE } from '../compose.ts';
import { failureOf } from '../failure.ts';
import type { Io } from '../terminal.ts';
import { startRetroThread } from './start-thread.ts';

/** Nobody guesses an id of so many bytes. */
const ID_BYTES = 12;

export function openRetroJobs(config: Config, { clock, env }: Io, logger: Logger): RetroJobQueue {
  const around = { config, env: { [KEY_VARIABLE]: env[KEY_VARIABLE] } };
  const onFailure = (error: Error): void =>
    logger.log('error', 'request-failed', `retro: ${failureOf(error).text.trim()}`);
  return new RetroJobQueue({
    start: (asked, onProgress) => startRetroThread(around, asked, onProgress, onFailure),
    clock,
    timers: systemTimers,
    newId: () => `retro_${randomBytes(ID_BYTES).toString('hex')}`,
  });
}
