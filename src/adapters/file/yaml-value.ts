/**
 * The value of a parsed YAML document, as JSON has values: maps with names, lists, texts, numbers.
 *
 * Why not what the parser offers: it writes keys that are maps or lists as text, again at each level, which takes 13 seconds for a document of 800
 * bytes; and it finds a key that stands twice by comparing each with each, which takes as long for 30,000 keys. Here both are refused, as
 * are aliases, so that nothing small becomes large, or slow.
 *
 * Cost: one look at each node. Worked example: `a: [1, x]` -> {a: [1, "x"]}; `? [a]` is refused.
 * Source: YAML 1.2.2, chapter 3 and section 10.2 (JSON schema).
 */
import { isAlias, isMap, isScalar, isSeq, type YAMLMap } from 'yaml';

/** Why a document is refused, and where: an offset in its text. */
export class YamlRefusal extends Error {
  readonly reason: 'not_yaml' | 'too_deep';
  readonly offset: number;

  constructor(reason: 'not_yaml' | 'too_deep', message: string, offset: number) {
    super(message);
    this.reason = reason;
    this.offset = offset;
  }
}

export function tooDeep(levels: number): YamlRefusal {
  const text = `nested deeper than ${levels} levels; flatten it, or raise limits.depth`;
  return new YamlRefusal('too_deep', text, 0);
}

/**
 * @param most levels that may be nested
 * @throws YamlRefusal for what JSON has no form of
 */
export function plainValue(node: unknown, most: number): unknown {
  return valueWithin(node, most, most);
}

function valueWithin(node: unknown, levels: number, most: number): unknown {
  if (isScalar(node)) return node.value;
  if (isAlias(node))
    throw new YamlRefusal('not_yaml', 'an alias, which is not followed; write out what it stands for', 0);
  if (!isMap(node) && !isSeq(node)) return null;
  if (levels === 0) throw tooDeep(most);
  return isSeq(node)
    ? node.items.map((item) => valueWithin(item, levels - 1, most))
    : objectOf(node, levels - 1, most);
}

function objectOf(map: YAMLMap, levels: number, most: number): object {
  const members = new Map<string, unknown>();
  for (const { key, value } of map.items) {
    const [name, offset] = nameOf(key);
    if (members.has(name)) throw new YamlRefusal('not_yaml', 'no YAML: DUPLICATE_KEY', offset);
    members.set(name, valueWithin(value, levels, most));
  }
  return Object.fromEntries(members);
}

function nameOf(key: unknown): [name: string, offset: number] {
  if (key === null) return ['', 0];
  const offset = (key as { range?: readonly number[] }).range?.[0] ?? 0;
  const name = isScalar(key) ? key.value : undefined;
  if (name === null) return ['', offset];
  if (typeof name === 'string') return [name, offset];
  if (typeof name === 'number' || typeof name === 'boolean') return [String(name), offset];
  throw new YamlRefusal('not_yaml', 'a key that is no text; give each member a name', offset);
}
