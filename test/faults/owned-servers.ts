/** Servers of one test file, which may do to them what it likes; started when the first test asks. */
import { privateServer } from '../servers/servers.ts';
import type { OwnServers } from './fault-run.ts';

export class OwnedServers {
  #all: Promise<OwnServers> | null = null;

  all(): Promise<OwnServers> {
    return (this.#all ??= started());
  }

  async stop(): Promise<void> {
    if (this.#all === null) return;
    const { kafka, redis, elasticsearch } = await this.#all;
    await Promise.all([kafka, redis, elasticsearch].map((server) => server.stop()));
  }
}

/** Redis keeps nothing over a crash, which is the harder case. */
async function started(): Promise<OwnServers> {
  const [kafka, redis, elasticsearch] = await Promise.all([
    privateServer('kafka'),
    privateServer('redis', { settings: ['appendonly=no'] }),
    privateServer('elasticsearch'),
  ]);
  return { kafka, redis, elasticsearch };
}
