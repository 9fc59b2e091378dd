/** Entry of a retro thread: answers one question, and ends. Whoever started it may end it before, at any moment: it only reads. */
import { parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '../../adapters/embedded/clock.ts';
import { packLinks } from '../../runtime/retro/packed-links.ts';
import type { RetroOutcome } from '../../runtime/retro/jobs.ts';
import { correlateOptions, engineOptions, redactorOf } from '../compose.ts';
import { toSent } from '../engine-rpc.ts';
import { answerRetro } from './answer.ts';
import { openFolderLane, type OnRetroProgress } from './lane.ts';
import type { RetroThreadData, RetroThreadSays } from './thread-messages.ts';

const PROGRESS_MS = 200;
/** Of the links of one answer; about 40,000. */
const MAX_LINK_BYTES = 64 * 1024 * 1024;

if (parentPort === null) throw new Error('retro threads are started by `counterfoil run`, not by hand');
const port = parentPort;

function say(message: RetroThreadSays, transfer: readonly ArrayBuffer[] = []): void {
  port.postMessage(message, transfer);
}

/** Now and then: a scan reads thousands of pieces a second. */
function throttled(): OnRetroProgress {
  let saidAt = -Infinity;
  return (now) => {
    const at = systemClock.elapsedMs();
    if (at - saidAt < PROGRESS_MS) return;
    saidAt = at;
    say({ says: 'progress', now });
  };
}

async function outcomeOf({ config, env, asked }: RetroThreadData): Promise<RetroOutcome> {
  const redactor = redactorOf(config, env);
  const { openSpanLog } = correlateOptions(config, redactor, null);
  const { engine } = engineOptions(config, redactor, 'live');
  const lane = await openFolderLane(config, throttled());
  try {
    const { found, seen } = await answerRetro(asked, lane, { engine, openSpanLog, withMoney: true });
    const [incident = null] = found.incidents;
    return {
      found: { seen, eventId: found.event.event.id, incident },
      links: packLinks(found.links, MAX_LINK_BYTES),
    };
  } finally {
    await lane.close();
  }
}

try {
  const outcome = await outcomeOf(workerData as RetroThreadData);
  say({ says: 'outcome', outcome }, [outcome.links.text.buffer, outcome.links.ends.buffer]);
} catch (error) {
  say({ says: 'failure', failure: toSent(error) });
}
