/**
 * tools/services, which starts real servers, as functions. All servers of one test run lie in one folder, which
 * global-setup.ts makes and clears; COUNTERFOIL_TEST_SERVERS names it.
 */
import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { addressFrom, variablesOf, type ServerAddress, type ServerKind } from './addresses.ts';

export const SERVERS_FOLDER = 'COUNTERFOIL_TEST_SERVERS';
/** In the folder of a run when the run made it: who ends it. */
export const OWNER_FILE = 'owner';
/** A first start fetches 0.9 GiB; a later one takes seconds. */
const FETCH_TIMEOUT_MS = 900_000;
const MAX_OUTPUT_BYTES = 2 ** 20;

const KIT = fileURLToPath(new URL('../../tools/services', import.meta.url));

/** What `up` calls them, and how many nodes make the kind. */
const PROGRAMS: Readonly<Record<ServerKind, { program: string; args: readonly string[] }>> = {
  kafka: { program: 'kafka', args: [] },
  'kafka-cluster': { program: 'kafka', args: ['--nodes', '3'] },
  redis: { program: 'redis', args: [] },
  'redis-cluster': { program: 'redis', args: ['--nodes', '3'] },
  elasticsearch: { program: 'elasticsearch', args: [] },
};

/** @returns `kafka` of `kafka-cluster`: what is installed, and what COUNTERFOIL_TEST_REQUIRE names */
export function programOf(kind: ServerKind): string {
  return PROGRAMS[kind].program;
}

export function runFolder(): string {
  const folder = process.env[SERVERS_FOLDER];
  if (folder === undefined)
    throw new Error(`${SERVERS_FOLDER} is not set: test/servers/global-setup.ts sets it`);
  return folder;
}

/** @returns whether COUNTERFOIL_TEST_REQUIRE says that it may not be missing */
export function isRequired(kind: ServerKind): boolean {
  return (process.env['COUNTERFOIL_TEST_REQUIRE'] ?? '').split(',').includes(programOf(kind));
}

/** Fails when what the kind needs is not there. */
export async function prepare(kind: ServerKind): Promise<void> {
  await kit('up', [programOf(kind), '--prepare', ...fetching(kind)]);
}

/** A run of tests installs nothing and fetches no 0.9 GiB, unless it is told that it must. */
function fetching(kind: ServerKind): string[] {
  return isRequired(kind) ? [] : ['--no-fetch'];
}

/** Starts what of this folder does not run, and waits until it answers. */
export async function up(
  kind: ServerKind,
  folder: string,
  more: readonly string[] = [],
): Promise<ServerAddress> {
  // Servers must not outlive a run that was killed and could not clear up.
  const until = existsSync(join(runFolder(), OWNER_FILE)) ? ['--until', String(process.pid)] : [];
  const { program, args } = PROGRAMS[kind];
  const printed = await kit('up', [program, '--dir', folder, ...args, ...until, ...fetching(kind), ...more]);
  const address = addressFrom(kind, variablesOf(printed));
  if (address === null) throw new Error(`tools/services/up ${program} told no address`);
  return address;
}

export async function down(folder: string, more: readonly string[] = []): Promise<void> {
  await kit('down', ['--dir', folder, ...more]);
}

export async function signal(
  name: 'STOP' | 'CONT',
  folder: string,
  more: readonly string[] = [],
): Promise<void> {
  await kit('signal', [name, '--dir', folder, ...more]);
}

/** Ends and deletes every server that lies in the folder of a run. */
export async function clear(folder: string): Promise<void> {
  const servers = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(folder, entry.name, 'kind')))
    .map((entry) => join(folder, entry.name));
  await Promise.all(servers.map((server) => down(server, ['--kill', '--wipe'])));
}

/** @returns its standard output; fails with the last of what it said on standard error */
function kit(script: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { timeout: FETCH_TIMEOUT_MS, maxBuffer: MAX_OUTPUT_BYTES };
    execFile(join(KIT, script), args, options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(stderr.trim() || error.message, { cause: error }));
    });
  });
}
