/** Who is let in, and who is told: `run` does not start where it cannot be sure of that, and says the same. */
import { CounterfoilError } from '../../model/errors.ts';
import { doorwaysOf } from '../doorways.ts';
import { webhookOf } from '../webhook.ts';
import { ok, problem, type Check, type Finding, type Looks } from './check.ts';

export const ACCESS_CHECKS: readonly Check[] = [
  {
    name: 'configuration.access',
    looksFor:
      'a listener that others can reach asks for keys or certificates; files of keys and certificates and the webhook can be used',
    run: access,
  },
];

function access({ config, env, now }: Looks): Finding[] {
  const clock = { now: () => now, elapsedMs: () => 0 };
  const faults = [
    ...faultsOf(() => doorwaysOf(config, clock, () => undefined)),
    ...faultsOf(() => webhookOf(config, env)),
  ];
  return faults.length > 0 ? faults : [ok('listeners and webhook', 'can be opened as they are configured')];
}

function faultsOf(open: () => unknown): Finding[] {
  try {
    open();
    return [];
  } catch (error) {
    if (!(error instanceof CounterfoilError) || error.code !== 'CF_CONFIG') throw error;
    return error.problems.map(({ at, text }) =>
      problem(at, {
        found: text,
        why: '`run` does not start: it would be open to all, or tell nobody.',
        toDo: 'Correct it, and run `counterfoil validate` with the same configuration.',
      }),
    );
  }
}
