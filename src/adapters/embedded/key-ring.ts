/**
 * The keys of a file, in force while it stands there: read again when the file is another one, which is looked for when a key is
 * asked for and at most once a second. So a revoked key is refused a second later at the latest, without a restart or a signal.
 *
 * A file that cannot be read, is damaged or was taken away lets nobody in: the answer is 503, which well-behaved senders repeat,
 * and not 401, after which they would throw their records away. Keys in memory are no way out, since one of them may just have
 * been revoked.
 */
import { statSync } from 'node:fs';
import type { AccessKey } from '../../model/access.ts';
import { CounterfoilError } from '../../model/errors.ts';
import type { AccessKeys, KeyGrant } from '../../ports/access-keys.ts';
import type { Clock } from '../../ports/clock.ts';
import { readKeyFile } from './key-file.ts';
import { idOfKey, isKeyOf } from './key-text.ts';

const LOOK_EVERY_MS = 1_000;
/** Of no key: what an unknown id is compared with, so that it takes as long as a known one. */
const NOBODY = '0'.repeat(64);

export class KeyRing implements AccessKeys {
  readonly #file: string;
  readonly #clock: Clock;
  #lookedAt = -Infinity;
  /** Which file it was that was read. */
  #version = '';
  #keys = new Map<string, AccessKey>();
  #fault: CounterfoilError | null = null;
  #demanded = false;

  constructor(file: string, clock: Clock) {
    this.#file = file;
    this.#clock = clock;
  }

  demanded(): boolean {
    this.#look();
    return this.#demanded;
  }

  grantOf(key: string): KeyGrant | null {
    this.#look();
    if (this.#fault !== null) throw this.#fault;
    const known = this.#keys.get(idOfKey(key) ?? '');
    if (!isKeyOf(key, known?.sha256 ?? NOBODY) || known === undefined) return null;
    return { id: known.id, scopes: known.scopes };
  }

  /**
   * How many keys there are now.
   * @throws CounterfoilError CF_KEY_FILE
   */
  count(): number {
    this.#look();
    if (this.#fault !== null) throw this.#fault;
    return this.#keys.size;
  }

  #look(): void {
    const now = this.#clock.elapsedMs();
    if (now - this.#lookedAt < LOOK_EVERY_MS) return;
    this.#lookedAt = now;
    const version = versionOf(this.#file);
    if (version === this.#version) return;
    this.#version = version;
    this.#read();
  }

  #read(): void {
    try {
      const keys = readKeyFile(this.#file);
      this.#fault = keys === null && this.#demanded ? gone(this.#file) : null;
      this.#demanded ||= keys !== null;
      this.#keys = new Map((keys ?? []).map((key) => [key.id, key]));
    } catch (error) {
      if (!(error instanceof CounterfoilError)) throw error;
      this.#fault = error;
      this.#demanded = true;
      this.#keys.clear();
      // A file that cannot be read now may be readable without having changed.
      this.#version = '';
    }
  }
}

/** Changes whenever the file is written, replaced, made or removed. */
function versionOf(file: string): string {
  try {
    const { ino, size, mtimeMs, ctimeMs } = statSync(file);
    return `${ino}.${size}.${mtimeMs}.${ctimeMs}`;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'unknown';
  }
}

function gone(file: string): CounterfoilError {
  return new CounterfoilError('CF_KEY_FILE', `${file} was there and is gone. Put it back, or start again.`);
}
