/**
 * Files that come with Counterfoil (data/) or that a configuration names (rules), read from disk. Rooms that do no
 * I/O get parsed YAML values and texts from here, and parse them.
 */
import { isUtf8 } from 'node:buffer';
import { readdirSync, readFileSync, realpathSync, statSync, type Dirent, type Stats } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CounterfoilError } from '../model/errors.ts';
import { MAX_YAML_BYTES, YamlFile } from './yaml-file.ts';

/** The folder data/ of this package; the same distance from src/config and from dist/config. */
export const DATA_DIR = fileURLToPath(new URL('../../data', import.meta.url));

const MAX_RULE_FILES = 10_000;
const MAX_FOLDER_DEPTH = 16;

/** A file as text, with the name to use in messages. */
export interface TextFile {
  file: string;
  text: string;
}

/** A YAML file as a plain value. */
export interface ValueFile {
  file: string;
  value: unknown;
}

/** Text of data/NAME. */
export function readDataText(name: string): TextFile {
  return readText(join(DATA_DIR, name), 'CF_DATA_FILE');
}

/**
 * Value of data/NAME.
 * @throws CounterfoilError CF_DATA_FILE when it cannot be read or is no YAML
 */
export function readDataValue(name: string): ValueFile {
  return valueOf(readDataText(name));
}

/** The calendars of data/calendars, by name of the file without its ending. */
export function readCalendars(): Map<string, ValueFile> {
  const folder = join(DATA_DIR, 'calendars');
  const files = readdirSync(folder)
    .filter((name) => isYaml(name))
    .toSorted();
  return new Map(
    files.map((name) => [
      name.replace(/\.ya?ml$/, ''),
      valueOf(readText(join(folder, name), 'CF_DATA_FILE')),
    ]),
  );
}

/** The folder of the rules that come with Counterfoil. */
export const DEFAULT_RULES = join(DATA_DIR, 'rules');

/**
 * Rule files under files and folders, sorted by path within each; tests of rules among them are left out.
 * @throws CounterfoilError CF_RULE with every path that cannot be read
 */
export function readRuleFiles(paths: readonly string[]): TextFile[] {
  return readYamlFiles(paths, (name) => !isRuleTest(name));
}

/** Files of rule tests under files and folders, sorted by path within each. */
export function readRuleTestFiles(paths: readonly string[]): TextFile[] {
  return readYamlFiles(paths, isRuleTest);
}

/** Whether a file is one of rule tests, by its name. */
function isRuleTest(name: string): boolean {
  return /\.test\.ya?ml$/.test(name);
}

function readYamlFiles(paths: readonly string[], wanted: (name: string) => boolean): TextFile[] {
  const seen = new Set<string>();
  const files = paths.flatMap((path) => yamlFilesUnder(path, 0, seen)).filter(wanted);
  if (files.length > MAX_RULE_FILES) {
    throw new CounterfoilError(
      'CF_RULE',
      `There are ${files.length} rule files; at most ${MAX_RULE_FILES} are read.`,
    );
  }
  return files.map((file) => readText(file, 'CF_RULE'));
}

/**
 * Hidden entries are left out: a mounted ConfigMap has its files a second time, in a folder whose name begins with dots. Links are followed,
 * since a rule that is passed over protects nobody.
 * @param seen what was come to already, by whatever path: it is read once
 */
function yamlFilesUnder(path: string, depth: number, seen: Set<string>): string[] {
  let stats: Stats;
  try {
    const real = realpathSync(path);
    if (seen.has(real)) return [];
    seen.add(real);
    stats = statSync(real);
  } catch {
    throw new CounterfoilError('CF_RULE', `${path}: there is no such file or folder (rules.paths names it).`);
  }
  if (stats.isFile()) return [path];
  // A pipe would be waited for without an end.
  if (!stats.isDirectory())
    throw new CounterfoilError('CF_RULE', `${path} is neither a file nor a folder; name one of these.`);
  if (depth > MAX_FOLDER_DEPTH)
    throw new CounterfoilError(
      'CF_RULE',
      `${path} lies more than ${MAX_FOLDER_DEPTH} folders deep; name it itself in rules.paths.`,
    );
  return readdirSync(path, { withFileTypes: true })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .filter(({ name }) => !name.startsWith('.'))
    .filter((entry) => isYaml(entry.name) || isFolder(entry, path))
    .flatMap((entry) => yamlFilesUnder(join(path, entry.name), depth + 1, seen));
}

/** A link that leads nowhere is none. */
function isFolder(entry: Dirent, parent: string): boolean {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  return statSync(join(parent, entry.name), { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function isYaml(name: string): boolean {
  return /\.ya?ml$/.test(name);
}

function readText(file: string, code: 'CF_DATA_FILE' | 'CF_RULE'): TextFile {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new CounterfoilError(
      code,
      `${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'}).`,
    );
  }
  if (bytes.length > MAX_YAML_BYTES)
    throw new CounterfoilError(code, `${file} is larger than ${MAX_YAML_BYTES} bytes.`);
  const text = bytes.toString('utf8');
  // Read all the same, a rule would look for a replacement character, and never find it.
  if (!isUtf8(bytes))
    throw new CounterfoilError(code, `${file}:${notUtf8(text)} is no UTF-8; save it as UTF-8.`);
  return { file, text };
}

/** Line and column of the first bytes that are no UTF-8. */
function notUtf8(text: string): string {
  const lines = text.slice(0, text.indexOf('\ufffd')).split('\n');
  return `${lines.length}:${(lines.at(-1)?.length ?? 0) + 1}`;
}

function valueOf({ file, text }: TextFile): ValueFile {
  const yaml = new YamlFile(file, text);
  if (yaml.problems.length > 0) {
    throw new CounterfoilError('CF_DATA_FILE', `${file} is not valid YAML.`, yaml.problems);
  }
  return { file, value: yaml.root.value() };
}
