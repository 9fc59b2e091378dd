/**
 * The process of `run`: starts the engine thread, serves intake, API and page, and stops in order: no new records, what is in
 * the log applied, thread ended, listeners closed. When the thread dies, so does the process: nothing would be applied any more,
 * and whoever supervises it starts it again.
 */
import { openEmbeddedStore } from '../adapters/embedded/embedded-store.ts';
import { ByteBudget } from '../adapters/http/budget.ts';
import { IntakeGate } from '../adapters/http/intake-gate.ts';
import { intakePlugin, otlpPlugin, type IntakePluginOptions } from '../adapters/http/intake-plugin.ts';
import { createServer } from '../api/base-server.ts';
import type { Api } from '../api/context.ts';
import { listen } from '../api/listen.ts';
import { createApi } from '../api/server.ts';
import type { Config } from '../config/options.ts';
import type { InputName } from '../model/accounting.ts';
import { CounterfoilError } from '../model/errors.ts';
import type { MetricSample } from '../ports/live-engine.ts';
import type { ClosedSample } from '../runtime/reconcile/closed-events.ts';
import type { Logger } from '../telemetry/log.ts';
import { MetricBook } from '../telemetry/metric-book.ts';
import { redactorOf } from './compose.ts';
import { doorwaysOf, type Doorways } from './doorways.ts';
import { EngineClient, startEngineThread } from './engine-client.ts';
import { failureOf } from './failure.ts';
import { loggerOf } from './logger.ts';
import { Notices } from './notices.ts';
import { keyVariablesOf } from './redaction-secret.ts';
import { RefusalLog } from './refusal-log.ts';
import { openRetroJobs } from './retro/open-jobs.ts';
import { startReconciling } from './retro/reconciling.ts';
import { untilStopped } from './serve.ts';
import type { Io } from './terminal.ts';
import { version } from './version.ts';

/** Resolves to the exit status when the process was asked to stop and has done so, or its engine has failed. */
export async function serveLive(
  config: Config,
  bounded: readonly InputName[] | null,
  io: Io,
): Promise<number> {
  const logger = loggerOf(io);
  const book = new MetricBook();
  const refusals = new RefusalLog(logger, book, io.clock);
  const doorways = doorwaysOf(config, io.clock, (refusal) => refusals.add(refusal));
  const env = keyVariablesOf(io.env);
  const notices = await Notices.open(config, io.env, { clock: io.clock, logger, book });
  const thread = startEngineThread({ config, env, bounded });
  const client = new EngineClient(thread, {
    logger,
    maxPostedBytes: config['intake.max_in_flight_bytes'],
    onIncidents: (ids) => notices?.note(ids),
  });
  let reconciling: ReturnType<typeof startReconciling> = null;
  try {
    await client.started;
    logger.log('info', 'engine-started', `data in ${config['data.dir']}`);
    if (bounded === null) {
      const takeClosed = async (): Promise<ClosedSample> => await client.takeClosed();
      reconciling = startReconciling({ config, env }, { takeClosed, logger, book });
    }
    const gate = new IntakeGate(client);
    return await serve(config, bounded, { client, gate, logger, book, doorways, notices }, io);
  } finally {
    reconciling?.stop();
    await notices?.stop();
    await thread.terminate();
  }
}

async function serve(
  config: Config,
  bounded: readonly InputName[] | null,
  parts: LiveParts,
  io: Io,
): Promise<number> {
  const { client, gate, logger, doorways, notices } = parts;
  const servers = openServers(config, bounded, parts, io);
  try {
    // Before it says that it listens: whoever reads that may ask it to stop at once.
    const asked = untilStopped().then(() => null);
    const address = await servers.listen();
    notices?.start(address);
    for (const name of doorways.inClear) logger.log('warn', 'access-in-clear', name);
    const death = await Promise.race([asked, client.died]);
    if (death === null) {
      logger.log('info', 'draining');
      await gate.close();
    }
    const failure = death ?? (await drained(client));
    if (failure === null) {
      logger.log('info', 'stopped');
      return 0;
    }
    const { text, exit } = failureOf(failure);
    logger.log('error', 'engine-failed', text.trim());
    return exit;
  } finally {
    await servers.close();
  }
}

