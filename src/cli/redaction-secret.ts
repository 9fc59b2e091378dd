/**
 * The redaction key that the environment gives, as text or as the name of a file that holds it. Containers are given secrets as files: a
 * variable is seen by whoever may look at the container.
 */
import { readFileSync } from 'node:fs';
import { redactionKeyOfText } from '../adapters/embedded/redaction-key.ts';
import { CounterfoilError } from '../model/errors.ts';

/** Secrets are no options, so that no file of ours and no help text ever shows them. */
export const KEY_VARIABLE = 'COUNTERFOIL_REDACTION_KEY';
export const KEY_FILE_VARIABLE = 'COUNTERFOIL_REDACTION_KEY_FILE';

export type Env = Readonly<Record<string, string | undefined>>;

/** The variable that gives the key; null where none does. The text itself goes before the file. */
export function keyVariableIn(env: Env): string | null {
  return [KEY_VARIABLE, KEY_FILE_VARIABLE].find((name) => (env[name] ?? '') !== '') ?? null;
}

/**
 * The key; undefined where the environment gives none, and the data folder's own is used.
 * @throws CounterfoilError CF_CONFIG when the file cannot be read or the key is too short; the message never shows it
 */
export function redactionKeyIn(env: Env): Uint8Array | undefined {
  const name = keyVariableIn(env);
  if (name === null) return undefined;
  const given = env[name] ?? '';
  return redactionKeyOfText(name === KEY_VARIABLE ? given : textOf(given), name);
}

/** What a thread or a child needs to come to the same key. */
export function keyVariablesOf(env: Env): Env {
  return { [KEY_VARIABLE]: env[KEY_VARIABLE], [KEY_FILE_VARIABLE]: env[KEY_FILE_VARIABLE] };
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    throw new CounterfoilError(
      'CF_CONFIG',
      `${file}, which ${KEY_FILE_VARIABLE} names, cannot be read (${code}).`,
    );
  }
}
