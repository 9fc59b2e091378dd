/** `validate`: every fault of a configuration, and of the rules it loads, at once. */
import { CounterfoilError } from '../../model/errors.ts';
import { OPTION_NAMES } from '../../config/options.ts';
import type { VerbSpec } from '../arguments.ts';
import { rulesOf, settingsOf } from '../settings.ts';
import type { Io } from '../terminal.ts';
import { counted } from '../texts/parts.ts';
import type { Verb } from '../verb-table.ts';

const spec: VerbSpec = {
  name: 'validate',
  summary: 'every fault of a configuration at once',
  usage: 'counterfoil validate -c FILE [flags]',
  examples: [
    {
      command: 'counterfoil validate -c counterfoil.yaml',
      does: 'the file, the variables in the environment, and the rules',
    },
    { command: 'counterfoil validate', does: 'the variables in the environment alone' },
  ],
  flags: [],
  configured: true,
  options: ['rules.paths'],
  positionals: { name: 'argument', min: 0, max: 0 },
  notes: [
    'Exit status: 0 valid, 3 not valid; each fault on stderr as file:line:column: what is wrong and what would be right.',
  ],
};

export const verb: Verb = {
  spec,
  async run(args, io: Io) {
    const { config, layers } = settingsOf(args, io);
    const rules = [...rulesOf(config).byId.keys()];
    const set = OPTION_NAMES.filter((name) => layers[name] !== 'default').length;
    const file = args.text('config') ?? 'the environment';
    if (rules.length === 0) {
      throw new CounterfoilError(
        'CF_CONFIG',
        'No rule is loaded: rules.defaults is false and rules.paths names none.',
      );
    }
    io.stderr.say(`${file}: valid; ${counted(set, 'option')} set, ${counted(rules.length, 'rule')} loaded\n`);
    return 0;
  },
};
