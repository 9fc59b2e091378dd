/** The ports that `run` listens on. */
import { flagOf } from '../../config/options.ts';
import { notChecked, ok, problem, warning, type Check, type Finding, type Looks } from './check.ts';
import { lookAtPort, type PortLook } from './port-look.ts';

type PortOption = 'server.port' | 'otlp.port';

/** These pass by themselves. */
const PASSING = /^(engine: catching_up|lag: )/;

export const PORT_CHECKS: readonly Check[] = [
  {
    name: 'ports.server',
    looksFor: '`server.port` is free, or `run` answers there and is ready',
    run: async (looks) => await portCheck('server.port', looks),
  },
  {
    name: 'ports.otlp',
    looksFor: '`otlp.port` is free, or `run` takes OTLP there; it is not the same as `server.port`',
    run: async (looks) => await portCheck('otlp.port', looks),
  },
];

async function portCheck(option: PortOption, { config, folder, index, servers }: Looks): Promise<Finding[]> {
  const port = config[option];
  const where = `${addressOf(config[option === 'server.port' ? 'server.host' : 'otlp.host'])}:${port}`;
  const place = `${where} (${option})`;
  if (port === 0)
    return [notChecked(option, option === 'otlp.port' ? 'is 0: off' : 'is 0: any free port is taken')];
  if (option === 'otlp.port' && port === config['server.port'])
    return [
      problem(place, {
        found: 'is server.port too',
        why: '`run` does not start with one port for both.',
        toDo: 'Set otlp.port to 0: OTLP is taken on server.port anyway.',
      }),
    ];
  // Of a folder that may not be read nobody knows whether a process writes to it; then who answers is taken for that one.
  // Most workers keep no folder at all.
  const isRunning = index.hasWriter || (folder.state === 'folder' && !folder.readable) || servers !== null;
  const look = await lookAtPort(where);
  if (look.kind === 'free')
    return [ok(place, index.hasWriter ? 'is free; the process that is alive listens elsewhere' : 'is free')];
  if (look.kind === 'other' && isRunning && config['server.tls.cert_file'] !== null)
    return [notChecked(place, 'is in use; over TLS it is not asked who answers')];
  return [judged(option, place, look, isRunning)];
}

/** Where a listener on this address can be asked from here. */
function addressOf(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}

function judged(
  option: PortOption,
  place: string,
  look: Exclude<PortLook, { kind: 'free' }>,
  isRunning: boolean,
): Finding {
  if (look.kind === 'unknown') return notChecked(place, look.why);
  const expected = option === 'server.port' ? 'counterfoil' : 'otlp';
  if (look.kind !== expected || !isRunning) return taken(option, place, look);
  if (look.kind === 'otlp') return ok(place, 'OTLP is taken here');
  return readiness(place, look);
}

function taken(option: PortOption, place: string, { kind }: PortLook): Finding {
  const who = kind === 'other' ? 'another program' : 'a Counterfoil with another data folder or port';
  const hint = option === 'otlp.port' ? '0 turns it off' : '0 takes any free one';
  return problem(place, {
    found: `is in use by ${who}`,
    why: '`run` does not start with this configuration; what is sent to this port goes to somebody else.',
    toDo: `End the other program, or choose another port with --${flagOf(option)} N (${hint}).`,
  });
}

function readiness(place: string, look: PortLook & { kind: 'counterfoil' }): Finding {
  const { version, notReady } = look;
  if (notReady.length === 0) return ok(place, `Counterfoil ${version} answers, and is ready`);
  const trouble = {
    found: `Counterfoil ${version} answers, and is not ready: ${notReady.join('; ')}`,
    why: 'Documents are behind what was sent, or records are refused.',
    toDo: 'Wait and look again; where it stays so, read the log of the process.',
  };
  return notReady.every((each) => PASSING.test(each)) ? warning(place, trouble) : problem(place, trouble);
}
