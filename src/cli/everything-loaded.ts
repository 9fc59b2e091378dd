/** All that a configuration leads to, loaded, so that every fault shows before anything is run: for `validate` and `doctor`. */
import { readCalendars } from '../config/data-files.ts';
import type { LoadedConfig } from '../config/load.ts';
import { OPTION_NAMES } from '../config/options.ts';
import { MICROS_PER_MS } from '../model/instant.ts';
import type { JoinSettings } from '../model/join-settings.ts';
import type { Arguments } from './arguments.ts';
import { isDistributed, serverSettings, type ServerSettings } from './cluster/settings.ts';
import { stateTable } from './payment-reading.ts';
import {
  attributeTable,
  joinSettingsOf,
  recoverabilityTable,
  rulesOf,
  settingsOf,
  tellDoubts,
} from './settings.ts';
import type { Io } from './terminal.ts';

export interface Everything {
  loaded: LoadedConfig;
  settings: JoinSettings;
  /** How to reach the servers; null: everything runs in one process. */
  servers: ServerSettings | null;
  /** The file, or `the environment`. */
  from: string;
  /** Options that are not at their defaults. */
  optionsSet: number;
  rules: number;
  calendars: number;
}

/**
 * Loads the configuration, the rules, the data files, and the files that the options of servers name.
 * @throws CounterfoilError CF_CONFIG, CF_RULE or CF_DATA_FILE with every fault
 */
export function everythingLoaded(args: Arguments, io: Io): Everything {
  const loaded = settingsOf(args, io);
  const rules = rulesOf(loaded.config);
  tellDoubts(rules, io);
  const settings = joinSettingsOf(loaded.config);
  attributeTable(loaded.config);
  stateTable();
  // Deadlines on business days need the calendars of this year and the next.
  const year = new Date(io.clock.now() / MICROS_PER_MS).getUTCFullYear();
  recoverabilityTable([year, year + 1]);
  return {
    loaded,
    settings,
    servers: isDistributed(loaded.config) ? serverSettings(loaded.config, io.env) : null,
    from: args.text('config') ?? 'the environment',
    optionsSet: OPTION_NAMES.filter((name) => loaded.layers[name] !== 'default').length,
    rules: rules.byId.size,
    calendars: readCalendars().size,
  };
}
