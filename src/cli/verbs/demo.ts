/** `demo`: a built-in incident, played once as text, or served with page and API until it is stopped. */
import { existsSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openIncidentIndex } from '../../adapters/embedded/incident-index.ts';
import { CounterfoilError } from '../../model/errors.ts';
import { formatInstant } from '../../model/instant.ts';
import { loadConfig } from '../../config/load.ts';
import type { Config } from '../../config/options.ts';
import { createRedactor, type Redactor } from '../../formats/redaction/redact.ts';
import type { CorrelateResult } from '../../runtime/correlate.ts';
import { usage, type Arguments, type VerbSpec } from '../arguments.ts';
import { correlateInputs, correlateOptions, openInputs, redactorOf, type InputPaths } from '../compose.ts';
import { Progress } from '../progress.ts';
import { untilStopped } from '../serve.ts';
import type { Io } from '../terminal.ts';
import { incidentLines } from '../texts/incident-text.ts';
import { counted } from '../texts/parts.ts';
import type { Verb } from '../verb.ts';
import { version } from '../version.ts';

const spec: VerbSpec = {
  name: 'demo',
  summary: 'plays a built-in incident and says what to look at',
  usage: 'counterfoil demo [--once] [--http-port N]',
  examples: [
    { command: 'counterfoil demo --once', does: 'the incident as text, in a few seconds' },
    {
      command: 'counterfoil demo',
      does: 'the same with page and API on http://127.0.0.1:8686, until Ctrl-C',
    },
  ],
  flags: [
    { name: 'once', help: 'Print the incident and exit.' },
    {
      name: 'http-port',
      value: 'N',
      help: 'Port of page and API on 127.0.0.1; default 8686, 0 takes any free one.',
    },
    { name: 'data', value: 'DIR', help: 'Also keep the index there, for lookup and explain.' },
  ],
  configured: false,
  options: [],
  positionals: { name: 'argument', min: 0, max: 0 },
  notes: [
    'A stolen service-account token, a shell in the ledger pod, a secret read; payments on four rails in three currencies.',
    'The files are in examples/stolen-token/data. Nothing is sent anywhere, and nothing is written without --data.',
  ],
};

const SCENARIO = fileURLToPath(new URL('../../../examples/stolen-token', import.meta.url));
const DATA = join(SCENARIO, 'data');
const IN_MEMORY = ':memory:';

/** Files of the scenario by input; the events file is optional. */
const FILES = {
  audit: 'audit.ndjson',
  alerts: 'falco.ndjson',
  events: 'events.ndjson',
  spans: 'spans.ndjson',
  payments: 'payments.ndjson',
};

export const verb: Verb = {
  spec,
  async run(args, io) {
    const config = demoConfig(args, io);
    const dir = args.text('data');
    const redactor = dir === undefined ? passingRedactor() : redactorOf(config, {});
    const result = await play(config, redactor, io);
    if (args.on('once')) {
      if (dir !== undefined) await keep(config['data.dir'], config.tenant, result);
      await printIncidents(result, dir, io);
      return 0;
    }
    return serve(config, dir === undefined ? IN_MEMORY : config['data.dir'], result, redactor, io);
  },
};

/** Without a data folder nothing outlives the process, the key of its tokens neither. */
function passingRedactor(): Redactor {
  const key = randomBytes(32);
  return createRedactor(() => key);
}

function demoConfig(args: Arguments, io: Io): Config {
  const file = join(DATA, 'counterfoil.yaml');
  if (!existsSync(file)) {
    throw new CounterfoilError(
      'CF_INPUT',
      `${DATA} holds no scenario; the package is not complete. Install it again.`,
    );
  }
  const [port, data] = [args.text('http-port'), args.text('data')];
  const flags = {
    ...(port === undefined ? {} : { 'server.port': [port] }),
    ...(data === undefined ? {} : { 'data.dir': [data] }),
  } as const;
  if (port !== undefined && !/^\d+$/.test(port)) throw usage(spec, `--http-port ${port} is not a port`);
  // Other variables of the environment would make the demo tell another story than its text.
  const env = { COUNTERFOIL_HTTP_PORT: io.env['COUNTERFOIL_HTTP_PORT'] };
  return loadConfig({ file, env, flags, cwd: io.cwd, home: io.home }).config;
}

