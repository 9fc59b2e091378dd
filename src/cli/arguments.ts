/**
 * Flags of a verb, declared once: parsing, refusal of what is not known, and the help text come from the same table.
 * Every option of the configuration is a flag too (config/options.ts), for the verbs that read a configuration.
 */
import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';
import { CounterfoilError } from '../model/errors.ts';
import { flagOf, OPTION_NAMES, type OptionName } from '../config/options.ts';
import { didYouMean } from '../config/suggest.ts';

export interface Flag {
  name: string;
  short?: string;
  /** What stands for its value in the help, such as FILE; absent: a switch. */
  value?: string;
  /** May be given more than once. */
  many?: boolean;
  help: string;
}

export interface VerbSpec {
  name: string;
  summary: string;
  usage: string;
  examples: readonly { command: string; does: string }[];
  flags: readonly Flag[];
  /** Whether it reads a configuration: `-c` and a flag for each option. */
  configured: boolean;
  /** Options worth naming in its help. */
  options: readonly OptionName[];
  /** What its other arguments are, and how many it takes. */
  positionals: { name: string; min: number; max: number };
  /** More for the help, such as its exit statuses. */
  notes: readonly string[];
}

export interface Arguments {
  positionals: string[];
  /** All texts of a flag, in order. */
  all(flag: string): string[];
  /** The text of a flag, the last one if it was given twice. */
  text(flag: string): string | undefined;
  on(flag: string): boolean;
  options: Partial<Record<OptionName, readonly string[]>>;
}

const HELP: Flag = { name: 'help', short: 'h', help: 'This text.' };
const CONFIG: Flag = { name: 'config', short: 'c', value: 'FILE', help: 'Configuration file (YAML).' };

/** All flags of a verb that are not options of the configuration. */
export function flagsOf(spec: VerbSpec): Flag[] {
  return [...spec.flags, ...(spec.configured ? [CONFIG] : []), HELP];
}

/**
 * Parses what stands behind the verb.
 * @throws CounterfoilError CF_USAGE, naming the flag and the nearest that is known
 */
export function parseArguments(spec: VerbSpec, argv: readonly string[]): Arguments {
  const flags = new Map(flagsOf(spec).map((flag) => [flag.name, flag]));
  const optionFlags = new Map<string, OptionName>(
    spec.configured ? OPTION_NAMES.map((name) => [flagOf(name), name]) : [],
  );
  const texts = new Map<string, string[]>();
  const positionals: string[] = [];
  for (const token of tokensOf(argv, flags, optionFlags)) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    const isSwitch = flags.has(token.name) && flags.get(token.name)?.value === undefined;
    if (!flags.has(token.name) && !optionFlags.has(token.name)) {
      throw usage(spec, unknownFlag(token.rawName, [...flags.keys(), ...optionFlags.keys()]));
    }
    texts.set(token.name, [
      ...(texts.get(token.name) ?? []),
      isSwitch ? switchText(spec, token) : valueText(spec, token),
    ]);
  }
  const args = argumentsOf(texts, positionals, optionFlags);
  if (!args.on('help')) checkCounts(spec, flags, texts, positionals);
  return args;
}

type Token = NonNullable<ReturnType<typeof parseArgs>['tokens']>[number];
type OptionToken = Extract<Token, { kind: 'option' }>;

function tokensOf(
  argv: readonly string[],
  flags: Map<string, Flag>,
  optionFlags: Map<string, OptionName>,
): Token[] {
  const options: ParseArgsOptionsConfig = {};
  for (const flag of flags.values()) {
    options[flag.name] = { type: flag.value === undefined ? 'boolean' : 'string', multiple: true };
    if (flag.short !== undefined) options[flag.name] = { ...options[flag.name], short: flag.short } as never;
  }
  for (const name of optionFlags.keys()) options[name] = { type: 'string', multiple: true };
  return (
    parseArgs({ args: [...argv], options, strict: false, allowPositionals: true, tokens: true }).tokens ?? []
  );
}

function switchText(spec: VerbSpec, token: OptionToken): string {
  if (token.value !== undefined) throw usage(spec, `${token.rawName} takes no value`);
  return '';
}

function valueText(spec: VerbSpec, token: OptionToken): string {
  const { value, rawName } = token;
  if (value === undefined || value === '') throw usage(spec, `${rawName} needs a value`);
  // `--audit --spans x`: the value was forgotten. What really begins with a dash is written --flag=-x.
  if (!token.inlineValue && value.startsWith('-') && value.length > 1) {
    throw usage(
      spec,
      `${rawName} needs a value; ${value} looks like a flag (write ${rawName}=${value} if it is none)`,
    );
  }
  return value;
}

function unknownFlag(written: string, known: readonly string[]): string {
  if (!written.startsWith('--')) return `the flag ${written} is not known`;
  // An option of which the flag is called otherwise: `--server-port` is `--http-port`.
  const option = OPTION_NAMES.find((name) => `--${name.replaceAll(/[._]/g, '-')}` === written);
  if (option !== undefined && known.includes(flagOf(option)))
    return `the flag ${written} is not known; that of ${option} is --${flagOf(option)}`;
  return `the flag ${written} is not known${didYouMean(
    written,
    known.map((name) => `--${name}`),
  )}`;
}

function argumentsOf(
  texts: ReadonlyMap<string, string[]>,
  positionals: string[],
  optionFlags: ReadonlyMap<string, OptionName>,
): Arguments {
  const options: Partial<Record<OptionName, readonly string[]>> = {};
  for (const [flag, name] of optionFlags) {
    const given = texts.get(flag);
    if (given !== undefined) options[name] = given;
  }
  return {
    positionals,
    all: (flag) => texts.get(flag) ?? [],
    text: (flag) => texts.get(flag)?.at(-1),
    on: (flag) => texts.has(flag),
    options,
  };
}

function checkCounts(
  spec: VerbSpec,
  flags: ReadonlyMap<string, Flag>,
  texts: ReadonlyMap<string, string[]>,
  positionals: readonly string[],
): void {
  for (const [name, given] of texts) {
    const flag = flags.get(name);
    if (flag?.value !== undefined && flag.many !== true && given.length > 1)
      throw usage(spec, `--${name} is given twice`);
  }
  const { name, min, max } = spec.positionals;
  if (positionals.length < min) throw usage(spec, `${name} is missing`);
  if (positionals.length > max) {
    const extra = positionals[max] ?? '';
    throw usage(
      spec,
      max === 0 ? `"${extra}" is not expected; it takes flags only` : `"${extra}" is one ${name} too many`,
    );
  }
}

/** A fault of the command line; the message ends with where to look. */
export function usage(spec: Pick<VerbSpec, 'name'>, text: string): CounterfoilError {
  return new CounterfoilError('CF_USAGE', `${text}. See: counterfoil ${spec.name} --help`);
}
