/**
 * The YAML documents of a file of rules, or of their tests, with every fault at its place.
 *
 * Why keys that stand twice are looked for here: the parser compares each key of a mapping with all before it, so that a
 * file of 1 MB with short keys would take minutes. Cost: one look at each key.
 */
import { isScalar, parseAllDocuments, visit, type Document, type LineCounter, type YAMLMap } from 'yaml';
import type { ProblemList } from './rule-document.ts';

/** What the parser says of a text that is nested deeper than it can follow. */
const TOO_DEEP = 'Maximum call stack size exceeded';

/**
 * @param merge whether `<<` takes over what another mapping has
 * @returns what was found; a document of which something is wrong has its problems in the list, and is not to be used
 */
export function yamlDocuments(
  text: string,
  lineCounter: LineCounter,
  problems: ProblemList,
  merge = false,
): { document: Document.Parsed; sound: boolean }[] {
  const documents = parseAllDocuments(text, { lineCounter, prettyErrors: false, uniqueKeys: false, merge });
  return [...documents].map((document) => ({ document, sound: isSound(document, problems) }));
}

function isSound(document: Document.Parsed, problems: ProblemList): boolean {
  const { errors, warnings } = document;
  const tooDeep = errors.find(({ message }) => message === TOO_DEEP);
  if (tooDeep !== undefined) {
    problems.addAt(tooDeep.pos[0], 'YAML: what begins here is nested too deeply to be read; write it flat');
    return false;
  }
  // A tag that is not known, for one: what is behind it would not be what its author meant.
  for (const { message, pos } of [...errors, ...warnings]) problems.addAt(pos[0], `YAML: ${message}`);
  if (errors.length + warnings.length > 0) return false;
  let sound = true;
  visit(document, {
    Map: (_, map) => {
      if (!hasOwnKeys(map, problems)) sound = false;
    },
  });
  return sound;
}

/** Whether each key of the mapping stands there once. */
function hasOwnKeys(map: YAMLMap, problems: ProblemList): boolean {
  const seen = new Set<unknown>();
  let own = true;
  for (const { key } of map.items) {
    if (!isScalar(key)) continue;
    if (seen.has(key.value)) {
      own = false;
      problems.add(key, `key ${JSON.stringify(key.value)} stands twice in its mapping; leave one out`);
    }
    seen.add(key.value);
  }
  return own;
}
