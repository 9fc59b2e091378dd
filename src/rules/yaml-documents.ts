/**
 * The YAML documents of a file of rules, or of their tests, with every fault at its place.
 *
 * Why keys that stand twice are looked for here: the parser compares each key of a mapping with all before it, so that a
 * file of 1 MB with short keys would take minutes. Cost: one look at each key.
 */
import {
  isScalar,
  parseAllDocuments,
  visit,
  type Document,
  type LineCounter,
  type YAMLError,
  type YAMLMap,
} from 'yaml';
import type { ProblemList } from './rule-document.ts';

const NO_COLON = 'a key has no colon and space behind it; write it as key: value';

/** What to do about the faults that people make, by the parser's code or words; of others it says itself what is wrong. */
const ADVICE: ReadonlyMap<string, string> = new Map([
  ['TAB_AS_INDENT', 'a tab indents this line; use spaces'],
  ['BAD_INDENT', 'this line begins at another column than those beside it; indent it as they are'],
  ['MULTILINE_IMPLICIT_KEY', NO_COLON],
  ['Implicit map keys need to be followed by map values', NO_COLON],
  [
    'BLOCK_AS_IMPLICIT_KEY',
    'a colon where a value goes on; put a value that has one in quotes, or indent this line and the next alike',
  ],
  ['BAD_SCALAR_START', 'no text begins with this character; put the value in quotes'],
  ['BAD_DQ_ESCAPE', 'a backslash within double quotes begins an escape; use single quotes'],
]);

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
  for (const { code, message, pos } of causes([...errors, ...warnings]))
    problems.addAt(pos[0], `YAML: ${ADVICE.get(code) ?? ADVICE.get(message) ?? message}`);
  if (errors.length + warnings.length > 0) return false;
  let sound = true;
  visit(document, {
    Map: (_, map) => {
      if (!hasOwnKeys(map, problems)) sound = false;
    },
  });
  return sound;
}

/** Without what only follows from another fault: a second one at its place, and what a tab does to the lines behind it. */
function causes(faults: readonly YAMLError[]): YAMLError[] {
  const tabs = faults.filter(({ code }) => code === 'TAB_AS_INDENT');
  const told = new Map<number, YAMLError>();
  for (const fault of tabs.length > 0 ? tabs : faults)
    if (!told.has(fault.pos[0])) told.set(fault.pos[0], fault);
  return [...told.values()];
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
