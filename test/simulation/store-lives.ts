/**
 * The files of the engine's store through several lives: after the death of the process as the last commit left them,
 * after a loss of power as any commit that was not flushed yet may have left them (`synchronous = NORMAL`, see
 * embedded-store.ts). For that, copies are kept of some commits; the beginning, without any file, is one of them.
 *
 * Beside them it keeps which revisions readers have been shown: within one life of the files none may go back, and none
 * may be given to two contents.
 *
 * Worked example: commits 1 to 5, copies of 2 and 4; power is lost: the next life begins with 5, 4 or 2, or from nothing,
 * and with the revisions of that commit.
 */
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EnginePorts } from '../../src/runtime/live/engine-options.ts';
import type { DocumentChanges } from '../../src/ports/incident-index.ts';
import type { SeededRandom } from '../../tools/seeded-random.ts';

/** The main file first: what is behind it is nothing without it. */
const FILES = ['index.sqlite', 'index.sqlite-wal'];
const MEMORY = '/dev/shm';
const MOST_COPIES = 3;

type Revisions = Map<string, number>;

export class StoreLives {
  readonly folder = mkdtempSync(join(existsSync(MEMORY) ? MEMORY : tmpdir(), 'counterfoil-lives-'));
  readonly #random: SeededRandom;
  #copies: { folder: string | null; revisions: Revisions }[] = [{ folder: null, revisions: new Map() }];
  #copied = 0;
  /** As committed, and with what is written since. */
  #shown: Revisions = new Map();
  #written: Revisions = new Map();

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  get dataFolder(): string {
    return join(this.folder, 'data');
  }

  /** Watches what is written and committed. */
  around(ports: EnginePorts): EnginePorts {
    const { facts, index } = ports;
    return {
      ...ports,
      facts: replaced(facts, 'commit', async (progress) => {
        await facts.commit(progress);
        this.#committed();
      }),
      index: replaced(index, 'write', async (tenant, changes) => {
        this.#watch(changes);
        await index.write(tenant, changes);
      }),
    };
  }

  #watch({ removed, events, links, payments, incidents }: DocumentChanges): void {
    for (const id of [...removed.events, ...removed.payments, ...removed.incidents]) this.#written.delete(id);
    for (const { event, meta } of events) this.#revise(event.id, meta.revision);
    for (const { link, meta } of links) this.#revise(link.id, meta.revision);
    for (const { payment, meta } of payments) this.#revise(payment.id, meta.revision);
    for (const { incident, meta } of incidents) this.#revise(incident.id, meta.revision);
  }

  #revise(id: string, revision: number): void {
    const former = this.#written.get(id) ?? 0;
    if (revision <= former) throw new Error(`${id} has revision ${former}, and is given ${revision}`);
    this.#written.set(id, revision);
  }

  #committed(): void {
    this.#shown = new Map(this.#written);
    if (!this.#random.chance(0.3)) return;
    this.#copied += 1;
    const folder = join(this.folder, `copy-${this.#copied}`);
    mkdirSync(folder);
    copyFiles(this.dataFolder, folder);
    this.#copies.push({ folder, revisions: this.#shown });
    if (this.#copies.length > MOST_COPIES) this.#copies.shift();
  }

  /** The life is over and the store closed: what the next one finds. */
  afterwards(of: 'power' | 'process'): void {
    if (of === 'power' && this.#random.chance(0.7)) this.#goBack();
    this.#written = new Map(this.#shown);
  }

  #goBack(): void {
    const at = this.#random.integer(0, this.#copies.length - 1);
    const copy = this.#copies[at];
    if (copy === undefined) return;
    for (const file of [...FILES, 'index.sqlite-shm']) rmSync(join(this.dataFolder, file), { force: true });
    if (copy.folder !== null) copyFiles(copy.folder, this.dataFolder);
    this.#shown = new Map(copy.revisions);
    // What is flushed now cannot be lost again, and what came later is not there any more.
    this.#copies = [copy];
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function copyFiles(from: string, to: string): void {
  for (const file of FILES) if (existsSync(join(from, file))) copyFileSync(join(from, file), join(to, file));
}

/** The object with one of its methods replaced. */
function replaced<T extends object, K extends keyof T>(target: T, name: K, method: T[K]): T {
  return new Proxy(target, {
    get: (_, wanted) => {
      if (wanted === name) return method;
      const member = Reflect.get(target, wanted) as unknown;
      return typeof member === 'function' ? (member.bind(target) as unknown) : member;
    },
  });
}
