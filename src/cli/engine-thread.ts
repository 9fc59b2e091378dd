/**
 * Entry of the engine thread: answers calls, and tells what happens. When the engine fails, the thread says why and ends; the
 * process then ends too, and the next start takes up what was committed.
 */
import { parentPort, workerData } from 'node:worker_threads';
import type { Logger } from '../telemetry/log.ts';
import { EngineHost } from './engine-host.ts';
import { toSent, type Call, type EngineThreadData, type News, type Reply } from './engine-rpc.ts';

if (parentPort === null) throw new Error('engine-thread is started by `counterfoil run`, not by hand');
const port = parentPort;

const tell = (message: Reply | News): void => port.postMessage(message);

const logger: Logger = {
  log: (level, event, detail = '', fields = {}) => tell({ news: 'log', level, event, detail, fields }),
};

async function answer(host: EngineHost, { name, argument }: Call): Promise<unknown> {
  if (name === 'submit') return await host.submit(argument);
  if (name === 'redrive') return await host.redrive(argument);
  if (name === 'status') return await host.status();
  if (name === 'accounting') return await host.accounting();
  if (name === 'metrics') return await host.metrics();
  if (name === 'takeClosed') return host.takeClosed();
  if (name === 'end') await host.end(argument);
  else {
    await host.drain();
    await host.close();
  }
  return null;
}

async function reply(host: EngineHost, call: Call): Promise<void> {
  try {
    tell({ id: call.id, value: await answer(host, call) });
    // Nothing is left to listen for, so the thread ends.
    if (call.name === 'drain') port.close();
  } catch (error) {
    tell({ id: call.id, failure: toSent(error) });
  }
}

try {
  const onIncidents = (ids: readonly string[]): void => tell({ news: 'incidents', ids });
  const host = await EngineHost.start(workerData as EngineThreadData, { logger, onIncidents });
  port.on('message', (call: Call) => void reply(host, call));
  tell({ news: 'started' });
  await host.run();
} catch (error) {
  tell({ news: 'failed', failure: toSent(error) });
  port.close();
}
