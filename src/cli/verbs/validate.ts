/** `validate`: every fault of a configuration, and of the rules it loads, at once. */
import { MICROS_PER_MS } from '../../model/instant.ts';
import { OPTION_NAMES } from '../../config/options.ts';
import type { VerbSpec } from '../arguments.ts';
import { joinSettingsOf, recoverabilityTable, rulesOf, settingsOf } from '../settings.ts';
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
      does: 'the file, the variables in the environment, the rules, and the data files that deadlines come from',
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
    const rules = rulesOf(config).byId.size;
    joinSettingsOf(config);
    // Deadlines on business days need the calendars of this year and the next.
    const year = new Date(io.clock.now() / MICROS_PER_MS).getUTCFullYear();
    recoverabilityTable([year, year + 1]);
    const set = OPTION_NAMES.filter((name) => layers[name] !== 'default').length;
    const file = args.text('config') ?? 'the environment';
    io.stderr.say(`${file}: valid; ${counted(set, 'option')} set, ${counted(rules, 'rule')} loaded\n`);
    return 0;
  },
};
