/** `doctor`: looks at everything that a run stands on, changes nothing, and explains what it finds. */
import { didYouMean } from '../../config/suggest.ts';
import { usage, type Arguments, type VerbSpec } from '../arguments.ts';
import { rolesOf } from '../cluster/roles-flag.ts';
import { serverSettings } from '../cluster/settings.ts';
import { findingsOf } from '../doctor/checks.ts';
import { diagnosisOf } from '../doctor/diagnosis.ts';
import { lookAround } from '../doctor/look.ts';
import { everythingLoaded } from '../everything-loaded.ts';
import { jsonText } from '../output.ts';
import type { Out } from '../terminal.ts';
import { diagnosisLines } from '../texts/diagnosis-text.ts';
import type { Verb } from '../verb.ts';
import { version } from '../version.ts';

const FORMS = ['json', 'table'];

const spec: VerbSpec = {
  name: 'doctor',
  summary: 'looks at configuration, data folder, ports, clock and servers, and explains what is wrong',
  usage: 'counterfoil doctor [-c FILE] [--role R,…] [--data DIR] [--full] [-o FORM]',
  examples: [
    {
      command: 'counterfoil doctor --data /var/lib/counterfoil',
      does: 'before a start, or beside a running process',
    },
    { command: 'counterfoil doctor -c counterfoil.yaml -o json', does: 'the same for programs' },
    {
      command: 'counterfoil doctor -c counterfoil.yaml --role spans',
      does: 'whether a worker of spans would find all it needs on Kafka and Redis',
    },
  ],
  flags: [
    {
      name: 'role',
      value: 'R,…',
      help: 'Workers that the process is to be, as for `run`; what they need is looked at, with the rights of their user.',
    },
    {
      name: 'full',
      help: 'Read log and index to their end, however large; without it, about a GiB of each.',
    },
    {
      name: 'output',
      short: 'o',
      value: 'FORM',
      help: 'json or table; the default is for people on a terminal, and for programs elsewhere.',
    },
  ],
  configured: true,
  options: [
    'data.dir',
    'tenant',
    'server.port',
    'otlp.port',
    'log.retention',
    'log.max_bytes',
    'kafka.brokers',
  ],
  positionals: { name: 'argument', min: 0, max: 0 },
  notes: [
    'It changes nothing, on no server either, and may run beside `run`. All checks: docs/reference/doctor.md',
    'Exit status: 0 no problem (warnings are none), 1 a problem, 2 usage, 3 configuration: each fault on stderr.',
  ],
};

export const verb: Verb = {
  spec,
  async run(args, io) {
    const form = formOf(args, io.stdout);
    const everything = everythingLoaded(args, io);
    const { config } = everything.loaded;
    const roles = rolesOf(args.text('role'), config, spec);
    // Says what of the servers is missing, where workers are asked for and no server is named.
    if (roles !== null && everything.servers === null) serverSettings(config, io.env);
    const looks = await lookAround(everything, { full: args.on('full'), roles }, io);
    const diagnosis = diagnosisOf(looks, await findingsOf(looks), version());
    const text =
      form === 'json'
        ? jsonText(diagnosis, io.stdout, 2)
        : diagnosisLines(diagnosis, io.stdout.width).join('\n');
    await io.stdout.write(`${text}\n`);
    return diagnosis.status === 'problem' ? 1 : 0;
  },
};

function formOf(args: Arguments, out: Out): string {
  const asked = args.text('output') ?? (out.isTTY ? 'table' : 'json');
  if (FORMS.includes(asked)) return asked;
  throw usage(spec, `-o ${asked} is none of ${FORMS.join(', ')}${didYouMean(asked, FORMS)}`);
}
