/**
 * The folder that a replay writes. It is whole or not there: everything is made in a folder inside of it, and moved out when it is done,
 * the index last. Whoever looks into it before finds no index and no log, and says so; nobody takes half an answer for an answer.
 *
 * A replay that fails or is interrupted takes away what it made. One that is killed leaves the inner folder, and the next one refuses to
 * begin beside it and names it: there is nothing in it that would be worth going on with, and deleting is for people.
 */
import { existsSync, mkdirSync, readdirSync, realpathSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { INDEX_FILE, LOCK_FILE } from '../adapters/embedded/incident-index-file.ts';
import { NODE_FILES } from '../adapters/embedded/log-files.ts';

const UNFINISHED = 'replay.unfinished';

/** Why a folder cannot be replayed into; null: it can. */
export function whyNotInto(into: string, source: string | null): string | null {
  if (source !== null && realPath(into) === realPath(source))
    return `--into ${into} is the folder that is replayed; name another one`;
  const found = existsSync(into) ? readdirSync(into) : [];
  if (found.includes(UNFINISHED))
    return `--into ${into} holds a replay that did not come to its end, or still runs; delete ${join(into, UNFINISHED)} and begin again`;
  if (found.includes(INDEX_FILE)) return `--into ${into} holds an index already; name a new folder`;
  return found.length === 0 ? null : `--into ${into} is not empty; name a new folder`;
}

function realPath(path: string): string {
  return existsSync(path) ? realpathSync(path) : path;
}

export class ReplayFolder {
  /** Where the parts are made. */
  readonly work: string;
  readonly #into: string;
  readonly #isNew: boolean;

  constructor(into: string) {
    this.#into = into;
    this.#isNew = !existsSync(into);
    this.work = join(into, UNFINISHED);
  }

  /** Makes it; `whyNotInto` was asked before. */
  make(): void {
    mkdirSync(this.#into, { recursive: true, mode: 0o700 });
    mkdirSync(this.work, { mode: 0o700 });
  }

  /** Everything is closed: from now on the folder is like any other. */
  async publish(): Promise<void> {
    rmSync(join(this.work, LOCK_FILE), { force: true });
    const names = readdirSync(this.work).filter((name) => name !== INDEX_FILE);
    for (const name of [...names, INDEX_FILE]) renameSync(join(this.work, name), join(this.#into, name));
    rmdirSync(this.work);
    await NODE_FILES.syncFolder(this.#into);
  }

  /** Leaves nothing behind of what it made. */
  discard(): void {
    rmSync(this.work, { recursive: true, force: true });
    if (this.#isNew && readdirSync(this.#into).length === 0) rmdirSync(this.#into);
  }
}
