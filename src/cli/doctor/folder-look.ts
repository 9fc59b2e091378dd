/** Looks at the data folder as the file system sees it: modes, sizes, room. Opens no file of it. */
import { accessSync, constants, readdirSync, statfsSync, statSync, type Stats } from 'node:fs';
import { dirname, join } from 'node:path';

export interface EntryLook {
  path: string;
  isFolder: boolean;
  /** Permission bits. */
  mode: number;
}

export interface DiskLook {
  freeBytes: number;
  totalBytes: number;
  /** Magic number of the file system on Linux. */
  type: number;
}

export interface FolderLook {
  path: string;
  /** `none`: it would be made in `parent`. */
  state: 'none' | 'no_folder' | 'folder';
  /** The folder itself, or the nearest one above it that is there. */
  nearest: string;
  mode: number;
  /** Whether this user may see what is there. */
  readable: boolean;
  /** Whether this user may make and change files there. */
  writable: boolean;
  /** What is in it and in its folder `log`, that folder too. */
  entries: EntryLook[];
  /** Null where the system does not say. */
  disk: DiskLook | null;
}

export function lookAtFolder(path: string): FolderLook {
  const stats = statOf(path);
  const nearest = stats === null ? nearestAbove(path) : path;
  const isFolder = stats?.isDirectory() === true;
  return {
    path,
    state: stats === null ? 'none' : isFolder ? 'folder' : 'no_folder',
    nearest,
    mode: (stats?.mode ?? 0) & 0o777,
    readable: isFolder && mayUse(nearest, constants.R_OK | constants.X_OK),
    writable: mayUse(nearest, constants.R_OK | constants.W_OK | constants.X_OK),
    entries: isFolder ? [...entriesIn(path), ...entriesIn(join(path, 'log'))] : [],
    disk: diskOf(nearest),
  };
}

/** Null where there is nothing, or nothing that this user may see. */
function statOf(path: string): Stats | null {
  try {
    return statSync(path, { throwIfNoEntry: false }) ?? null;
  } catch {
    return null;
  }
}

function nearestAbove(path: string): string {
  let at = dirname(path);
  while (statOf(at) === null && dirname(at) !== at) at = dirname(at);
  return at;
}

function mayUse(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return statOf(path)?.isDirectory() === true;
  } catch {
    return false;
  }
}

function entriesIn(folder: string): EntryLook[] {
  try {
    return readdirSync(folder).flatMap((name) => {
      const path = join(folder, name);
      const stats = statOf(path);
      return stats === null ? [] : [{ path, isFolder: stats.isDirectory(), mode: stats.mode & 0o777 }];
    });
  } catch {
    return [];
  }
}

function diskOf(path: string): DiskLook | null {
  try {
    const { bavail, blocks, bsize, type } = statfsSync(path);
    return { freeBytes: bavail * bsize, totalBytes: blocks * bsize, type };
  } catch {
    return null;
  }
}
