/**
 * Keywords: texts that may stand in any value of a record, whatever its field. Keys are not searched.
 *
 * The record is walked once and its texts are kept, then each keyword looks through them: one keyword may be
 * found in one value and the next in another. The walk has its own stack, so a deep record cannot exhaust the
 * call stack, and two limits.
 */
import type { Json } from '../model/json.ts';
import type { Fields } from './field-path.ts';
import { foldCase, matchesText, textOf, type Pattern } from './pattern.ts';

/** Nodes of a record that a keyword search visits; what lies behind them is not searched. */
export const MAX_SEARCHED_NODES = 20_000;
/** Characters of a record that a keyword search looks at. */
export const MAX_SEARCHED_CHARACTERS = 1024 * 1024;

/** Whether some keyword, or with `all` each of them, stands somewhere in the record. */
export function holdsKeywords(fields: Fields, patterns: readonly Pattern[], all: boolean): boolean {
  const texts = textsOf(fields).map((text) => ({ text, folded: foldCase(text) }));
  const holds = (pattern: Pattern): boolean =>
    pattern.kind === 'any'
      ? pattern.of.some(holds)
      : (pattern.kind === 'text' || pattern.kind === 'regex') &&
        texts.some(({ text, folded }) => matchesText(pattern, text, folded));
  return all ? patterns.every(holds) : patterns.some(holds);
}

function textsOf(fields: Fields): string[] {
  const texts: string[] = [];
  const stack: (Json | undefined)[] = [fields];
  let characters = 0;
  for (let visited = 0; visited < MAX_SEARCHED_NODES && stack.length > 0; visited++) {
    const node = stack.pop();
    if (node === undefined) continue;
    if (node !== null && typeof node === 'object') {
      for (const member of Object.values(node).toReversed()) stack.push(member);
      continue;
    }
    const text = textOf(node);
    if (text === undefined) continue;
    characters += text.length;
    if (characters > MAX_SEARCHED_CHARACTERS) break;
    texts.push(text);
  }
  return texts;
}
