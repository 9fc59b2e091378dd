/** The configuration of a verb, from its flags, the environment and the file that `-c` names. */
import { loadConfig, type LoadedConfig } from '../config/load.ts';
import type { Arguments } from './arguments.ts';
import type { Io } from './terminal.ts';

/**
 * Loads the configuration and says its warnings on stderr.
 * @throws CounterfoilError CF_CONFIG with every problem
 */
export function settingsOf(args: Arguments, io: Io): LoadedConfig {
  const loaded = loadConfig({
    file: args.text('config') ?? null,
    env: io.env,
    flags: args.options,
    cwd: io.cwd,
    home: io.home,
  });
  for (const warning of loaded.warnings) io.stderr.say(`counterfoil: warning: ${warning}\n`);
  return loaded;
}
