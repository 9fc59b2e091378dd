/**
 * Writes the import rules (tools/import-rules.ts) into .oxlintrc.json as `no-restricted-imports`, one override for
 * each room, so that editors show a forbidden import while it is typed. Everything else in that file is left as it
 * is. With `--check` it writes nothing and fails when the file is not fresh.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { generate } from './generated-file.ts';
import { ROOMS } from './import-rules.ts';

const FILE = '.oxlintrc.json';
const RULE = 'no-restricted-imports';

interface Override {
  files: string[];
  rules: Record<string, unknown>;
}

type LintConfig = { overrides?: Override[] } & Record<string, unknown>;

const DRIVERS = [...new Set(Object.values(ROOMS).flatMap(({ modules }) => modules))];

/** What a room may not import: other rooms by folder, and modules that some other room owns. */
function restrictedImports(name: string): { group: string[]; message: string }[] {
  const room = ROOMS[name];
  if (room === undefined || room.imports.includes('*')) return modulesGroup(name, room?.modules ?? []);
  const others = Object.keys(ROOMS).filter((other) => other !== name && !room.imports.includes(other));
  const group = others.flatMap((other) => folderPatterns(name, other)).toSorted();
  return [
    { group, message: `${name} may import: ${[name, ...room.imports].join(', ')}.` },
    ...modulesGroup(name, room.modules),
  ];
}

/** Adapters reach each other as `../file/x.ts`, everybody else by a path that holds the folder's whole name. */
function folderPatterns(name: string, other: string): string[] {
  const inner = other.replace('adapters/', '');
  return name.startsWith('adapters/') && other.startsWith('adapters/')
    ? [`../${inner}/**`, `../../${inner}/**`]
    : [`**/${other}/**`];
}

function modulesGroup(name: string, allowed: readonly string[]): { group: string[]; message: string }[] {
  const group = DRIVERS.filter((driver) => !allowed.includes(driver)).toSorted();
  return [{ group, message: `${name} does not own this module; see tools/import-rules.ts.` }];
}

function overrides(): Override[] {
  return Object.keys(ROOMS).map((name) => override([`src/${name}/**`], restrictedImports(name)));
}

function override(files: string[], patterns: { group: string[]; message: string }[]): Override {
  return { files, rules: { [RULE]: ['error', { patterns }] } };
}

const current = readFileSync(fileURLToPath(new URL(`../${FILE}`, import.meta.url)), 'utf8');
const config = JSON.parse(current) as LintConfig;
const others = (config.overrides ?? []).filter(({ rules }) => !(RULE in rules));
const wanted = { ...config, overrides: [...others, ...overrides()] };
// Lists of texts on one line each: a thousand lines of module names help nobody.
const compact = JSON.stringify(wanted, null, 2).replaceAll(
  /\[\s+("[^[\]{}]*")\s+\]/g,
  (_, items: string) => `[${items.replaceAll(/\s*\n\s*/g, ' ')}]`,
);
// People edit this file too; how they lay it out is theirs while it says the same.
generate({ [FILE]: isDeepStrictEqual(config, wanted) ? current : `${compact}\n` });
