/**
 * Names under which passwords, keys and tokens stand: of variables, of options, of members of objects.
 *
 * Why so few: a name must say that what it names is the secret itself. `secretName`, `token_file`, `PWD` and `passwordPolicy`
 * name other things, and `secret` and `token` alone name objects as often (`secret=ledger-tls`), so that of these two the
 * value is looked at as well.
 * Worked example: `DB_PASSWORD` -> 'strong'; `CI_TOKEN` -> 'weak'; `PWD` -> null.
 */

/** Parts of names that are secrets whatever they hold; a joint is `_`, `-` or nothing. */
const STRONG_PARTS: readonly string[] = [
  'password',
  'passwd',
  'passphrase',
  'secret|access|key',
  'secret|key',
  'access|token',
  'refresh|token',
  'session|token',
  'auth|token',
  'private|token',
  'bot|token',
  'client|secret',
  'api|key',
  'api|token',
  'account|key',
  'shared|access|key',
  'subscription|key',
];
const WEAK_PARTS: readonly string[] = ['secret', 'token'];
const JOINTS: readonly string[] = ['', '_', '-'];

/** Every spelling of the ends of names that are secrets, in lower case. */
export const STRONG_NAMES: readonly string[] = [
  ...STRONG_PARTS.flatMap((part) =>
    part
      .split('|')
      .reduce<string[]>(
        (spelled, word) =>
          spelled.length === 0
            ? [word]
            : spelled.flatMap((before) => JOINTS.map((joint) => before + joint + word)),
        [],
      ),
  ),
  // `PWD` alone is the working directory, and `pass` a verb.
  '_pwd',
  '_pass',
  'sshpass',
];
export const WEAK_NAMES = WEAK_PARTS;

/** The longest first, so that an alternative is not cut short. */
const alternatives = (names: readonly string[]): string =>
  names.toSorted((a, b) => b.length - a.length).join('|');
/** For regular expressions with the flag `i`. */
export const STRONG = alternatives(STRONG_NAMES);
export const WEAK = alternatives(WEAK_NAMES);

const STRONG_END = new RegExp(`(?:${STRONG})\\d{0,2}$`, 'i');
const WEAK_END = new RegExp(`(?:^|[_-])(?:${WEAK})\\d{0,2}$`, 'i');
/** Options that ask for the secret, or say that there is none. */
const ASKS = /^-*(?:no|ask|prompt)[_-]/i;
const MAX_NAME = 100;

export type NameStrength = 'strong' | 'weak' | null;

/** Whether a name, with or without the dashes of an option, names a secret. */
export function strengthOf(name: string): NameStrength {
  if (name.length > MAX_NAME || ASKS.test(name)) return null;
  if (STRONG_END.test(name)) return 'strong';
  return WEAK_END.test(name) ? 'weak' : null;
}

/** What stands for a value that is put in later, also into a statement of SQL: no secret. */
const REFERENCE =
  /^["'\\]*(?:\?|%s|\$\d{1,3}|\$(?:[A-Z_][A-Z0-9_]*|\{[A-Za-z_][A-Za-z0-9_]*\}|\([A-Za-z_][A-Za-z0-9_]*\)))["'\\]*[,;)]?$/;
/** What may stand around a value. */
const QUOTES = '"\'\\';
const CLOSERS = '"\'\\;,.)]}';
/** Marks of what was taken out before, without what closes them. */
const MARKS: readonly string[] = ['', '[SECRET', '[REMOVED', '[PAN'];
/** Names of objects have words, joined by `-` or `.`; a UUID has not. */
const OBJECT_NAME = /^(?=[a-z0-9.-]*[-.])[a-z](?:[a-z0-9.-]*[a-z0-9])?$/;
const MIN_WEAK_VALUE = 8;
/** Ways to write that there is none, or that there is one. */
const NO_VALUE = /^(?:null|nil|<nil>|none|undefined|true|false)$/i;

/** Nothing at all, or what redaction has put there. By hand: two classes in a row that share units are slow to fail. */
function isNothing(value: string): boolean {
  let from = 0;
  let to = value.length;
  while (from < to && QUOTES.includes(value.charAt(from))) from += 1;
  while (to > from && CLOSERS.includes(value.charAt(to - 1))) to -= 1;
  const bare = value.slice(from, Math.min(to, from + 10));
  return MARKS.includes(bare) || NO_VALUE.test(bare);
}

/** Whether what stands under such a name is a secret, and not a reference, a path, the name of an object or nothing. */
export function isSecretValue(value: string, strength: NameStrength): boolean {
  if (isNothing(value) || REFERENCE.test(value)) return false;
  if (strength === 'strong') return true;
  const bare = value.replace(/^["'\\]+/, '');
  if (strength !== 'weak' || bare.length < MIN_WEAK_VALUE || /^[/.~]/.test(bare)) return false;
  return /[0-9A-Z]/.test(bare) && !OBJECT_NAME.test(bare);
}
