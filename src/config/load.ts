/**
 * The configuration in force: defaults, then the YAML file, then `COUNTERFOIL_*` variables, then flags; the later
 * wins, option by option. Every fault of every layer is found before anything is refused, because people want to
 * mend a file once.
 *
 * Variables: `COUNTERFOIL_` and the option in capitals, with `_` for each dot; `__` is taken for `_`, so that
 * `COUNTERFOIL_JOIN__MAX_SPAN` and `COUNTERFOIL_JOIN_MAX_SPAN` are the same. An empty variable is not set. A variable
 * that is no option is a warning, not an error: orchestrators set variables of their own under a service's name.
 */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { CounterfoilError, type Problem } from '../model/errors.ts';
import { Fault, unknownName } from './option-kinds.ts';
import { didYouMean } from './suggest.ts';
import { topicsOfTwoJobs } from './topic-jobs.ts';
import { MAX_YAML_BYTES, YamlFile, type YamlNode } from './yaml-file.ts';
import {
  flagOf,
  OPTION_NAMES,
  optionOf,
  PATH_OPTIONS,
  variableOf,
  type Config,
  type OptionName,
} from './options.ts';

export type Layer = 'default' | 'file' | 'variable' | 'flag';

export interface ConfigSources {
  /** Path of the YAML file; null for none. */
  file: string | null;
  env: Readonly<Record<string, string | undefined>>;
  /** Texts of each flag that was given, in order. */
  flags: Partial<Record<OptionName, readonly string[]>>;
  /** What relative paths of variables and flags are relative to. */
  cwd: string;
  /** What `~/` stands for. */
  home: string;
}

export interface LoadedConfig {
  config: Config;
  /** Which layer each option came from. */
  layers: Readonly<Record<OptionName, Layer>>;
  /** What is odd but not wrong, for stderr. */
  warnings: string[];
}

/** Variables that are no options: these are secrets, which flags would show to everybody; tests have their own. */
const NOT_OPTIONS =
  /^COUNTERFOIL_(REDACTION_KEY(_FILE)?|WEBHOOK_SECRET|(KAFKA|REDIS|ELASTICSEARCH)_PASSWORD|ELASTICSEARCH_API_KEY|TEST_.*)$/;
/** What Kubernetes sets in every pod beside a Service named `counterfoil`. */
const SERVICE_LINKS =
  /^COUNTERFOIL(_\w+)?_(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT|PORT_\d+_(TCP|UDP|SCTP)(_\w+)?)$/;

type Values = Map<OptionName, { value: unknown; layer: Layer; base: string; at: string }>;

/**
 * Loads the configuration.
 * @throws CounterfoilError CF_CONFIG with every problem of the file, the variables and the flags
 */
export function loadConfig(sources: ConfigSources): LoadedConfig {
  const problems: Problem[] = [];
  const warnings: string[] = [];
  const values: Values = new Map();
  if (sources.file !== null) readFile(sources.file, sources.cwd, values, problems);
  readVariables(sources, values, problems, warnings);
  readFlags(sources, values, problems);
  const assembled = assemble(values, sources.home);
  for (const { name, text } of topicsOfTwoJobs(assembled.config, (option) => values.has(option)))
    problems.push({ at: values.get(name)?.at ?? name, text });
  if (problems.length > 0) {
    const count = problems.length === 1 ? 'one problem' : `${problems.length} problems`;
    throw new CounterfoilError('CF_CONFIG', `The configuration has ${count}.`, problems);
  }
  return { ...assembled, warnings };
}

function assemble(values: Values, home: string): Pick<LoadedConfig, 'config' | 'layers'> {
  const config: Record<string, unknown> = {};
  const layers: Record<string, Layer> = {};
  for (const name of OPTION_NAMES) {
    const set = values.get(name) ?? { value: optionOf(name).default, layer: 'default' as const, base: home };
    layers[name] = set.layer;
    config[name] = set.value;
    if (name === 'rules.paths')
      config[name] = (set.value as string[]).map((path) => absolute(path, set.base, home));
    if (PATH_OPTIONS.includes(name) && set.value !== null)
      config[name] = absolute(set.value as string, set.base, home);
  }
  return { config: config as unknown as Config, layers: layers as Record<OptionName, Layer> };
}

function absolute(path: string, base: string, home: string): string {
  return path === '~' || path.startsWith('~/') ? resolve(home, path.slice(2)) : resolve(base, path);
}

function readFile(file: string, cwd: string, values: Values, problems: Problem[]): void {
  const yaml = openYaml(file, problems);
  if (yaml === undefined) return;
  problems.push(...yaml.problems);
  // A file whose YAML is broken gives faults that are only consequences; the broken YAML comes first.
  if (yaml.problems.some((problem) => problem.text.startsWith('not valid YAML'))) return;
  readMap(yaml.root, '', { values, problems, base: dirname(resolve(cwd, file)), seen: new Set() });
}

function openYaml(file: string, problems: Problem[]): YamlFile | undefined {
  try {
    const source = readFileSync(file, 'utf8');
    if (source.length <= MAX_YAML_BYTES) return new YamlFile(file, source);
    problems.push({ at: file, text: `larger than ${MAX_YAML_BYTES} bytes, which no configuration is` });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const why =
      code === 'ENOENT' ? 'there is no such file' : code === 'EISDIR' ? 'is a folder, not a file' : undefined;
    problems.push({ at: file, text: why ?? `cannot be read (${code ?? 'not YAML'})` });
  }
  return undefined;
}

