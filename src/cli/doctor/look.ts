/** Everything that the checks judge, looked at once, in the order that a running writer does not confuse. */
import { lookAtIndex } from '../../adapters/embedded/index-look.ts';
import { lookAtLog } from '../../adapters/embedded/log-look.ts';
import type { InputName } from '../../model/accounting.ts';
import type { Instant } from '../../model/instant.ts';
import { frameInput } from '../../runtime/live/frame.ts';
import type { RoleName } from '../cluster/role.ts';
import type { Everything } from '../everything-loaded.ts';
import type { Io } from '../terminal.ts';
import type { Looks } from './check.ts';
import { lookAtFolder } from './folder-look.ts';
import { lookAtMachine } from './machine-look.ts';
import type { ServersLook } from './servers-look.ts';

/** Read in a few seconds; `--full` reads all. */
const MOST_BYTES = 2 ** 30;

export interface LookSettings {
  /** Whether files are read to their end, however large they are. */
  full: boolean;
  /** Workers that the process is to be; null: it runs on its own disk. */
  roles: readonly RoleName[] | null;
}

/** Looks at all of it. */
export async function lookAround(
  everything: Everything,
  { full, roles }: LookSettings,
  io: Io,
): Promise<Looks> {
  const { config } = everything.loaded;
  const dir = config['data.dir'];
  const maxBytes = full ? Infinity : MOST_BYTES;
  const latestOf = new Map<InputName, Instant>();
  // The position in the index before the end of the log, or a writer would seem to be ahead of its log.
  const index = lookAtIndex(dir, maxBytes);
  const log = await lookAtLog(dir, {
    maxBytes,
    onRecord: ({ value, from, to }) => {
      const [input, at] = [frameInput(value), to ?? from];
      if (input !== null && at !== null) latestOf.set(input, Math.max(at, latestOf.get(input) ?? 0));
    },
  });
  return {
    config,
    everything,
    env: io.env,
    now: io.clock.now(),
    machine: lookAtMachine(),
    folder: lookAtFolder(dir),
    index,
    log,
    latestOf,
    servers: await lookAtConfigured(everything, roles, io),
  };
}

/** The clients of the servers take longer to load than all the rest, so only where there are some. */
async function lookAtConfigured(
  { loaded, servers }: Everything,
  roles: readonly RoleName[] | null,
  { clock }: Io,
): Promise<ServersLook | null> {
  if (servers === null || roles === null) return null;
  const { lookAtServers } = await import('./servers-look.ts');
  return await lookAtServers(loaded.config, servers, roles, clock);
}
