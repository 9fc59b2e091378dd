/**
 * A process of one or several workers on Kafka, Redis and Elasticsearch (decision 14): opens them, serves how they are, and stops in order.
 * When one of them fails, so does the process: whoever supervises it starts it again, and what was not committed is done again.
 */
import { createApi } from '../api/server.ts';
import { listen } from '../api/listen.ts';
import type { Api } from '../api/context.ts';
import type { Config } from '../config/options.ts';
import type { InputMode } from '../join/partition-progress.ts';
import { CounterfoilError } from '../model/errors.ts';
import { createLogger } from '../telemetry/log.ts';
import { MetricBook } from '../telemetry/metric-book.ts';
import { ApiRole, elasticIndex } from './cluster/api-role.ts';
import { Connections } from './cluster/connections.ts';
import { IncidentsRole } from './cluster/incidents-role.ts';
import { RolesEngine } from './cluster/roles-engine.ts';
import type { Role, RoleName } from './cluster/role.ts';
import { SECRET_VARIABLES, serverSettings } from './cluster/settings.ts';
import { openRetroJobs } from './retro/open-jobs.ts';
import { openWorker, type RoleSurroundings } from './cluster/worker-role.ts';
import { KEY_VARIABLE, redactorOf } from './compose.ts';
import { doorwaysOf } from './doorways.ts';
import { failureOf } from './failure.ts';
import { RefusalLog } from './refusal-log.ts';
import { untilStopped } from './serve.ts';
import type { Io } from './terminal.ts';
import { version } from './verb-table.ts';

/** Resolves to the exit status when the process was asked to stop and has done so, or one of its workers has failed. */
export async function serveRoles(
  config: Config,
  names: readonly RoleName[],
  mode: InputMode,
  io: Io,
): Promise<number> {
  mustHaveKey(names, io);
  const settings = serverSettings(config, io.env);
  const logger = createLogger({
    write: (text) => io.stderr.say(text),
    clock: io.clock,
    plain: io.stderr.isTTY,
    version: version(),
  });
  const connections = new Connections(config, settings, logger);
  const around = {
    config,
    env: secretsOf(io.env),
    connections,
    redactor: redactorOf(config, io.env),
    logger,
    mode,
  };
  try {
    return await work(around, names, io);
  } finally {
    await connections.close();
  }
}

/** What a thread of its own needs of the environment. */
function secretsOf(env: Io['env']): Record<string, string | undefined> {
  const names = [KEY_VARIABLE, ...Object.values(SECRET_VARIABLES)];
  return Object.fromEntries(names.map((name) => [name, env[name]]));
}

/** Tokens of card numbers join only when all workers make them with one key. */
function mustHaveKey(names: readonly RoleName[], { env }: Io): void {
  const decodes = names.some((name) => name !== 'api');
  if (!decodes || (env[KEY_VARIABLE] ?? '') !== '') return;
  throw new CounterfoilError(
    'CF_CONFIG',
    `Workers need one redaction key for all of them; set ${KEY_VARIABLE}.`,
    [
      {
        at: KEY_VARIABLE,
        text: 'is not set: 64 hex digits, the same for every worker (`openssl rand -hex 32` makes one)',
      },
    ],
  );
}

async function openRole(name: RoleName, around: RoleSurroundings): Promise<Role> {
  switch (name) {
    case 'incidents':
      return await IncidentsRole.open(around);
    case 'api':
      return await ApiRole.open(around);
    default:
      return await openWorker(name, around);
  }
}

async function work(around: RoleSurroundings, names: readonly RoleName[], io: Io): Promise<number> {
  const { logger } = around;
  const roles: Role[] = [];
  for (const name of names) roles.push(await openRole(name, around));
  const server = await serve(around, roles, io);
  const running = roles.map((role) => role.run());
  for (const { name } of roles) logger.log('info', 'role-started', name);
  const failure = await Promise.race([ended(roles), ...running.map(failing)]);
  if (failure === null) logger.log('info', 'draining');
  const stopped = await Promise.allSettled([...roles.map((role) => role.stop()), ...running]);
  await server.close();
  const reason = failure ?? stopped.find((each) => each.status === 'rejected')?.reason ?? null;
  if (reason === null) {
    logger.log('info', 'stopped');
    return 0;
  }
  const { text, exit } = failureOf(reason);
  logger.log('error', 'engine-failed', text.trim());
  return exit;
}

/** Null when the process is asked to stop, or a bounded run has come to its end. */
async function ended(roles: readonly Role[]): Promise<null> {
  const finished = roles.flatMap((role) => (role instanceof IncidentsRole ? [role.finished] : []));
  await Promise.race([untilStopped(), ...finished]);
  return null;
}

/** What a worker failed with; never anything when it ends in order. */
async function failing(running: Promise<void>): Promise<unknown> {
  try {
    await running;
  } catch (error) {
    return error;
  }
  return await new Promise<never>(() => undefined);
}

async function serve(
  { config, env, connections, redactor, logger }: RoleSurroundings,
  roles: readonly Role[],
  io: Io,
): Promise<Api> {
  const api = roles.find((role) => role instanceof ApiRole);
  const incidents = roles.find((role) => role instanceof IncidentsRole);
  const engine = new RolesEngine(roles, incidents === undefined ? null : () => incidents.accounting());
  // Questions about yesterday need the facts, which are in the folder of the incidents worker.
  const retro = incidents === undefined ? null : openRetroJobs({ config, env }, io.clock, logger);
  const book = new MetricBook();
  const refusals = new RefusalLog(logger, book, io.clock);
  const doorways = doorwaysOf(config, io.clock, (refusal) => refusals.add(refusal));
  const app = createApi({
    index: api?.index ?? elasticIndex(connections),
    tenant: config.tenant,
    clock: io.clock,
    version: version(),
    minP: config['impact.min_p'],
    idValue: (id) => redactor.idValue(id),
    shows: api === undefined ? 'service' : 'documents',
    live: {
      engine,
      deadLetters: api?.deadLetters ?? NOBODYS,
      redrives: api?.redrives ?? { redrive: () => Promise.reject(new Error('no role here redrives')) },
      ...(retro === null ? {} : { retro }),
      stopping: () => false,
      ownMetrics: () => ownMetrics(book),
      checks: () => engine.checks(),
    },
    onInternalError: (error) => logger.log('error', 'request-failed', failureOf(error).text.trim()),
    doorway: doorways.server,
  });
  app.addHook('onClose', async () => retro?.close());
  const url = await listen(app, { host: config['server.host'], port: config['server.port'] });
  logger.log('info', 'listening', `${roles.map(({ name }) => name).join(', ')} on ${url}`, {
    'url.original': url,
  });
  return app;
}

/** Of a process without the role `api`, whose server has no route for them. */
const NOBODYS = {
  deadLetters: async () => ({ items: [], next: null }),
  deadLetter: async () => null,
  deadLetterCount: async () => ({ kept: 0, dropped: 0 }),
};

function ownMetrics(book: MetricBook) {
  book.set('resident_memory_bytes', {}, process.memoryUsage.rss());
  return book.samples();
}