interface Walk {
  values: Values;
  problems: Problem[];
  base: string;
  /** Keys met so far: the second of a pair is already a problem of the YAML. */
  seen: Set<string>;
}

/** Reads a section; `prefix` is its dotted name with a dot behind, or nothing at the top. */
function readMap(node: YamlNode, prefix: string, walk: Walk): void {
  if (node.empty) return;
  const entries = node.entries();
  if (entries === undefined) {
    const section = prefix === '' ? 'the file' : prefix.slice(0, -1);
    walk.problems.push({
      at: node.at,
      text: `${section} must be a map of options, such as "${exampleBelow(prefix)}"`,
    });
    return;
  }
  for (const { key, at, value } of entries) {
    const name = prefix + key;
    if (name === '$schema' || walk.seen.has(name)) continue;
    walk.seen.add(name);
    if (key.includes('.')) walk.problems.push({ at, text: unknownKey(key, prefix) });
    else if (isOption(name)) readOption(name, value, walk);
    else if (isSection(name)) readMap(value, `${name}.`, walk);
    else walk.problems.push({ at, text: unknownKey(key, prefix) });
  }
}

function readOption(name: OptionName, node: YamlNode, walk: Walk): void {
  const { kind, example } = optionOf(name);
  if (node.empty && Array.isArray(kind.fromValue(null))) {
    walk.problems.push({ at: node.at, text: `${name} has no value; remove the key, or write ${example}` });
    return;
  }
  const read = kind.fromValue(node.value());
  const faults = faultsOf(read);
  if (faults.length === 0)
    walk.values.set(name, { value: read, layer: 'file', base: walk.base, at: node.at });
  for (const fault of faults) {
    const place = [name, ...fault.path].join('.').replaceAll(/\.(\d+)/g, '[$1]');
    walk.problems.push({ at: node.placeAt(fault.path), text: `${place}: ${fault.text}` });
  }
}

/** A list of faults is not a value of any kind: kinds return lists of texts, or one fault and more. */
function faultsOf(read: unknown): Fault[] {
  return Array.isArray(read) && read.length > 0 && read[0] instanceof Fault ? (read as Fault[]) : [];
}

function isOption(name: string): name is OptionName {
  return (OPTION_NAMES as string[]).includes(name);
}

function isSection(name: string): boolean {
  return OPTION_NAMES.some((option) => option.startsWith(`${name}.`));
}

function exampleBelow(prefix: string): string {
  const option = OPTION_NAMES.find((name) => name.startsWith(prefix)) ?? 'tenant';
  return `${option.slice(prefix.length).split('.')[0] ?? ''}: …`;
}

/** What to say of a key that is no option: the nearest sibling, else the nearest option anywhere. */
function unknownKey(key: string, prefix: string): string {
  if (isOption(key)) return `${key} must be nested: ${nested(key)}`;
  const siblings = siblingsOf(prefix);
  const near = didYouMean(key, siblings);
  const where = prefix === '' ? 'option' : `option of ${prefix.slice(0, -1)}`;
  const elsewhere = OPTION_NAMES.find((name) => name.endsWith(`.${key}`));
  if (near === '' && elsewhere !== undefined)
    return `${unknownName(where, key, [])}; ${elsewhere} is: ${nested(elsewhere)}`;
  const list = near === '' && prefix !== '' ? `; there are ${siblings.join(', ')}` : near;
  return `${unknownName(where, key, [])}${list}`;
}

function siblingsOf(prefix: string): string[] {
  const below = OPTION_NAMES.filter((name) => name.startsWith(prefix)).map((name) =>
    name.slice(prefix.length),
  );
  return [...new Set(below.map((rest) => rest.split('.')[0] ?? rest))];
}

function nested(name: string): string {
  const parts = name.split('.');
  return `${parts.map((part) => `{${part}: `).join('')}…${'}'.repeat(parts.length)}`;
}

function readVariables(
  sources: ConfigSources,
  values: Values,
  problems: Problem[],
  warnings: string[],
): void {
  const known = new Map(OPTION_NAMES.map((name) => [variableOf(name), name]));
  for (const [variable, text] of Object.entries(sources.env).toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    if (
      !variable.startsWith('COUNTERFOIL_') ||
      text === undefined ||
      text === '' ||
      NOT_OPTIONS.test(variable)
    )
      continue;
    const name = known.get(variable.replaceAll('__', '_'));
    if (name !== undefined) setFromTexts(name, variable, [text], 'variable', sources.cwd, values, problems);
    else if (!SERVICE_LINKS.test(variable)) {
      warnings.push(`${variable} is no option and is not read${didYouMean(variable, [...known.keys()])}`);
    }
  }
}

function readFlags(sources: ConfigSources, values: Values, problems: Problem[]): void {
  for (const name of OPTION_NAMES) {
    const texts = sources.flags[name];
    if (texts !== undefined)
      setFromTexts(name, `--${flagOf(name)}`, texts, 'flag', sources.cwd, values, problems);
  }
}

function setFromTexts(
  name: OptionName,
  at: string,
  texts: readonly string[],
  layer: Layer,
  base: string,
  values: Values,
  problems: Problem[],
): void {
  const read = optionOf(name).kind.fromTexts(texts);
  const faults = faultsOf(read);
  if (faults.length === 0) values.set(name, { value: read, layer, base, at });
  for (const fault of faults) problems.push({ at, text: fault.text });
}
