/**
 * The key with which card numbers in id fields become tokens, kept in the data folder so that tokens of different
 * runs are equal. Made when it is first needed, readable by its owner only.
 *
 * Two processes may need it at once: each writes its own file and links it to the name; `link` fails for the second,
 * which then reads the key of the first. Nobody ever sees half a key.
 */
import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CounterfoilError } from '../../model/errors.ts';

export const REDACTION_KEY_FILE = 'redaction.key';
/** Shorter keys can be guessed, and with them the card numbers. */
const MIN_CHARACTERS = 32;

/**
 * The key of a data folder, made when it is not there.
 * @throws CounterfoilError CF_CONFIG when the folder cannot be written or the file is no key
 */
export function redactionKeyOf(dir: string): Uint8Array {
  const file = join(dir, REDACTION_KEY_FILE);
  return readKey(file) ?? makeKey(dir, file);
}

/**
 * A key given as text, from an environment variable.
 * @throws CounterfoilError CF_CONFIG when it is too short; the message never shows it
 */
export function redactionKeyOfText(text: string, name: string): Uint8Array {
  if (text.trim().length < MIN_CHARACTERS) {
    throw new CounterfoilError(
      'CF_CONFIG',
      `${name} has fewer than ${MIN_CHARACTERS} characters, too few for a key.`,
    );
  }
  return Buffer.from(text.trim(), 'utf8');
}

/**
 * Gives another data folder the key of this one, so that the tokens of both are equal; nothing where there is none.
 * @throws CounterfoilError CF_CONFIG when it cannot be read or written
 */
export function copyRedactionKey(from: string, to: string): void {
  const [source, target] = [join(from, REDACTION_KEY_FILE), join(to, REDACTION_KEY_FILE)];
  if (readKey(source) === undefined) return;
  try {
    writeFileSync(target, readFileSync(source), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    throw unusable(target, error);
  }
}

/**
 * The key of a data folder where it has one; makes none.
 * @throws CounterfoilError CF_CONFIG when the file is no key
 */
export function storedRedactionKey(dir: string): Uint8Array | undefined {
  return readKey(join(dir, REDACTION_KEY_FILE));
}

function readKey(file: string): Uint8Array | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw unusable(file, error);
  }
  return redactionKeyOfText(text, file);
}

function makeKey(dir: string, file: string): Uint8Array {
  const own = join(dir, `.${REDACTION_KEY_FILE}.${process.pid}.${randomBytes(4).toString('hex')}`);
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    writeFileSync(own, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600, flag: 'wx' });
    linkSync(own, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw unusable(file, error);
  } finally {
    rmSync(own, { force: true });
  }
  const key = readKey(file);
  if (key === undefined) throw new CounterfoilError('CF_CONFIG', `${file} was removed while it was made.`);
  return key;
}

function unusable(file: string, error: unknown): CounterfoilError {
  const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
  return new CounterfoilError(
    'CF_CONFIG',
    `${file} cannot be read or made (${code}); name a folder that can be written with --data, or set COUNTERFOIL_REDACTION_KEY or COUNTERFOIL_REDACTION_KEY_FILE.`,
  );
}
