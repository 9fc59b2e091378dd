/** The configuration of a verb, from its flags, the environment and the file that `-c` names, and what follows from it. */
import {
  DEFAULT_RULES,
  readCalendars,
  readDataText,
  readDataValue,
  readRuleFiles,
} from '../config/data-files.ts';
import { joinSettings } from '../config/join-settings.ts';
import { loadConfig, type LoadedConfig } from '../config/load.ts';
import { parseMethodsFile } from '../config/methods-file.ts';
import type { Config } from '../config/options.ts';
import { parseAttributeTable, type AttributeTable } from '../formats/otlp/transaction-attributes.ts';
import { parseCalendar } from '../impact/calendar.ts';
import { parseRecoverability, type RecoverabilityTable } from '../impact/recoverability.ts';
import { formatInstant } from '../model/instant.ts';
import type { JoinSettings } from '../model/join-settings.ts';
import { loadRules, type CompiledRules } from '../rules/compile.ts';
import { outOfReach } from '../rules/correlation/out-of-reach.ts';
import { ruleError } from '../rules/rule-file.ts';
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
  return { ...loaded, config: { ...loaded.config, suppress: unexpired(loaded.config, io) } };
}

/** The suppressions in force; the others are told. */
function unexpired({ suppress }: Config, io: Io): Config['suppress'] {
  const now = io.clock.now();
  for (const [index, { rule, until }] of suppress.entries()) {
    if (until > now) continue;
    io.stderr.say(
      `counterfoil: warning: suppress[${index}] (${rule}) has expired on ${formatInstant(until)} and does nothing; take it out, or give it a later until\n`,
    );
  }
  return suppress.filter(({ until }) => until > now);
}

/** Says what rules say that is hardly meant. */
export function tellDoubts({ doubts }: CompiledRules, io: Pick<Io, 'stderr'>): void {
  for (const { at, text } of doubts) io.stderr.say(`counterfoil: warning: ${at}: ${text}\n`);
}

/** The settings of the join in force. */
export function joinSettingsOf(config: Config): JoinSettings {
  const { file, text } = readDataText('methods.yaml');
  return joinSettings(config, parseMethodsFile(text, file));
}

/**
 * The attributes of spans that carry ids of payments, those of the configuration too.
 * @throws CounterfoilError CF_DATA_FILE with every fault
 */
export function attributeTable(config: Config): AttributeTable {
  const { file, value } = readDataValue('attributes.yaml');
  return parseAttributeTable(value, file, config['inputs.spans.payment_attributes']);
}

/**
 * The rules in force.
 * @throws CounterfoilError CF_RULE with every problem of every file
 */
export function rulesOf(config: Config): CompiledRules {
  return rulesUnder(config, []);
}

/** The paths that rules of a configuration come from. */
export function rulePathsOf(config: Config): string[] {
  return [...(config['rules.defaults'] ? [DEFAULT_RULES] : []), ...config['rules.paths']];
}

/**
 * The rules in force and those under further paths.
 * @throws CounterfoilError CF_RULE with every problem of every file
 */
export function rulesUnder(config: Config, further: readonly string[]): CompiledRules {
  const paths = [...rulePathsOf(config), ...further];
  const rules = loadRules(readRuleFiles(paths), config['rules.placeholders'], config.suppress);
  const problems = outOfReach(rules.correlations, config['rules.correlation.max_group_members']);
  if (problems.length > 0) throw ruleError(problems);
  return rules;
}

/**
 * What can be done with a payment, from data/recoverability.yaml and the calendars.
 * @param years that every calendar must cover; a run does not ask, `validate` does
 * @throws CounterfoilError CF_DATA_FILE with every fault
 */
export function recoverabilityTable(years: readonly number[] = []): RecoverabilityTable {
  const calendars = [...readCalendars()].map(
    ([name, { file, value }]) => [name, parseCalendar(value, file)] as const,
  );
  const { file, value } = readDataValue('recoverability.yaml');
  return parseRecoverability(value, Object.fromEntries(calendars), file, years);
}
