/**
 * Real servers for tests. A test file asks at its top, and is skipped where there is none:
 *
 *   const kafka = await serverFor('kafka');
 *   describe.skipIf(kafka === null)('…', () => { … kafka?.nodes … });
 *
 * One server of a kind serves the whole run, started when the first file asks, so a run that needs none starts none. Files
 * run side by side: what they make there (topics, keys, indices) needs names of its own. A test that kills its server, or
 * wants special settings, takes a private one. Names in COUNTERFOIL_TEST_REQUIRE (`kafka,redis,elasticsearch`) may not be
 * missing: then their absence is a failure.
 */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect } from 'vitest';
import { addressFrom, type ServerAddress, type ServerKind } from './addresses.ts';
import { down, isRequired, prepare, programOf, runFolder, signal, up } from './kit.ts';

export type { ServerAddress, ServerKind } from './addresses.ts';

/** Enough for every start on a machine that is busy with other things. */
export const START_TIMEOUT_MS = 120_000;

const asked = new Map<ServerKind, Promise<ServerAddress | null>>();

/**
 * The server of this kind that the whole run shares: what the environment names (KAFKA_BROKERS, REDIS_URL, REDIS_CLUSTER,
 * ELASTICSEARCH_URL), else one that is started.
 * @returns null where none can be had; a line on standard error says which tests are skipped and why
 */
export function serverFor(kind: ServerKind): Promise<ServerAddress | null> {
  let server = asked.get(kind);
  if (server === undefined) asked.set(kind, (server = orSkip(kind, () => shared(kind))));
  return server;
}

/** @returns whether a private server of this kind can be started; for files that use nothing else */
export async function canStart(kind: ServerKind): Promise<boolean> {
  const done = await orSkip(kind, async () => {
    await prepare(kind);
    return true;
  });
  return done ?? false;
}

export interface PrivateServerOptions {
  /** Clients must give a user and a password; Kafka: SASL/SCRAM-SHA-256 on `secureNodes`. */
  auth?: boolean;
  tls?: boolean;
  /** Further settings of the server, each `key=value`. */
  settings?: readonly string[];
}

export interface PrivateServer {
  readonly address: ServerAddress;
  /** SIGKILL, a crash: all nodes, or the one of this number, from 1. */
  kill(node?: number): Promise<void>;
  /** SIGSTOP: connections stay, nobody is answered. */
  pause(node?: number): Promise<void>;
  resume(node?: number): Promise<void>;
  /** Starts what does not run, on the same port and data, and waits until it answers. */
  restart(): Promise<void>;
  /** Ends it and deletes its data. */
  stop(): Promise<void>;
}

/** Starts a server that no other test knows. Redis keeps its data over a kill, unless `settings` say `appendonly=no`. */
export async function privateServer(
  kind: ServerKind,
  { auth = false, tls = false, settings = [] }: PrivateServerOptions = {},
): Promise<PrivateServer> {
  const folder = mkdtempSync(join(runFolder(), `private-${kind}-`));
  const durable = programOf(kind) === 'redis' ? ['appendonly=yes'] : [];
  const args = [
    ...(auth ? ['--auth'] : []),
    ...(tls ? ['--tls'] : []),
    ...[...durable, ...settings].flatMap((setting) => ['--set', setting]),
  ];
  const address = await up(kind, folder, args);
  const only = (node?: number): string[] => (node === undefined ? [] : ['--node', String(node)]);
  return {
    address,
    kill: (node) => down(folder, ['--kill', ...only(node)]),
    pause: (node) => signal('STOP', folder, only(node)),
    resume: (node) => signal('CONT', folder, only(node)),
    restart: async () => {
      await up(kind, folder);
    },
    stop: () => down(folder, ['--kill', '--wipe']),
  };
}

async function shared(kind: ServerKind): Promise<ServerAddress> {
  const given = addressFrom(kind, process.env);
  if (given !== null) return given;
  // A start that failed is not tried again by every other file.
  const failure = join(runFolder(), `${kind}.failed`);
  const before = textOf(failure);
  if (before !== undefined) throw new Error(before);
  try {
    return await up(kind, join(runFolder(), kind));
  } catch (error) {
    writeFileSync(failure, (error as Error).message);
    throw error;
  }
}

async function orSkip<T>(kind: ServerKind, get: () => Promise<T>): Promise<T | null> {
  try {
    return await get();
  } catch (error) {
    const why = (error as Error).message;
    if (isRequired(kind)) throw error;
    const file = relative(process.cwd(), expect.getState().testPath ?? 'tests');
    process.stderr.write(`skipped: ${file}, because there is no ${kind}: ${why.split('\n').at(-1) ?? why}\n`);
    return null;
  }
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
