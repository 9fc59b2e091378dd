/** The configuration, which was loaded before anything else: what is odd in it. Faults end the verb with exit 3. */
import { counted } from '../texts/parts.ts';
import { ok, warning, type Check } from './check.ts';

export const CONFIGURATION_CHECKS: readonly Check[] = [
  {
    name: 'configuration.loads',
    looksFor: 'configuration, rules and data tables load; no variable is misspelt',
    run({ everything: { loaded, from, optionsSet, rules, calendars } }) {
      const set = `${counted(optionsSet, 'option')} set`;
      return [
        ok(from, `valid: ${set}, ${counted(rules, 'rule')}, ${counted(calendars, 'calendar')} loaded`),
        ...loaded.warnings.map((text) =>
          warning('the environment', {
            found: text,
            why: 'What somebody wanted to set is not in force.',
            toDo: 'Correct the name of the variable, or unset it.',
          }),
        ),
      ];
    },
  },
  {
    name: 'configuration.servers',
    looksFor: 'whether servers are configured, and which workers need them',
    run: ({ config, servers }) =>
      servers === null
        ? ok('kafka.brokers', 'is not set: everything runs in one process, and no server is looked at')
        : ok(
            'kafka.brokers',
            `${config['kafka.brokers'].join(', ')}, for the workers ${servers.roles.join(', ')}`,
          ),
  },
];
