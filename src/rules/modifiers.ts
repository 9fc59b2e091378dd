/**
 * `field|modifier|modifier`: which comparison a field of a rule asks for. A modifier that we do not know, or
 * know and do not apply, is refused: a rule that silently means something else is worse than none.
 * Source: Sigma modifiers appendix v2.1.
 */

export type Mode =
  | 'equals'
  | 'contains'
  | 'startswith'
  | 'endswith'
  | 're'
  | 'cidr'
  | 'exists'
  | 'gt'
  | 'gte'
  | 'lt'
  | 'lte';

export interface Comparison {
  mode: Mode;
  /** Every value has to match, not just one. */
  all: boolean;
  cased: boolean;
  /** Some of `i`, `m`, `s`, for `re`. */
  flags: ReadonlySet<string>;
}

export interface FieldKey {
  /** Empty for a keyword search. */
  field: string;
  comparison: Comparison;
}

const MODES: ReadonlySet<string> = new Set<Mode>([
  'contains',
  'startswith',
  'endswith',
  're',
  'cidr',
  'exists',
  'gt',
  'gte',
  'lt',
  'lte',
]);
const FLAGS: ReadonlySet<string> = new Set(['i', 'm', 's']);

/** Modifiers of the specification that are not applied, each with what can be written today. */
const NOT_SUPPORTED: Readonly<Record<string, string>> = {
  neq: 'put the value into a search identifier of its own and write `not` in the condition',
  windash: 'list the spellings as values',
  base64: 'write the encoded text with `contains`',
  base64offset: 'write the three encoded texts with `contains`',
  utf16: 'write the encoded text',
  utf16le: 'write the encoded text',
  utf16be: 'write the encoded text',
  wide: 'write the encoded text',
  expand: 'write the values in place of the placeholder',
  fieldref: 'compare with fixed values',
  minute: 'leave the time to the reader of the match',
  hour: 'leave the time to the reader of the match',
  day: 'leave the time to the reader of the match',
  week: 'leave the time to the reader of the match',
  month: 'leave the time to the reader of the match',
  year: 'leave the time to the reader of the match',
};

/**
 * Reads a key of a search identifier.
 * @returns the field and its comparison, or a text that says what is wrong and what to write
 */
export function parseFieldKey(key: string): FieldKey | string {
  const [field = '', ...names] = key.split('|');
  const seen = new Set<string>();
  for (const name of names) {
    const problem =
      problemOfName(name) ?? (seen.has(name) ? `modifier ${name} stands twice; leave one out` : undefined);
    if (problem !== undefined) return problem;
    seen.add(name);
  }
  const modes = names.filter((name): name is Mode => MODES.has(name));
  if (modes.length > 1) return `modifiers ${modes.join(' and ')} exclude each other; keep one`;
  const comparison: Comparison = {
    mode: modes[0] ?? 'equals',
    all: seen.has('all'),
    cased: seen.has('cased'),
    flags: new Set(names.filter((name) => FLAGS.has(name))),
  };
  return problemOf(field, comparison, names) ?? { field, comparison };
}

function problemOfName(name: string): string | undefined {
  if (MODES.has(name) || FLAGS.has(name) || name === 'all' || name === 'cased') return undefined;
  const instead = Object.hasOwn(NOT_SUPPORTED, name) ? NOT_SUPPORTED[name] : undefined;
  if (instead !== undefined) return `modifier ${name} is not supported yet; ${instead}`;
  const known = [...MODES, 'all', 'cased'].join(', ');
  return `${JSON.stringify(name)} is not a modifier; use one of ${known}, or i, m, s behind re`;
}

const TEXT_MODES: ReadonlySet<string> = new Set<Mode>(['equals', 'contains', 'startswith', 'endswith']);

/** What is wrong with the modifiers together. */
function problemOf(field: string, comparison: Comparison, names: string[]): string | undefined {
  const { mode, flags } = comparison;
  const [flag] = flags;
  if (flag !== undefined && mode !== 're') return `modifier ${flag} is a flag of re; write |re|${flag}`;
  if (flag !== undefined && names.findIndex((name) => flags.has(name)) < names.indexOf('re')) {
    return `modifier ${flag} has to stand behind re; write |re|${flag}`;
  }
  if (comparison.cased && !TEXT_MODES.has(mode)) {
    return mode === 're'
      ? 'regular expressions are cased already; leave cased out'
      : `cased has no meaning with ${mode}; leave it out`;
  }
  if (mode === 'exists' && comparison.all) return 'exists takes one value, true or false; leave all out';
  if (field !== '') return undefined;
  if (names.length === 0)
    return 'a field needs a name; keywords are a list without a field, or stand under |all';
  return mode === 'equals' || mode === 'contains' || mode === 're'
    ? undefined
    : `keywords cannot be searched with ${mode}; name a field before the |`;
}
