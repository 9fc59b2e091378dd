/**
 * A disk in memory that does what disks and their caches do to programs: forgets what was not flushed, wholly or in
 * part, fills up at any byte, writes less than asked, and fails.
 *
 * The model. Every file has two contents: what a reader sees (the page cache) and what is on the disk; between them lies
 * the list of changes not flushed. `sync` applies that list. At a loss of power each change is applied or not, a write
 * sector by sector; a sector that is missing may still have moved the end of the file, and then holds zeros or
 * whatever the block held before. Names likewise, until `syncFolder`. The death of the process alone loses nothing but
 * open files. A `sync` that fails applies a part of the list, and forgets the rest: a second one then succeeds, and the
 * data is not there (as Linux does).
 *
 * After a crash every operation of the old life fails, so that nothing it still does has an effect; `files()` gives
 * the disk to the next life.
 *
 * Worked example: 'aaaa' written and flushed, 'bbbb' written behind it, power lost: 'aaaa', or 'aaaabbbb', or 'aaaa' and
 * four zeros, or 'aaaa' and four bytes of garbage.
 * Source: the crash states of ALICE (Pillai et al., OSDI 2014), failed flushes of Rebello et al., USENIX ATC 2020.
 */
import { dirname } from 'node:path';
import type { LogFile, LogFiles, OpenMode } from '../../src/adapters/embedded/log-files.ts';
import type { SeededRandom } from '../../tools/seeded-random.ts';
import { FaultyContent, survives, type Survival } from './faulty-content.ts';

export interface DiskStep {
  operation:
    | 'makeFolder'
    | 'list'
    | 'open'
    | 'remove'
    | 'syncFolder'
    | 'read'
    | 'write'
    | 'sync'
    | 'truncate';
  path: string;
  /** How many a read or write asks for; 0 for others. */
  bytes: number;
}

/** What happens to a step: the power goes before or after it, it fails, or does less. */
export type DiskFault =
  | { crash: 'before' | 'after'; of: 'power' | 'process' }
  | { error: string }
  | { atMostBytes: number };