/** What went wrong, if anything did. */
async function drained(client: EngineClient): Promise<unknown> {
  try {
    await client.drain();
    return null;
  } catch (error) {
    return error;
  }
}

interface LiveParts {
  client: EngineClient;
  gate: IntakeGate;
  logger: Logger;
  book: MetricBook;
  doorways: Doorways;
  notices: Notices | null;
}

function openServers(
  config: Config,
  bounded: readonly InputName[] | null,
  { client, gate, logger, book, doorways }: LiveParts,
  io: Io,
) {
  const { tenant } = config;
  const store = openEmbeddedStore(config['data.dir'], 'read', { tenant });
  const budget = new ByteBudget(config['intake.max_in_flight_bytes']);
  const redactor = redactorOf(config, io.env);
  const env = keyVariablesOf(io.env);
  const retro = openRetroJobs({ config, env }, io.clock, logger);
  const onInternalError = (error: Error): void => {
    book.add('errors_total', { error_type: error.name, stage: 'receiving' });
    logger.log('error', 'request-failed', failureOf(error).text.trim());
  };
  const intake: IntakePluginOptions = {
    gate,
    budget,
    maxBodyBytes: config['intake.max_body_bytes'],
    bounded,
    onInternalError,
    onAnswer: (endpoint, status) => book.add('intake_requests_total', { endpoint, status: String(status) }),
  };
  const api = createApi({
    index: store.index,
    tenant,
    clock: io.clock,
    version: version(),
    minP: config['impact.min_p'],
    idValue: (id) => redactor.idValue(id),
    live: {
      engine: client,
      deadLetters: store.deadLetters,
      redrives: { redrive: (letterId) => gate.admit(() => client.redrive(letterId)) },
      retro,
      stopping: () => gate.closed,
      ownMetrics: () => ownMetrics(book, budget),
    },
    extend: (app) => void app.register(intakePlugin, intake),
    onInternalError,
    doorway: doorways.server,
  });
  const otlp = config['otlp.port'] === 0 ? null : createServer(onInternalError, doorways.otlp);
  void otlp?.register(otlpPlugin, intake);
  return {
    /** @returns the address of API and page */
    async listen(): Promise<string> {
      const url = await listenAt(api, config, 'server', '--http-port');
      logger.log('info', 'listening', `intake, API and page on ${url}`, { 'url.original': url });
      if (otlp === null) return url;
      const otlpUrl = await listenAt(otlp, config, 'otlp', '--otlp-port');
      logger.log('info', 'listening', `OTLP on ${otlpUrl}`, { 'url.original': otlpUrl });
      return url;
    },
    async close(): Promise<void> {
      retro.close();
      await api.close();
      await otlp?.close();
      store.close();
    },
  };
}

/** Says which flag helps when the port is taken. */
async function listenAt(app: Api, config: Config, name: 'server' | 'otlp', flag: string): Promise<string> {
  try {
    return await listen(app, { host: config[`${name}.host`], port: config[`${name}.port`] });
  } catch (error) {
    if (!(error instanceof CounterfoilError) || error.code !== 'CF_PORT_IN_USE') throw error;
    const hint = flag === '--otlp-port' ? '0 turns it off' : '0 takes any free one';
    throw new CounterfoilError('CF_PORT_IN_USE', `${error.message} With ${flag} N; ${hint}.`);
  }
}

function ownMetrics(book: MetricBook, budget: ByteBudget): MetricSample[] {
  book.set('intake_in_flight_bytes', {}, budget.usedBytes);
  book.set('resident_memory_bytes', {}, process.memoryUsage.rss());
  return book.samples();
}
