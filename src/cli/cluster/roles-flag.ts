/** The flag that says which workers a process is: for those that run them, and those that look whether they could. */
import type { Config } from '../../config/options.ts';
import { didYouMean } from '../../config/suggest.ts';
import { usage, type VerbSpec } from '../arguments.ts';
import { ROLES, type RoleName } from './role.ts';
import { isDistributed } from './settings.ts';

/**
 * The workers of a process: those that are given, else all where the configuration asks for servers.
 * @returns null: one process on its own disk
 * @throws CounterfoilError CF_USAGE
 */
export function rolesOf(
  given: string | undefined,
  config: Config,
  spec: Pick<VerbSpec, 'name'>,
): readonly RoleName[] | null {
  if (given === undefined) return isDistributed(config) ? ROLES : null;
  const names = given.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !(ROLES as readonly string[]).includes(name));
  if (unknown !== undefined)
    throw usage(
      spec,
      `--role ${unknown} is no role${didYouMean(unknown, ROLES)}; there are ${ROLES.join(', ')}`,
    );
  return ROLES.filter((role) => names.includes(role));
}
