/**
 * What a rule says that is no fault, and hardly what its author meant: a field that no record of its log source has, a search
 * identifier that no condition looks at. Such a rule loads, and each start says so.
 *
 * Why no refusal: rules of others are kept as they come, a shipper may add members to records, and a newer sensor has more of them.
 * A name that begins with an underscore is set aside on purpose: Sigma leaves it out of `them`.
 *
 * Worked example: `filter` in `selection`, `filter`, `condition: selection` -> filter is looked at by no condition.
 */
import { isMap, isNode, isScalar, isSeq, type Node, type YAMLMap } from 'yaml';
import type { SecuritySource } from '../model/observation.ts';
import { doubtOfField, recordField } from './record-fields.ts';
import { itemsOf, type Entry, type ProblemList } from './rule-document.ts';
import type { BooleanTree } from './sigma-rule.ts';

/** @param identifiers the members of a detection that are search identifiers */
export function addDoubts(
  identifiers: readonly Entry[],
  condition: BooleanTree,
  source: SecuritySource | undefined,
  problems: ProblemList,
): void {
  const used = namesIn(condition);
  for (const { key, keyNode, value } of identifiers) {
    if (!used.has(key) && !key.startsWith('_'))
      problems.doubt(keyNode, `${key} is in no condition and does nothing; use it there, or leave it out`);
    if (source === undefined) continue;
    for (const map of mapsIn(value)) doubtFields(map, source, problems);
  }
}

function namesIn(tree: BooleanTree): Set<string> {
  if (tree.kind === 'name') return new Set([tree.name]);
  if (tree.kind === 'not') return namesIn(tree.operand);
  return new Set(tree.operands.flatMap((operand) => [...namesIn(operand)]));
}

function mapsIn(value: Node | null): YAMLMap[] {
  if (isMap(value)) return [value];
  return isSeq(value) ? itemsOf(value).filter((item) => isMap(item)) : [];
}

/** The fields of one mapping. */
export function doubtFields(map: YAMLMap, source: SecuritySource, problems: ProblemList): void {
  for (const { key, value } of map.items) {
    // Any other key is a fault, and told as one.
    if (!isScalar(key) || typeof key.value !== 'string') continue;
    const [field = '', ...modifiers] = key.value.split('|');
    if (field === '') continue;
    const texts = modifiers.length > 0 || !isNode(value) ? [] : textsIn(value);
    const doubt = doubtOfField(recordField(field, source), texts, source);
    if (doubt !== undefined) problems.doubt(key, doubt);
  }
}

/** Null is no text: it asks for records without the field. */
function textsIn(value: Node): string[] {
  const nodes = isSeq(value) ? itemsOf(value) : [value];
  return nodes.flatMap((node) => (isScalar(node) && node.value !== null ? [node.source ?? ''] : []));
}
