/**
 * What a record must say for a rule to match: of a field, one of some texts. Most rules say so of several fields (`verb: create`,
 * `objectRef.resource: [pods, secrets]`), and a record that says none of them needs no further look (rule-index.ts).
 *
 * What: of `and` whatever either side needs is needed; of `or` only fields that every side needs, and then any of their texts; of `not`, of
 * absent fields, of parts of texts and of orders nothing is. A number is needed in the spellings that equal it, a text without case: what is
 * told here may be met by a record that does not match, and never the other way round.
 *
 * Cost: once for each rule, at load. Worked example: `{verb: create, name|contains: x}` and `not ns: kube-system` -> verb: create.
 */
import type { FieldPath } from './field-path.ts';
import type { Glob } from './glob.ts';
import { foldCase, type Pattern } from './pattern.ts';
import type { BooleanTree, Detection, SigmaRule } from './sigma-rule.ts';

export interface Need {
  path: FieldPath;
  /** Folded; the field has one of them at least. */
  texts: ReadonlySet<string>;
}

/** By the text of the path. */
export type Needs = ReadonlyMap<string, Need>;

const NOTHING: Needs = new Map();

/** The fields without whose texts no record matches; none where that cannot be told. */
export function needsOf({ condition, detections }: Pick<SigmaRule, 'condition' | 'detections'>): Needs {
  const needs = new Map([...detections].map(([name, detection]) => [name, needsOfDetection(detection)]));
  return needsOfTree(condition, needs);
}

function needsOfTree(tree: BooleanTree, needs: ReadonlyMap<string, Needs>): Needs {
  if (tree.kind === 'name') return needs.get(tree.name) ?? NOTHING;
  if (tree.kind === 'not') return NOTHING;
  const operands = tree.operands.map((operand) => needsOfTree(operand, needs));
  return tree.kind === 'and' ? ofBoth(operands) : ofEither(operands);
}

function needsOfDetection(detection: Detection): Needs {
  switch (detection.kind) {
    case 'every':
      return ofBoth(detection.of.map(needsOfDetection));
    case 'some':
      return ofEither(detection.of.map(needsOfDetection));
    case 'values':
      return needsOfValues(detection);
    default:
      return NOTHING;
  }
}

function needsOfValues({ path, patterns, all, negated }: Extract<Detection, { kind: 'values' }>): Needs {
  if (negated) return NOTHING;
  const told = patterns.map(textsOf);
  // Of all that must be there, one that can be told is enough.
  const texts = all ? told.find((each) => each !== null) : whole(told);
  return texts === null || texts === undefined
    ? NOTHING
    : new Map([[path.text, { path, texts: new Set(texts) }]]);
}

/** Each side holds: of a field that both need, the fewer texts. */
function ofBoth(sides: readonly Needs[]): Needs {
  const found = new Map<string, Need>();
  for (const need of sides.flatMap((side) => [...side.values()])) {
    const known = found.get(need.path.text);
    if (known === undefined || need.texts.size < known.texts.size) found.set(need.path.text, need);
  }
  return found;
}

/** One side holds: fields that each of them needs. */
function ofEither(sides: readonly Needs[]): Needs {
  const [first = NOTHING, ...others] = sides;
  const found = new Map<string, Need>();
  for (const [text, { path, texts }] of first) {
    const also = others.map((side) => side.get(text)?.texts);
    if (also.includes(undefined)) continue;
    found.set(text, { path, texts: new Set([...texts, ...also.flatMap((each) => [...(each ?? [])])]) });
  }
  return found;
}

/** The texts of which a value that fits is one; null: they cannot be told. */
function textsOf(pattern: Pattern): string[] | null {
  switch (pattern.kind) {
    case 'boolean':
      return [String(pattern.value)];
    case 'number':
      return [foldCase(pattern.spelling), foldCase(String(pattern.value))];
    case 'text':
      return literalOf(pattern.glob);
    case 'any':
      return whole(pattern.of.map(textsOf));
    default:
      return null;
  }
}

function literalOf({ pieces }: Glob): string[] | null {
  const [piece = [], ...others] = pieces;
  if (others.length > 0 || !piece.every((part) => typeof part === 'string')) return null;
  return [foldCase(piece.join(''))];
}

/** All of them, where each can be told. */
function whole(told: readonly (readonly string[] | null)[]): string[] | null {
  return told.includes(null) ? null : told.flatMap((each) => each ?? []);
}
