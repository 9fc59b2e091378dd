/** `doctor`: looks at everything that a run stands on, changes nothing, and explains what it finds. */
import { didYouMean } from '../../config/suggest.ts';
import { usage, type Arguments, type VerbSpec } from '../arguments.ts';
import { findingsOf } from '../doctor/checks.ts';
import { diagnosisOf } from '../doctor/diagnosis.ts';
import { lookAround } from '../doctor/look.ts';
import { everythingLoaded } from '../everything-loaded.ts';
import { jsonText } from '../output.ts';
import type { Out } from '../terminal.ts';
import { diagnosisLines } from '../texts/diagnosis-text.ts';
import { version, type Verb } from '../verb-table.ts';

const FORMS = ['json', 'table'];

const spec: VerbSpec = {
  name: 'doctor',
  summary: 'looks at configuration, data folder, ports and clock, and explains what is wrong',
  usage: 'counterfoil doctor [-c FILE] [--data DIR] [--full] [-o FORM]',
  examples: [
    {
      command: 'counterfoil doctor --data /var/lib/counterfoil',
      does: 'before a start, or beside a running process',
    },
    { command: 'counterfoil doctor -c counterfoil.yaml -o json', does: 'the same for programs' },
  ],
  flags: [
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
  options: ['data.dir', 'tenant', 'server.port', 'otlp.port', 'log.retention', 'log.max_bytes'],
  positionals: { name: 'argument', min: 0, max: 0 },
  notes: [
    'It changes nothing, and may run beside `run`. All checks: docs/reference/doctor.md',
    'Exit status: 0 no problem (warnings are none), 1 a problem, 2 usage, 3 configuration: each fault on stderr.',
  ],
};

export const verb: Verb = {
  spec,
  async run(args, io) {
    const form = formOf(args, io.stdout);
    const looks = await lookAround(everythingLoaded(args, io), args.on('full'), io);
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
