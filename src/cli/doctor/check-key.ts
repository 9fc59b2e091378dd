/** The redaction key. It is compared, and never shown, nor anything that is made from it. */
import { timingSafeEqual } from 'node:crypto';
import { join } from 'node:path';
import { REDACTION_KEY_FILE, storedRedactionKey } from '../../adapters/embedded/redaction-key.ts';
import { CounterfoilError } from '../../model/errors.ts';
import { KEY_FILE_VARIABLE, KEY_VARIABLE, keyVariableIn, redactionKeyIn } from '../redaction-secret.ts';
import { ok, problem, warning, type Check, type Finding, type Looks } from './check.ts';

export const KEY_CHECKS: readonly Check[] = [
  { name: 'key.file', looksFor: 'the redaction key in the folder can be used', run: keyFile },
  {
    name: 'key.variable',
    looksFor: `\`${KEY_VARIABLE}\` or the file of \`${KEY_FILE_VARIABLE}\` is a key, and not another one than that of the folder`,
    run: keyVariable,
  },
];

function keyFile({ folder }: Looks): Finding {
  const place = join(folder.path, REDACTION_KEY_FILE);
  const { key, fault } = keyOf(() => storedRedactionKey(folder.path));
  if (fault === null)
    return ok(place, key === undefined ? 'there is none; it is made when it is first needed' : 'is a key');
  return problem(place, {
    found: fault,
    why: 'The first card number in a record would stop everything.',
    toDo: 'Put the key back from a copy. A new one makes other ids of the same card numbers.',
  });
}

function keyVariable({ folder, env, servers }: Looks): Finding {
  const name = keyVariableIn(env);
  if (name === null)
    return servers === null
      ? ok(KEY_VARIABLE, 'is not set; the key of the folder is used')
      : keyOfWorkers(servers.roles);
  const given = keyOf(() => redactionKeyIn(env));
  if (given.fault !== null)
    return problem(name, {
      found: given.fault,
      why: 'The first card number in a record would stop everything.',
      toDo: 'Set a key of at least 32 characters, or unset it.',
    });
  if (servers !== null) return ok(KEY_VARIABLE, 'is a key; every worker needs the same one');
  const { key } = keyOf(() => storedRedactionKey(folder.path));
  if (key === undefined) return ok(name, 'is a key; the folder has none of its own');
  if (isSame(given.key, key)) return ok(name, 'is the key of the folder');
  return problem(name, {
    found: 'is another key than that of the folder, and is used instead of it',
    why: 'The same card number gets another id from now on: records of before and after do not join.',
    toDo: `Unset it, or replace ${join(folder.path, REDACTION_KEY_FILE)} once nothing recorded with it matters any more.`,
  });
}

function keyOfWorkers(roles: readonly string[]): Finding {
  const found = 'is not set';
  const toDo = 'Set it to 64 hex digits, the same for every worker: openssl rand -hex 32';
  if (roles.every((role) => role === 'api'))
    return warning(KEY_VARIABLE, {
      found,
      why: 'Asked for a payment by a card number, the API looks for another id than workers have given it.',
      toDo,
    });
  const why = 'Workers do not start: card numbers join only when all of them are hidden with one key.';
  return problem(KEY_VARIABLE, { found, why, toDo });
}

function keyOf(read: () => Uint8Array | undefined): { key: Uint8Array | undefined; fault: string | null } {
  try {
    return { key: read(), fault: null };
  } catch (error) {
    if (!(error instanceof CounterfoilError)) throw error;
    return { key: undefined, fault: error.message };
  }
}

function isSame(a: Uint8Array | undefined, b: Uint8Array): boolean {
  return a !== undefined && a.length === b.length && timingSafeEqual(a, b);
}
