/**
 * A process of one or several workers on Kafka, Redis and Elasticsearch (decision 14): opens them, serves how they are, and stops in order.
 * When one of them fails, so does the process: whoever supervises it starts it again, and what was not committed is done again.
 */
import { createApi } from '../api/server.ts';
import { listen } from '../api/listen.ts';
import type { Api } from '../api/context.ts';
import type { Config } from '../config/options.ts';
import { CounterfoilError } from '../model/errors.ts';
import { systemTimers } from '../adapters/embedded/timers.ts';
import { MetricBook } from '../telemetry/metric-book.ts';
import { ApiRole, elasticIndex } from './cluster/api-role.ts';
import { Connections } from './cluster/connections.ts';
import { IncidentsRole } from './cluster/incidents-role.ts';
import { mustBeSetUp } from './cluster/must-be-set-up.ts';
import { RolesEngine } from './cluster/roles-engine.ts';
import type { Role, RoleName } from './cluster/role.ts';
import { SECRET_VARIABLES, serverSettings } from './cluster/settings.ts';
import { openRetroJobs } from './retro/open-jobs.ts';
import { openWorker, type RoleSurroundings, type RunSpan } from './cluster/worker-role.ts';
import { redactorOf } from './compose.ts';
import { keyVariablesOf } from './redaction-secret.ts';
import { doorwaysOf, type Doorways } from './doorways.ts';
import { failureOf } from './failure.ts';
import { loggerOf } from './logger.ts';
import { KEY_FILE_VARIABLE, KEY_VARIABLE, redactionKeyIn } from './redaction-secret.ts';
import { RefusalLog } from './refusal-log.ts';
import { untilStopped } from './serve.ts';
import type { Io } from './terminal.ts';
import { version } from './version.ts';
import { WEBHOOK_VARIABLE } from './webhook.ts';

/** Resolves to the exit status when the process was asked to stop and has done so, or one of its workers has failed. */
export async function serveRoles(
  config: Config,
  names: readonly RoleName[],
  span: RunSpan,
  io: Io,
): Promise<number> {
  mustHaveKey(names, io);
  const settings = serverSettings(config, io.env);
  const logger = loggerOf(io);
  const book = new MetricBook();
  const refusals = new RefusalLog(logger, book, io.clock);
  // Whether it may listen where it is told to is known before any server is asked.
  const doorways = doorwaysOf(config, io.clock, (refusal) => refusals.add(refusal));
  const connections = new Connections(config, settings, logger);
  const env = secretsOf(io.env);
  const around = { config, env, connections, redactor: redactorOf(config, io.env), logger, book, ...span };
  try {
    return await work(around, names, { book, doorways }, io);
  } finally {
    await soon(connections.close(), CLOSE_MS);
    // What still waits for a server that does not answer would keep the process.
    setTimeout(() => process.exit(), LINGER_MS).unref();
  }
}

/** Whoever stops a process kills it after half a minute, as a rule. */
const STOP_MS = 10_000;
const CLOSE_MS = 2_000;
const LINGER_MS = 500;

/** Null where it takes longer: then nobody waits for it any more. */
async function soon<T>(promise: Promise<T>, ms: number): Promise<T | null> {
  const late = Promise.withResolvers<null>();
  const cancel = systemTimers.after(ms, () => late.resolve(null));
  promise.catch(() => undefined);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    cancel();
  }
}

/** What a thread of its own needs of the environment. */
function secretsOf(env: Io['env']): Record<string, string | undefined> {
  const passwords = Object.values(SECRET_VARIABLES).map((name) => [name, env[name]] as const);
  const webhook = { [WEBHOOK_VARIABLE]: env[WEBHOOK_VARIABLE] };
  return { ...keyVariablesOf(env), ...webhook, ...Object.fromEntries(passwords) };
}

/** Tokens of card numbers join only when all workers make them with one key; one that cannot be used is found now, not at the first card number. */
function mustHaveKey(names: readonly RoleName[], { env }: Io): void {
  const decodes = names.some((name) => name !== 'api');
  if (!decodes || redactionKeyIn(env) !== undefined) return;
  throw new CounterfoilError(
    'CF_CONFIG',
    `Workers need one redaction key for all of them; set ${KEY_VARIABLE} or ${KEY_FILE_VARIABLE}.`,
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

interface Front {
  book: MetricBook;
  doorways: Doorways;
}

async function work(
  around: RoleSurroundings,
  names: readonly RoleName[],
  front: Front,
  io: Io,
): Promise<number> {
  const { logger } = around;
  await mustBeSetUp(around.config, names, around.connections);
  const roles: Role[] = [];
  for (const name of names) roles.push(await openRole(name, around));
  const server = await serve(around, roles, front, io);
  const running = roles.map((role) => role.run());
  for (const { name } of roles) logger.log('info', 'role-started', name);
  const failure = await Promise.race([ended(roles), ...running.map(failing)]);
  if (failure === null) logger.log('info', 'draining');
  const stopped = await soon(Promise.allSettled([...roles.map((role) => role.stop()), ...running]), STOP_MS);
  await soon(server.close(), CLOSE_MS);
  const reason = failure ?? stopped?.find((each) => each.status === 'rejected')?.reason ?? null;
  if (reason === null) {
    // A crash would not lose anything either.
    if (stopped === null) logger.log('warn', 'stopped-early');
    else logger.log('info', 'stopped');
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
  { book, doorways }: Front,
  io: Io,
): Promise<Api> {
  const api = roles.find((role) => role instanceof ApiRole);
  const incidents = roles.find((role) => role instanceof IncidentsRole);
  const engine = new RolesEngine(roles, incidents === undefined ? null : () => incidents.accounting());
  // Questions about yesterday need the facts, which are in the folder of the incidents worker.
  const retro = incidents === undefined ? null : openRetroJobs({ config, env }, io.clock, logger);
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
    onInternalError: (error) => {
      book.add('errors_total', { error_type: error.name, stage: 'receiving' });
      logger.log('error', 'request-failed', failureOf(error).text.trim());
    },
    doorway: doorways.server,
  });
  app.addHook('onClose', async () => retro?.close());
  const url = await listen(app, { host: config['server.host'], port: config['server.port'] });
  logger.log('info', 'listening', `${roles.map(({ name }) => name).join(', ')} on ${url}`, {
    'url.original': url,
  });
  // There is no listener of OTLP here.
  for (const name of doorways.inClear)
    if (name.startsWith('server.host')) logger.log('warn', 'access-in-clear', name);
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
