/**
 * Checks the sources against the table of tools/import-rules.ts: every file lies in a known room, imports what its
 * room may import, and pure rooms stay pure.
 *
 * How: import lines are read with regular expressions, which is enough because the formatter writes them in one way;
 * the test counts import words by other means and compares. Comments are blanked first, so that they may name what
 * code may not.
 */
import { posix } from 'node:path';
import { IMPURE, ROOMS, type Room } from './import-rules.ts';

export interface SourceFile {
  /** From the root of the project, with `/`. */
  path: string;
  text: string;
}

const STATIC_IMPORT = /^[ \t]*import\b[^;'"]*?\bfrom\s*['"]([^'"]+)['"]/gm;
const RE_EXPORT = /^[ \t]*export\s*(?:type\s*)?(?:\*|\{[^}]*\})[^;'"]*?\bfrom\s*['"]([^'"]+)['"]/gm;
const BARE_IMPORT = /^[ \t]*import\s*['"]([^'"]+)['"]/gm;
const DYNAMIC_IMPORT = /\b(?:import|require)\s*\(\s*(?:['"]([^'"]+)['"])?/g;

/** Room of a file: its folder under src, two levels for adapters; undefined outside of any. */
export function roomOf(path: string): string | undefined {
  const [src, first, second, third] = path.split('/');
  if (src !== 'src' || first === undefined || second === undefined) return undefined;
  if (first !== 'adapters') return first;
  return third === undefined ? undefined : `${first}/${second}`;
}

/** Everything that is against the rules, each as `file: what`; empty when all is well. */
export function violationsOf(files: readonly SourceFile[]): string[] {
  return files.flatMap(({ path, text }) => {
    const name = roomOf(path);
    const room = name === undefined ? undefined : ROOMS[name];
    if (name === undefined || room === undefined)
      return [`${path}: lies in no room of tools/import-rules.ts`];
    const code = withoutComments(text);
    return [...importFaults(path, name, room, code), ...purityFaults(path, room, code)];
  });
}

/** What a file imports, as written; `undefined` for a dynamic import of something computed. */
export function importsOf(code: string): (string | undefined)[] {
  const found = [STATIC_IMPORT, RE_EXPORT, BARE_IMPORT, DYNAMIC_IMPORT].flatMap((form) => [
    ...code.matchAll(form),
  ]);
  return found.map((match) => match[1]);
}

function importFaults(path: string, name: string, room: Room, code: string): string[] {
  return importsOf(code).flatMap((target) => {
    if (target === undefined) return [`${path}: imports something computed, which nobody can check`];
    if (target.startsWith('.')) return relativeFault(path, name, room, target);
    return room.modules.some((pattern) => matches(target, pattern))
      ? []
      : [`${path}: ${name} may not import ${target}`];
  });
}

function relativeFault(path: string, name: string, room: Room, target: string): string[] {
  if (!target.endsWith('.ts')) return [`${path}: ${target} does not end in .ts`];
  const file = posix.join(posix.dirname(path), target);
  const other = roomOf(file);
  if (other === undefined) return [`${path}: ${target} lies in no room`];
  const allowed = other === name || room.imports.includes('*') || room.imports.includes(other);
  return allowed ? [] : [`${path}: ${name} may not import ${other} (${target})`];
}

function matches(target: string, pattern: string): boolean {
  return pattern.endsWith('*') ? target.startsWith(pattern.slice(0, -1)) : target === pattern;
}

function purityFaults(path: string, room: Room, code: string): string[] {
  if (!room.pure) return [];
  return IMPURE.flatMap(({ pattern, what }) =>
    pattern.test(code) ? [`${path}: a pure room may not use ${what}`] : [],
  );
}

/** Blanks comments that stand on lines of their own or behind code. */
export function withoutComments(text: string): string {
  return text.replaceAll(/^[ \t]*\/\*[\s\S]*?\*\//gm, '').replaceAll(/(^|\s)\/\/.*$/gm, '$1');
}
