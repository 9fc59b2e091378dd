/** Starts retro threads, one for each piece of work: the API goes on answering while logs are scanned, and work can be ended at any moment. */
import { Worker } from 'node:worker_threads';
import { CounterfoilError } from '../../model/errors.ts';
import { fromSent } from '../engine-rpc.ts';
import type { OnRetroProgress } from './lane.ts';
import type { RetroThreadData, RetroThreadSays, RetroWork, RetroWorkKind } from './thread-messages.ts';

/** Work that needs more ends itself, and not the process. */
const MAX_HEAP_MIB = 2_048;

interface StartedThread<K extends RetroWorkKind> {
  outcome: Promise<RetroWork[K][1]>;
  stop(): void;
}

export function startRetroThread<K extends RetroWorkKind>(
  data: RetroThreadData<K>,
  onProgress: OnRetroProgress = () => undefined,
): StartedThread<K> {
  const name = import.meta.url.endsWith('.ts') ? './thread.ts' : './thread.js';
  const resourceLimits = { maxOldGenerationSizeMb: MAX_HEAP_MIB };
  const thread = new Worker(new URL(name, import.meta.url), {
    workerData: data,
    name: 'retro',
    resourceLimits,
  });
  const outcome = new Promise<RetroWork[K][1]>((resolve, reject) => {
    thread.on('message', (message: RetroThreadSays<K>) => {
      if (message.says === 'progress') return onProgress(message.now);
      if (message.says === 'outcome') resolve(message.outcome);
      else reject(fromSent(message.failure));
      // It has closed what it had opened; a connection that lingers shall not keep it.
      void thread.terminate();
    });
    thread.on('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? outOfMemory() : error),
    );
    // Ended from outside, or after its answer: then nobody waits.
    thread.on('exit', () => reject(new CounterfoilError('CF_STOPPING', 'It was stopped.')));
  });
  outcome.catch(() => undefined);
  return { outcome, stop: () => void thread.terminate() };
}

function outOfMemory(): CounterfoilError {
  return new CounterfoilError(
    'CF_OVER_LIMIT',
    `It needs more than ${MAX_HEAP_MIB} MiB of memory. Ask about a shorter time, or use counterfoil retro.`,
  );
}
