/** Questions about yesterday over HTTP, as a process of `run` answers them. */
import { randomBytes } from 'node:crypto';
import { systemTimers } from '../../adapters/embedded/timers.ts';
import type { Clock } from '../../ports/clock.ts';
import { CounterfoilError } from '../../model/errors.ts';
import { RetroJobQueue, type RetroJobsParts } from '../../runtime/retro/jobs.ts';
import type { Logger } from '../../telemetry/log.ts';
import { failureOf } from '../failure.ts';
import { startRetroThread } from './start-thread.ts';
import type { RetroThreadData } from './thread-messages.ts';

/** Nobody guesses an id of so many bytes. */
const ID_BYTES = 12;

export function openRetroJobs(
  around: Pick<RetroThreadData, 'config' | 'env'>,
  clock: Clock,
  logger: Logger,
): RetroJobQueue {
  const start: RetroJobsParts['start'] = (asked, onProgress) => {
    const run = startRetroThread({ ...around, kind: 'ask', work: asked }, onProgress);
    // Who asked is told of failures of the question; of ours, whoever reads the log.
    run.outcome.catch((error: unknown) => {
      if (!(error instanceof CounterfoilError))
        logger.log('error', 'request-failed', `retro: ${failureOf(error).text.trim()}`);
    });
    return run;
  };
  const newId = (): string => `retro_${randomBytes(ID_BYTES).toString('hex')}`;
  return new RetroJobQueue({ start, clock, timers: systemTimers, newId });
}
