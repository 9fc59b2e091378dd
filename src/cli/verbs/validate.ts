/** `validate`: every fault of a configuration, of the rules it loads, and of the keys, certificates and secrets it names, at once. */
import type { VerbSpec } from '../arguments.ts';
import { doorwaysOf } from '../doorways.ts';
import { everythingLoaded } from '../everything-loaded.ts';
import type { Io } from '../terminal.ts';
import { counted } from '../texts/parts.ts';
import type { Verb } from '../verb.ts';
import { webhookOf } from '../webhook.ts';

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
    const { loaded, from, optionsSet, rules } = everythingLoaded(args, io);
    doorwaysOf(loaded.config, io.clock, () => undefined);
    webhookOf(loaded.config, io.env);
    io.stderr.say(`${from}: valid; ${counted(optionsSet, 'option')} set, ${counted(rules, 'rule')} loaded\n`);
    return 0;
  },
};