async function play(config: Config, redactor: Redactor, io: Io): Promise<CorrelateResult> {
  const path = (name: string): string[] => (existsSync(join(DATA, name)) ? [join(DATA, name)] : []);
  const paths: InputPaths = {
    audit: path(FILES.audit),
    alerts: path(FILES.alerts),
    events: path(FILES.events),
    spans: path(FILES.spans),
    payments: path(FILES.payments),
  };
  const inputs = await openInputs(paths, config, redactor);
  const options = correlateOptions(config, redactor, null);
  const progress = new Progress(io.stderr, io.clock, inputs.totalBytes);
  options.onProgress = (now) => progress.update(now);
  return correlateInputs(inputs, options).finally(() => progress.wipe());
}

async function keep(dir: string, tenant: string, result: CorrelateResult): Promise<void> {
  const index = openIncidentIndex(dir, 'write');
  try {
    await index.replaceAll(tenant, result);
  } finally {
    await index.close();
  }
}

/** Every incident, the one with most payments first. */
async function printIncidents(result: CorrelateResult, dir: string | undefined, io: Io): Promise<void> {
  const incidents = result.incidents.toSorted((a, b) => b.payments.total - a.payments.total);
  const read = `Read ${counted(result.events.length, 'security event')}, ${counted(result.spans, 'span')}, ${counted(result.payments.length, 'payment')}.`;
  await io.stdout.write(`${read}\n`);
  for (const incident of incidents) {
    const links = [...result.links].filter((link) => link.incident?.id === incident.incident.id);
    await io.stdout.write(`\n${incidentLines(incident, links, io.stdout).join('\n')}\n`);
  }
  const hint =
    dir === undefined
      ? 'For lookup and explain, keep the index: counterfoil demo --once --data ./demo, then add --data ./demo to them.'
      : `The index is in ${dir}: add --data ${dir} to lookup and explain.`;
  await io.stdout.write(`\n${hint}\n`);
}

async function serve(
  config: Config,
  dir: string,
  result: CorrelateResult,
  redactor: Redactor,
  io: Io,
): Promise<number> {
  // Only here, because the web framework takes longer to load than `--once` takes to run.
  const { createApi } = await import('../../api/server.ts');
  const { listenOnLoopback } = await import('../../api/loopback.ts');
  const index = openIncidentIndex(dir, 'write');
  try {
    await index.replaceAll(config.tenant, result);
    const api = createApi({
      index,
      tenant: config.tenant,
      clock: io.clock,
      version: version(),
      minP: config['impact.min_p'],
      idValue: (id) => redactor.idValue(id),
      onInternalError: (error) => void io.stderr.write(`internal error: ${error.name} ${error.message}\n`),
    });
    try {
      const url = await listenOnLoopback(api, { port: config['server.port'] }).catch(withFlag);
      await io.stderr.write(`${servingText(url, result)}\n`);
      await untilStopped();
    } finally {
      await api.close();
    }
    return 0;
  } finally {
    await index.close();
  }
}

/** Says which flag helps when the port is taken. */
function withFlag(error: unknown): never {
  if (!(error instanceof CounterfoilError) || error.code !== 'CF_PORT_IN_USE') throw error;
  throw new CounterfoilError('CF_PORT_IN_USE', `${error.message} With --http-port N; 0 takes any free one.`);
}

/** The story is of a past day: every link carries the instant that its deadlines are seen from. */
function servingText(url: string, { incidents, links, asOf }: CorrelateResult): string {
  const top = [...links].toSorted((a, b) => b.link.confidence - a.link.confidence)[0];
  const payment = encodeURIComponent(top?.payment.id ?? '');
  const incident = incidents.toSorted((a, b) => b.payments.total - a.payments.total)[0]?.incident.id ?? '';
  const asOfQuery = `as_of=${formatInstant(asOf)}`;
  return [
    `${counted(incidents.length, 'incident')} with ${counted(links.length, 'link')} at ${url}`,
    '',
    `  incident   ${url}/?incident=${incident}&${asOfQuery}`,
    `  a payment  ${url}/?payment=${payment}&${asOfQuery}`,
    `  API        ${url}/api/v1/payments/${payment}?${asOfQuery}`,
    `  OpenAPI    ${url}/openapi.json`,
    '',
    'Ctrl-C stops it.',
  ].join('\n');
}
