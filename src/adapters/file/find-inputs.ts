/**
 * From the paths that a user names to the inputs behind them: a file is itself, a directory is every file below it,
 * sorted by name, so that two machines read them in the same order. Hidden files and folders are left out of directories;
 * links to directories are not followed, so that no loop is walked.
 */
import { constants } from 'node:fs';
import { access, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CounterfoilError, type Problem } from '../../model/errors.ts';
import type { FoundInput } from './file-source.ts';

const STANDARD_INPUT = '-';
const MAX_FOLDER_DEPTH = 64;

/**
 * @throws CounterfoilError CF_INPUT with every path that is missing or cannot be read; CF_USAGE when standard input is
 *   named twice; CF_OVER_LIMIT beyond `maxFiles`
 */
export async function findInputs(
  paths: readonly string[],
  maxFiles: number,
  shown: (path: string) => string,
): Promise<FoundInput[]> {
  if (paths.filter((path) => path === STANDARD_INPUT).length > 1) {
    throw new CounterfoilError('CF_USAGE', 'Standard input (-) can be read only once');
  }
  const found: FoundInput[] = [];
  const problems: Problem[] = [];
  for (const path of paths) {
    if (path === STANDARD_INPUT) found.push({ name: path, path: null, bytes: null });
    else await find(path, found, problems, { depth: 0, maxFiles, named: true, shown });
  }
  if (problems.length > 0) {
    const list = problems.map(({ at, text }) => `${at}: ${text}`).join('; ');
    throw new CounterfoilError('CF_INPUT', `Some inputs cannot be read: ${list}`, problems);
  }
  return found;
}

interface Walk {
  depth: number;
  maxFiles: number;
  /** The user named this path; otherwise it was found in a folder. */
  named: boolean;
  /** A path as it may be shown. */
  shown: (path: string) => string;
}

async function find(path: string, found: FoundInput[], problems: Problem[], walk: Walk): Promise<void> {
  try {
    const status = await stat(path);
    if (status.isDirectory()) {
      await findInFolder(path, found, problems, walk);
      return;
    }
    if (!status.isFile() && !walk.named) return;
    await access(path, constants.R_OK);
    if (found.length >= walk.maxFiles) {
      throw new CounterfoilError('CF_OVER_LIMIT', `There are more than ${walk.maxFiles} files to read`);
    }
    found.push({ name: walk.shown(path), path, bytes: status.isFile() ? status.size : null });
  } catch (error) {
    if (error instanceof CounterfoilError) throw error;
    problems.push({ at: walk.shown(path), text: reasonOf(error) });
  }
}

async function findInFolder(
  folder: string,
  found: FoundInput[],
  problems: Problem[],
  walk: Walk,
): Promise<void> {
  if (walk.depth >= MAX_FOLDER_DEPTH) {
    throw new CounterfoilError(
      'CF_OVER_LIMIT',
      `${walk.shown(folder)}: folders nest deeper than ${MAX_FOLDER_DEPTH}`,
    );
  }
  const entries = await readdir(folder, { withFileTypes: true });
  const visible = entries.filter((entry) => !entry.name.startsWith('.'));
  visible.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of visible) {
    const path = join(folder, entry.name);
    if (entry.isSymbolicLink() && (await isFolder(path))) continue;
    await find(path, found, problems, { ...walk, depth: walk.depth + 1, named: false });
  }
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isDirectory() ?? false;
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'no such file or directory';
  if (code === 'EACCES' || code === 'EPERM') return 'permission denied';
  return `cannot be read (${String(code)})`;
}
