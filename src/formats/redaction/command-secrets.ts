/**
 * Passwords among the words of a command line: `mysql -phunter2`, `curl -u ann:hunter2`, `--password hunter2`.
 *
 * What: one walk over the words. A word may name a program, whose short options are known from a table; an option may take its value
 * with it or have it as the next word. Short options mean a different thing in every program (`-p` is a port for ssh and a folder for
 * mkdir), so that they count only behind a program of the table, up to the end of its command. Words are those between white space, since
 * sensors join arguments without quoting them; in the URI of an exec request, those of `command=`.
 *
 * Cost: in a text that has such a program or option (signs.ts), one pass.
 * Worked example: `mysql -h db -P 3306 -phunter2 pay; ssh -p 22 host` -> `mysql -h db -P 3306 -p[SECRET] pay; ssh -p 22 host`.
 * Source: the manual pages of the programs.
 */
import { isSecretValue, STRONG_NAMES, strengthOf, WEAK_NAMES, type NameStrength } from './secret-names.ts';
import { SECRET_MARK } from './tokens.ts';

interface Program {
  /** What the name of the file is. */
  name: RegExp;
  /** What stands in a text that calls it (word-automaton.ts). */
  words: readonly string[];
  /** Options whose next word is a secret; the value of those in `joined` stands in the same word. */
  next?: RegExp;
  joined?: RegExp;
  /** The secret is what follows this in the value: `ann:hunter2`. */
  behind?: string;
  /** Options whose next word is a name, `=` and a secret. */
  pair?: RegExp;
  /** Words that are names of secrets have them as the next word. */
  isSetting?: boolean;
  /** Options count after this word. */
  subcommand?: string;
}

const PROGRAMS: readonly Program[] = [
  { name: /^(?:mysql|mariadb)[a-z_-]*$/, words: ['mysql', 'mariadb'], joined: /^-p(?=.)/ },
  { name: /^mongo[a-z]*$/, words: ['mongo'], next: /^-p$/, joined: /^-p(?=.)/ },
  { name: /^sshpass$/, words: ['sshpass ', 'sshpass&'], next: /^-p$/, joined: /^-p(?=.)/ },
  {
    name: /^curl$/,
    words: ['curl ', 'curl&'],
    next: /^(?:-[A-Za-z]*[uU]|--(?:proxy-)?user)$/,
    pair: /^(?:-b|--cookie)$/,
    joined: /^(?:-[uU](?=.)|--(?:proxy-)?user=)/,
    behind: ':',
  },
  { name: /^redis-cli$/, words: ['redis-cli ', 'redis-cli&'], next: /^-a$/ },
  { name: /^ldap[a-z]+$/, words: ['ldap'], next: /^-w$/, joined: /^-w(?=.)/ },
  {
    name: /^(?:sqlcmd|bcp)$/,
    words: ['sqlcmd ', 'sqlcmd&', 'bcp ', 'bcp&'],
    next: /^-P$/,
    joined: /^-P(?=.)/,
  },
  {
    name: /^(?:smbclient|rpcclient)$/,
    words: ['smbclient ', 'smbclient&', 'rpcclient ', 'rpcclient&'],
    next: /^-U$/,
    joined: /^-U(?=.)/,
    behind: '%',
  },
  // With its verb: a time ends in a digit and a `Z`.
  { name: /^7z[arz]?$/, words: ['7z x ', '7z e ', '7z a ', '7z&'], joined: /^-p(?=.)/ },
  { name: /^(?:un)?zip$/, words: ['zip ', 'zip&'], next: /^-P$/, joined: /^-P(?=.)/ },
  { name: /^(?:ipmitool|mosquitto_(?:pub|sub))$/, words: ['ipmitool', 'mosquitto_'], next: /^-P$/ },
  { name: /^cqlsh$/, words: ['cqlsh'], next: /^-p$/ },
  { name: /^lftp$/, words: ['lftp'], next: /^-u$/, behind: ',' },
  { name: /^etcdctl$/, words: ['etcdctl'], next: /^--user$/, joined: /^--user=/, behind: ':' },
  { name: /^aws$/, words: ['configure set'], subcommand: 'set', isSetting: true },
  { name: /^openssl$/, words: ['openssl ', 'openssl&'], next: /^-(?:pass|passin|passout|k)$/ },
  {
    name: /^(?:docker|podman|nerdctl|buildah|skopeo|crane|helm|oc|az)$/,
    words: [' login ', '=login&'],
    next: /^-p$/,
    joined: /^-p(?=.)/,
    subcommand: 'login',
  },
];

