/** `run`: records in over HTTP, documents out, until it is stopped. */
import { usage, type Arguments, type VerbSpec } from '../arguments.ts';
import { readEndOffsets } from '../cluster/end-offsets-file.ts';
import { rolesOf } from '../cluster/roles-flag.ts';
import type { RunSpan } from '../cluster/worker-role.ts';
import { INPUT_NAMES } from '../compose.ts';
import { settingsOf } from '../settings.ts';
import type { Io } from '../terminal.ts';
import type { Verb } from '../verb.ts';

const spec: VerbSpec = {
  name: 'run',
  summary: 'takes records over HTTP, links them while they come, serves API and page',
  usage:
    'counterfoil run [-c FILE] [--role R,…] [--bounded [--until-offsets FILE]] [--http-port N] [--data DIR]',
  examples: [
    { command: 'counterfoil run', does: 'intake, API and page on http://127.0.0.1:8686, OTLP on 4318 too' },
    {
      command: 'counterfoil run -c counterfoil.yaml --data /var/lib/counterfoil --otlp-port 0',
      does: 'with a configuration, its own data folder, and OTLP on the one port only',
    },
  ],
  flags: [
    {
      name: 'role',
      value: 'R,…',
      help: 'Workers of this process, on Kafka, Redis and Elasticsearch: events, spans, payments, incidents, api. All where kafka.brokers is set.',
    },
    {
      name: 'bounded',
      help: 'Inputs can end (POST /intake/_end?input=NAME; of topics, where their end is found); when all have, every document becomes final.',
    },
    {
      name: 'until-offsets',
      value: 'FILE',
      help: 'With --bounded, on topics: where each partition ends, {"TOPIC": [OFFSET, …]}, though more may come.',
    },
  ],
  configured: true,
  options: [
    'server.host',
    'server.port',
    'otlp.host',
    'otlp.port',
    'data.dir',
    'cluster',
    'log.retention',
    'log.max_bytes',
    'window.max_bytes',
  ],
  positionals: { name: 'argument', min: 0, max: 0 },
  notes: [
    'Records: POST /intake/kubernetes-audit, /intake/falco, /intake/payments, /intake/events, /v1/traces and /v1/logs (OTLP).',
    'Off loopback every request needs an API key (counterfoil keys) or a client certificate (server.tls.*).',
    'A request is answered when its records are durable. 429 and 503 say when to send it again.',
    'SIGTERM and Ctrl-C: nothing more is taken, what was taken is applied, then it ends. Exit status 0.',
    'Logs are words on a terminal, and ECS JSON elsewhere. One process may use a data folder at a time.',
  ],
};

/** Of a run over topics. */
function spanOf(args: Arguments, io: Io): RunSpan {
  const file = args.text('until-offsets');
  if (file === undefined) return { mode: args.on('bounded') ? 'bounded' : 'live', ends: new Map() };
  if (!args.on('bounded')) throw usage(spec, '--until-offsets needs --bounded: a live run has no end');
  return { mode: 'bounded', ends: readEndOffsets(file, io.cwd) };
}

export const verb: Verb = {
  spec,
  async run(args, io) {
    const { config } = settingsOf(args, io);
    const roles = rolesOf(args.text('role'), config, spec);
    if (roles !== null) {
      const { serveRoles } = await import('../serve-roles.ts');
      return await serveRoles(config, roles, spanOf(args, io), io);
    }
    if (args.text('until-offsets') !== undefined)
      throw usage(spec, '--until-offsets is of topics: set kafka.brokers');
    const bounded = args.on('bounded') ? INPUT_NAMES : null;
    if (config['otlp.port'] !== 0 && config['otlp.port'] === config['server.port'])
      throw usage(
        spec,
        `--otlp-port and --http-port are both ${config['otlp.port']}; OTLP is taken on --http-port anyway`,
      );
    // Only here, because the web framework takes longer to load than the help takes to print.
    const { serveLive } = await import('../serve-live.ts');
    return await serveLive(config, bounded, io);
  },
};
