/**
 * `field|modifier|modifier`: which comparison a field of a rule asks for. A modifier that we do not know, or
 * modifiers that mean nothing together, are refused: a rule that silently means something else is worse than none.
 *
 * Sigma applies modifiers from left to right. Those that change a value (windash, expand, the encodings) therefore keep
 * their order here; those that say how it is compared stand behind the encodings, since nothing can be encoded that
 * already has open ends.
 * Source: Sigma modifiers appendix v2.1.
 */
import { TIME_PARTS, type TimePart } from './time-part.ts';

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

/** Modifiers that put another text in place of the one that the rule writes. */
export type Transform = 'windash' | 'expand' | 'utf16' | 'utf16le' | 'utf16be' | 'base64' | 'base64offset';

export interface Comparison {
  mode: Mode;
  /** Every value has to match, not just one. */
  all: boolean;
  cased: boolean;
  /** None of the values may match. */
  negated: boolean;
  /** The values name other fields of the same record. */
  fieldref: boolean;
  /** The part of a date that is compared; null: the value itself. */
  timePart: TimePart | null;
  /** In the order in which they are applied. */
  transforms: readonly Transform[];
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
const ENCODINGS: ReadonlySet<Transform> = new Set(['utf16', 'utf16le', 'utf16be', 'base64', 'base64offset']);
/** By the name that a rule writes. */
const TRANSFORMS: ReadonlyMap<string, Transform> = new Map([
  ['windash', 'windash'],
  ['expand', 'expand'],
  ['wide', 'utf16le'],
  ['utf16le', 'utf16le'],
  ['utf16be', 'utf16be'],
  ['utf16', 'utf16'],
  ['base64', 'base64'],
  ['base64offset', 'base64offset'],
]);
const OTHERS: ReadonlySet<string> = new Set(['all', 'cased', 'neq', 'fieldref']);
const PARTS: ReadonlySet<string> = new Set(TIME_PARTS);

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
  const parts = names.filter((name): name is TimePart => PARTS.has(name));
  if (parts.length > 1) return `modifiers ${parts.join(' and ')} exclude each other; keep one`;
  const comparison: Comparison = {
    mode: modes[0] ?? 'equals',
    all: seen.has('all'),
    cased: seen.has('cased'),
    negated: seen.has('neq'),
    fieldref: seen.has('fieldref'),
    timePart: parts[0] ?? null,
    transforms: names.flatMap((name) => TRANSFORMS.get(name) ?? []),
    flags: new Set(names.filter((name) => FLAGS.has(name))),
  };
  return problemOf(field, comparison, names) ?? { field, comparison };
}

function problemOfName(name: string): string | undefined {
  if (MODES.has(name) || FLAGS.has(name) || TRANSFORMS.has(name) || OTHERS.has(name) || PARTS.has(name))
    return undefined;
  const known = [...MODES, ...OTHERS, ...TRANSFORMS.keys(), ...PARTS, ...FLAGS];
  const meant = name.trim().toLowerCase();
  if (known.includes(meant)) return `${JSON.stringify(name)} is not a modifier; write ${meant}`;
  return `${JSON.stringify(name)} is not a modifier; use one of ${known.slice(0, -FLAGS.size).join(', ')}, or i, m, s behind re`;
}

const TEXT_MODES: ReadonlySet<Mode> = new Set<Mode>(['equals', 'contains', 'startswith', 'endswith']);
const ORDER_MODES: ReadonlySet<Mode> = new Set<Mode>(['gt', 'gte', 'lt', 'lte']);

/** What is wrong with the modifiers together. */
function problemOf(field: string, comparison: Comparison, names: readonly string[]): string | undefined {
  return (
    problemOfFlags(comparison, names) ??
    problemOfCase(comparison) ??
    problemOfSense(comparison) ??
    problemOfTimePart(comparison) ??
    problemOfReference(comparison) ??
    problemOfTransforms(comparison, names) ??
    (field === '' ? problemOfKeywords(comparison, names) : undefined)
  );
}

function problemOfFlags({ mode, flags }: Comparison, names: readonly string[]): string | undefined {
  const [flag] = flags;
  if (flag === undefined) return undefined;
  if (mode !== 're') return `modifier ${flag} is a flag of re; write |re|${flag}`;
  if (names.findIndex((name) => flags.has(name)) > names.indexOf('re')) return undefined;
  return `modifier ${flag} has to stand behind re; write |re|${flag}`;
}

function problemOfCase({ mode, cased, timePart }: Comparison): string | undefined {
  if (!cased) return undefined;
  if (mode === 're') return 'regular expressions are cased already; leave cased out';
  if (TEXT_MODES.has(mode) && timePart === null) return undefined;
  return `cased has no meaning with ${timePart ?? mode}; leave it out`;
}

function problemOfSense({ mode, all, negated }: Comparison): string | undefined {
  if (mode === 'exists' && all) return 'exists takes one value, true or false; leave all out';
  if (!negated) return undefined;
  if (all) return 'neq means none of the values already; leave all out';
  if (mode === 'exists') return 'neq has no meaning with exists; write the other of true and false';
  return ORDER_MODES.has(mode) ? `neq has no meaning with ${mode}; write the opposite comparison` : undefined;
}

function problemOfTimePart({ mode, timePart, transforms }: Comparison): string | undefined {
  if (timePart === null) return undefined;
  const [other = mode] = transforms;
  if (transforms.length === 0 && (mode === 'equals' || ORDER_MODES.has(mode))) return undefined;
  return `${timePart} is a number, and cannot be compared with ${other}; use gt, gte, lt, lte or neq beside it`;
}

function problemOfReference({ mode, fieldref, timePart, transforms }: Comparison): string | undefined {
  if (!fieldref) return undefined;
  const other = timePart ?? transforms[0] ?? (TEXT_MODES.has(mode) ? undefined : mode);
  if (other === undefined) return undefined;
  return `fieldref compares texts, and has no meaning with ${other}; use startswith, endswith, contains, cased or neq beside it`;
}

function problemOfTransforms({ mode, transforms }: Comparison, names: readonly string[]): string | undefined {
  const [first] = transforms;
  if (first === undefined) return undefined;
  const expandsOnly = transforms.length === 1 && first === 'expand';
  if (!TEXT_MODES.has(mode) && !(mode === 'cidr' && expandsOnly))
    return `${first} has no meaning with ${mode}; leave one of them out`;
  const encoding = transforms.findIndex((transform) => ENCODINGS.has(transform));
  if (encoding < 0) return undefined;
  const late = transforms.slice(encoding).find((transform) => !ENCODINGS.has(transform));
  if (late !== undefined)
    return `${late} has to stand before ${transforms[encoding] ?? ''}, which encodes the text`;
  const lastEncoding = names.findLastIndex((name) => ENCODINGS.has(TRANSFORMS.get(name) ?? 'expand'));
  if (mode === 'equals' || names.indexOf(mode) > lastEncoding) return undefined;
  return `${mode} has to stand behind ${names[lastEncoding] ?? ''}; what has open ends cannot be encoded`;
}

function problemOfKeywords(
  { mode, negated, fieldref, timePart }: Comparison,
  names: readonly string[],
): string | undefined {
  if (names.length === 0)
    return 'a field needs a name; keywords are a list without a field, or stand under |all';
  const other = negated ? 'neq' : fieldref ? 'fieldref' : timePart;
  const wrong = other ?? (mode === 'equals' || mode === 'contains' || mode === 're' ? undefined : mode);
  return wrong === undefined
    ? undefined
    : `keywords cannot be searched with ${wrong}; name a field before the |`;
}