const LITERAL = /^--from-literal=[^=]{1,253}=/;
/** Words that end a command, or have its end on them. */
const ENDS_COMMAND = /(?:^(?:\||\|\||&&|&)|;)$/;
/** What may stand around a word that is quoted, in a shell or in JSON. */
const OPENING = /^["'`(\\]+/;
const CLOSING = '"\'`)\\;,';

const BEFORE_NAME = ['/', '=', '"', "'"];

/** What stands in every text in which something is found. */
export const COMMAND_WORDS: readonly string[] = [
  ...PROGRAMS.flatMap(({ words }) => words),
  '--from-literal',
  ...['pass', ...STRONG_NAMES, ...WEAK_NAMES].flatMap((name) => [`${name} `, `${name}&`]),
  '-pass=',
];

/** What the next word is. */
type Expected = { strength: NameStrength; behind: string | null } | null;

/** A walk over the words of one command line. */
export class CommandWords {
  #program: Program | null = null;
  #isReady = false;
  #expected: Expected = null;

  /** What follows belongs to no command. */
  end(): void {
    this.#program = null;
    this.#expected = null;
  }

  /** Where in the word a secret begins; -1: there is none. */
  secretAt(word: string): number {
    const open = OPENING.exec(word)?.[0].length ?? 0;
    const bare = word.slice(open, endBefore(word, CLOSING, word.length));
    const expected = this.#expected;
    this.#expected = null;
    const isValue = expected !== null && !bare.startsWith('-');
    const at = isValue
      ? secretIn(word, open, expected)
      : inWord(open, bare.startsWith('-') ? this.#option(bare) : this.#name(bare));
    if (ENDS_COMMAND.test(word)) this.end();
    return at;
  }

  #name(word: string): number {
    // Behind a folder, `command=`, or the quote that a text in JSON begins with.
    const name = word.slice(Math.max(...BEFORE_NAME.map((unit) => word.lastIndexOf(unit))) + 1);
    const program = PROGRAMS.find((each) => each.name.test(name));
    if (program !== undefined) {
      this.#program = program;
      this.#isReady = program.subcommand === undefined;
    } else if (word === this.#program?.subcommand) this.#isReady = true;
    else if (this.#isReady && this.#program?.isSetting === true && strengthOf(word) === 'strong')
      this.#expected = { strength: 'strong', behind: null };
    return -1;
  }

  #option(option: string): number {
    const program = this.#isReady ? this.#program : null;
    const behind = program?.behind ?? null;
    if (program?.next?.test(option) === true) {
      this.#expected = { strength: 'strong', behind };
      return -1;
    }
    if (program?.pair?.test(option) === true) this.#expected = { strength: 'strong', behind: '=' };
    const joined = program?.joined?.exec(option)?.[0].length;
    if (joined !== undefined) return secretIn(option, joined, { strength: 'strong', behind });
    const literal = LITERAL.exec(option)?.[0].length;
    if (literal !== undefined) return secretIn(option, literal, { strength: 'strong', behind: null });
    if (option === '--from-literal') this.#expected = { strength: 'strong', behind: '=' };
    const equals = option.indexOf('=');
    const name = equals < 0 ? option : option.slice(0, equals);
    const strength = /^--?(?:[a-z]+-|store|key|srcstore|deststore)?pass$/.test(name)
      ? 'strong'
      : strengthOf(name);
    if (strength === null) return -1;
    if (equals >= 0) return secretIn(option, equals + 1, { strength, behind: null });
    this.#expected = { strength, behind: null };
    return -1;
  }
}

function inWord(open: number, at: number): number {
  return at < 0 ? -1 : open + at;
}

/** Where the secret begins in a value that begins at `from`. */
function secretIn(word: string, from: number, { strength, behind }: NonNullable<Expected>): number {
  const before = behind === null ? from - 1 : word.indexOf(behind, from);
  if (behind !== null && before < 0) return -1;
  return isSecretValue(word.slice(before + 1), strength) ? before + 1 : -1;
}

const WORD = /\S+/g;
const URI_WORD = /[^\s&]+/g;
/** A word of the command in the URI of an exec request; other parameters end it. */
const PARAMETER = /[?&]command=/;
const COMMAND = 'command=';

export function withoutCommandSecrets(text: string): string {
  const words = PARAMETER.test(text) ? URI_WORD : WORD;
  const command = new CommandWords();
  let out = '';
  let done = 0;
  words.lastIndex = 0;
  for (let match = words.exec(text); match !== null; match = words.exec(text)) {
    const [word] = match;
    const given = words === URI_WORD ? word.indexOf(COMMAND) : -1;
    const skip = given < 0 ? 0 : given + COMMAND.length;
    if (given < 0 && text[match.index - 1] === '&' && words === URI_WORD) command.end();
    const at = command.secretAt(word.slice(skip));
    if (at < 0) continue;
    const from = match.index + skip + at;
    const to = endOf(text, match.index + skip, from, match.index + word.length);
    out += text.slice(done, from) + SECRET_MARK;
    done = to;
    words.lastIndex = to;
  }
  return out + text.slice(done);
}

/** Where the units of `closing` begin with which the text ends before `to`. */
function endBefore(text: string, closing: string, to: number): number {
  let end = to;
  while (end > 0 && closing.includes(text.charAt(end - 1))) end -= 1;
  return end;
}

/** How much of a word's end closes a quotation around it, or its command. */
function closingOf(word: string): number {
  const quoted = endBefore(word, ')];,}', word.length);
  if (quoted === 0 || !'"\'`'.includes(word.charAt(quoted - 1))) return word.endsWith(';') ? 1 : 0;
  return word.length - endBefore(word, '\\', quoted - 1);
}

/**
 * Where the secret ends: with its word, but for what closes a quotation around it; where the quotation is not closed in this word, it
 * goes on to where it is.
 */
function endOf(text: string, word: number, from: number, wordEnd: number): number {
  const secret = text.slice(from, wordEnd);
  const quote = /^\\*(["'])/.exec(secret)?.[1] ?? /["'](?=[^"']*$)/.exec(text.slice(word, from))?.[0];
  if (quote !== undefined && !secret.replace(/^\\*["']/, '').includes(quote)) {
    const end = text.indexOf(quote, wordEnd);
    return end < 0 ? text.length : end;
  }
  return wordEnd - closingOf(secret);
}
