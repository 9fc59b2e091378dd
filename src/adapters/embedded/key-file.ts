/**
 * The file of API keys: ids, names, scopes and hashes, as JSON. It holds no key, yet whoever can change it can let himself in, so
 * only its owner may.
 *
 * Changed whole: the new content is written to a file beside it, brought to the disk, and renamed, so that a reader meets the old
 * keys or the new ones, and a crash leaves one of both. The file beside it is also what keeps two changes apart: it is made only
 * where there is none, before the old content is read.
 */
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { isScope, type AccessKey } from '../../model/access.ts';
import { CounterfoilError } from '../../model/errors.ts';

const SCHEMA = 'api-keys/1';
/** More than any team has, and read in a moment. */
export const MAX_KEYS = 1_000;
const MAX_BYTES = 1_048_576;

/**
 * The keys of a file; null where there is no file.
 * @throws CounterfoilError CF_KEY_FILE when it cannot be read or is none
 */
export function readKeyFile(file: string): AccessKey[] | null {
  let text: string;
  try {
    if (statSync(file).size > MAX_BYTES) throw notOurs(file, `it is larger than ${MAX_BYTES} bytes`);
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof CounterfoilError) throw error;
    if (codeOf(error) === 'ENOENT') return null;
    throw new CounterfoilError('CF_KEY_FILE', `${file} cannot be read (${codeOf(error)}).`);
  }
  return keysOf(text, file);
}

/**
 * Changes the keys of a file, which is made where there is none.
 * @param change is given the keys there are, and gives those that there shall be
 * @throws CounterfoilError CF_KEY_FILE; whatever `change` throws, and then nothing has changed
 */
export function changeKeyFile(file: string, change: (keys: readonly AccessKey[]) => AccessKey[]): void {
  const next = `${file}.new`;
  const descriptor = openNext(file, next);
  try {
    const keys = change(readKeyFile(file) ?? []);
    if (keys.length > MAX_KEYS)
      throw new CounterfoilError('CF_OVER_LIMIT', `${file} may hold ${MAX_KEYS} keys. Revoke one first.`);
    writeFileSync(descriptor, `${JSON.stringify({ schema: SCHEMA, keys }, null, 2)}\n`);
    fsyncSync(descriptor);
    renameSync(next, file);
    flushFolder(dirname(file));
  } catch (error) {
    rmSync(next, { force: true });
    throw error instanceof CounterfoilError ? error : notWritable(file, error);
  } finally {
    closeSync(descriptor);
  }
}

function openNext(file: string, next: string): number {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  } catch (error) {
    throw notWritable(file, error);
  }
  try {
    return openSync(next, 'wx', 0o600);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw notWritable(file, error);
    throw new CounterfoilError(
      'CF_KEY_FILE',
      `${file} is being changed: ${next} is there. If nobody is at it, a change was cut off; remove that file and try again.`,
    );
  }
}

/** The rename is durable when its folder is. */
function flushFolder(dir: string): void {
  const folder = openSync(dir, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

function keysOf(text: string, file: string): AccessKey[] {
  const value = parsed(text, file);
  const { schema, keys } = (value ?? {}) as Record<string, unknown>;
  if (schema !== SCHEMA || !Array.isArray(keys)) throw notOurs(file, `it is not of the form ${SCHEMA}`);
  if (keys.length > MAX_KEYS) throw notOurs(file, `it holds more than ${MAX_KEYS} keys`);
  const faulty = keys.findIndex((key) => !isAccessKey(key));
  if (faulty >= 0) throw notOurs(file, `/keys/${faulty} is no key`);
  const ids = new Set(keys.map((key) => (key as AccessKey).id));
  if (ids.size < keys.length) throw notOurs(file, 'two keys in it have one id');
  return keys as AccessKey[];
}

function parsed(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw notOurs(file, 'it is no JSON');
  }
}

function isAccessKey(value: unknown): value is AccessKey {
  const { id, name, scopes, created, sha256 } = (value ?? {}) as Record<string, unknown>;
  return (
    typeof id === 'string' &&
    /^[0-9A-Za-z]{8}$/.test(id) &&
    typeof name === 'string' &&
    Array.isArray(scopes) &&
    scopes.every((scope) => typeof scope === 'string' && isScope(scope)) &&
    typeof created === 'string' &&
    typeof sha256 === 'string' &&
    /^[0-9a-f]{64}$/.test(sha256)
  );
}

function notOurs(file: string, why: string): CounterfoilError {
  return new CounterfoilError(
    'CF_KEY_FILE',
    `${file} is no file of API keys: ${why}. See: counterfoil keys --help`,
  );
}

function notWritable(file: string, error: unknown): CounterfoilError {
  return new CounterfoilError(
    'CF_KEY_FILE',
    `${file} cannot be written (${codeOf(error)}); name one that can be with --file.`,
  );
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'unknown';
}
