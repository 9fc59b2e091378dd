/** Starts retro threads, one a question: the API goes on answering while logs are scanned, and a question can be ended at any moment. */
import { Worker } from 'node:worker_threads';
import { CounterfoilError } from '../../model/errors.ts';
import type { RetroAsked } from '../../model/retro-question.ts';
import type { RetroOutcome, RetroRun } from '../../runtime/retro/jobs.ts';
import { fromSent } from '../engine-rpc.ts';
import type { OnRetroProgress } from './lane.ts';
import type { RetroThreadData, RetroThreadSays } from './thread-messages.ts';

/** A question that needs more ends itself, and not the process. */
const MAX_HEAP_MIB = 2_048;

/** @param onFailure is told of failures that are none of the question's */
export function startRetroThread(
  around: Pick<RetroThreadData, 'config' | 'env'>,
  asked: RetroAsked,
  onProgress: OnRetroProgress,
  onFailure: (error: Error) => void,
): RetroRun {
  const name = import.meta.url.endsWith('.ts') ? './thread.ts' : './thread.js';
  const workerData: RetroThreadData = { ...around, asked };
  const resourceLimits = { maxOldGenerationSizeMb: MAX_HEAP_MIB };
  const thread = new Worker(new URL(name, import.meta.url), { workerData, name: 'retro', resourceLimits });
  const outcome = new Promise<RetroOutcome>((resolve, reject) => {
    const fail = (error: Error): void => {
      if (!(error instanceof CounterfoilError)) onFailure(error);
      reject(error);
    };
    thread.on('message', (message: RetroThreadSays) => {
      if (message.says === 'progress') onProgress(message.now);
      else if (message.says === 'outcome') resolve(message.outcome);
      else fail(fromSent(message.failure));
    });
    thread.on('error', (error: NodeJS.ErrnoException) =>
      fail(error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? outOfMemory() : error),
    );
    // Ended from outside, or after its answer: then nobody waits.
    thread.on('exit', () => reject(new CounterfoilError('CF_STOPPING', 'It was stopped.')));
  });
  return { outcome, stop: () => void thread.terminate() };
}

function outOfMemory(): CounterfoilError {
  return new CounterfoilError(
    'CF_OVER_LIMIT',
    `It needs more than ${MAX_HEAP_MIB} MiB of memory. Ask about a shorter time, or use counterfoil retro.`,
  );
}