export class FaultyDisk {
  /** What all files together may hold. */
  capacityBytes = Infinity;
  /** Asked before every step. */
  faultOf: (step: DiskStep) => DiskFault | null = () => null;
  readonly #random: SeededRandom;
  #seen = new Map<string, FaultyContent>();
  #onDisk = new Map<string, FaultyContent>();
  #unsyncedNames: { path: string; content: FaultyContent | null }[] = [];
  #unsyncedFolders = new Set<string>();
  #life = 0;

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  /** The disk as one process has it, from now to the next crash. */
  files(): LogFiles {
    const life = this.#life;
    const step = <T>(operation: DiskStep['operation'], path: string, action: () => T): Promise<T> =>
      this.#step(life, { operation, path, bytes: 0 }, action);
    return {
      makeFolder: (path) => step('makeFolder', path, () => this.#makeFolder(path)),
      list: (path) => step('list', path, () => this.#list(path)),
      open: (path, mode) =>
        step('open', path, () => new FaultyFile(this, life, path, this.#open(path, mode))),
      remove: (path) => step('remove', path, () => this.#name(path, null)),
      syncFolder: (path) => step('syncFolder', path, () => this.#syncFolder(path)),
    };
  }

  /** Ends the life of the process; a loss of power takes what was not flushed with it. */
  crash(of: 'power' | 'process'): void {
    this.#life += 1;
    if (of === 'process') return;
    const survival = this.#random.pick<Survival>(['nothing', 'everything', 'parts', 'parts']);
    for (const { path, content } of this.#unsyncedNames)
      if (survives(survival, this.#random)) setOrDelete(this.#onDisk, path, content);
    for (const folder of this.#unsyncedFolders) {
      if (survives(survival, this.#random)) continue;
      for (const path of this.#onDisk.keys()) if (dirname(path) === folder) this.#onDisk.delete(path);
    }
    this.#unsyncedNames = [];
    this.#unsyncedFolders.clear();
    for (const content of new Set(this.#onDisk.values())) {
      content.settle(survival, this.#random);
      content.forgetCache();
    }
    this.#seen = new Map(this.#onDisk);
  }

  /** A byte of a file, for tests that damage it. */
  damage(path: string, position: number): void {
    this.#content(path).flip(position);
  }

  paths(): string[] {
    return [...this.#seen.keys()].toSorted();
  }

  sizeOf(path: string): number {
    return this.#content(path).seen.length;
  }

  /** Runs a step of a life: nothing of it when that life is over, and what `faultOf` says. */
  async #step<T>(life: number, step: DiskStep, action: (atMostBytes: number) => T): Promise<T> {
    await Promise.resolve();
    if (life !== this.#life) throw new DiskError('ECRASHED', step);
    const fault = this.faultOf(step);
    if (fault === null) return action(Infinity);
    if ('atMostBytes' in fault) return action(fault.atMostBytes);
    if ('error' in fault) {
      if (step.operation === 'sync') this.#failSync(step.path);
      throw new DiskError(fault.error, step);
    }
    try {
      if (fault.crash === 'after') action(Infinity);
    } finally {
      this.crash(fault.of);
    }
    throw new DiskError('ECRASHED', step);
  }

  read(life: number, path: string, content: FaultyContent, into: Uint8Array, at: number): Promise<number> {
    const step: DiskStep = { operation: 'read', path, bytes: into.length };
    return this.#step(life, step, (most) => content.seen.read(into.subarray(0, Math.max(1, most)), at));
  }

  write(
    life: number,
    path: string,
    content: FaultyContent,
    parts: readonly Uint8Array[],
    at: number,
  ): Promise<number> {
    const all = Buffer.concat(parts);
    const step: DiskStep = { operation: 'write', path, bytes: all.length };
    return this.#step(life, step, (most) => {
      const used = [...this.#seen.values()].reduce((sum, { seen }) => sum + seen.length, 0);
      const room = Math.max(0, content.seen.length - at) + Math.max(0, this.capacityBytes - used);
      const bytes = all.subarray(0, Math.min(room, Math.max(1, most)));
      if (bytes.length === 0) throw new DiskError('ENOSPC', step);
      content.change({ at, bytes });
      return bytes.length;
    });
  }

  truncate(life: number, path: string, content: FaultyContent, size: number): Promise<void> {
    return this.#step(life, { operation: 'truncate', path, bytes: 0 }, () => content.change({ size }));
  }

  sync(life: number, path: string, content: FaultyContent): Promise<void> {
    return this.#step(life, { operation: 'sync', path, bytes: 0 }, () =>
      content.settle('everything', this.#random),
    );
  }

  #makeFolder(path: string): void {
    if (![...this.#seen.keys()].some((file) => dirname(file) === path)) this.#unsyncedFolders.add(path);
  }

  #list(path: string): string[] {
    return [...this.#seen.keys()]
      .filter((file) => dirname(file) === path)
      .map((f) => f.slice(path.length + 1));
  }

  #open(path: string, mode: OpenMode): FaultyContent {
    const there = this.#seen.get(path);
    if (there === undefined && mode !== 'create')
      throw new DiskError('ENOENT', { operation: 'open', path, bytes: 0 });
    const content = there ?? new FaultyContent();
    if (there === undefined) this.#name(path, content);
    else if (mode === 'create') content.change({ size: 0 });
    return content;
  }

  #name(path: string, content: FaultyContent | null): void {
    if (content === null && !this.#seen.has(path)) return;
    setOrDelete(this.#seen, path, content);
    this.#unsyncedNames.push({ path, content });
  }

  #syncFolder(folder: string): void {
    for (const { path, content } of this.#unsyncedNames)
      if (dirname(path) === folder) setOrDelete(this.#onDisk, path, content);
    this.#unsyncedNames = this.#unsyncedNames.filter(({ path }) => dirname(path) !== folder);
    for (const made of this.#unsyncedFolders)
      if (dirname(made) === folder) this.#unsyncedFolders.delete(made);
  }

  #failSync(path: string): void {
    const content = this.#seen.get(path);
    content?.settle('parts', this.#random);
  }

  #content(path: string): FaultyContent {
    const content = this.#seen.get(path);
    if (content === undefined) throw new Error(`there is no ${path}`);
    return content;
  }
}

class FaultyFile implements LogFile {
  readonly #disk: FaultyDisk;
  readonly #life: number;
  readonly #path: string;
  readonly #content: FaultyContent;

  constructor(disk: FaultyDisk, life: number, path: string, content: FaultyContent) {
    this.#disk = disk;
    this.#life = life;
    this.#path = path;
    this.#content = content;
  }

  size(): Promise<number> {
    return Promise.resolve(this.#content.seen.length);
  }

  read(into: Uint8Array, position: number): Promise<number> {
    return this.#disk.read(this.#life, this.#path, this.#content, into, position);
  }

  write(parts: readonly Uint8Array[], position: number): Promise<number> {
    return this.#disk.write(this.#life, this.#path, this.#content, parts, position);
  }

  sync(): Promise<void> {
    return this.#disk.sync(this.#life, this.#path, this.#content);
  }

  truncate(size: number): Promise<void> {
    return this.#disk.truncate(this.#life, this.#path, this.#content, size);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

class DiskError extends Error {
  readonly code: string;

  constructor(code: string, { operation, path }: DiskStep) {
    super(`${code}: ${operation} ${path}`);
    this.code = code;
  }
}

function setOrDelete(names: Map<string, FaultyContent>, path: string, content: FaultyContent | null): void {
  if (content === null) names.delete(path);
  else names.set(path, content);
}
