/** Whether JSON text nests deeper than so many levels: asked before it is parsed, so that what is packed as text has the limit that all records have. */

const STRUCTURE = /["[\]{}]/g;
const QUOTE = /\\.|"/gs;

/** Cost: one look at each bracket and each string; none at text that is too short to be so deep. */
export function nestsDeeper(text: string, levels: number): boolean {
  if (text.length <= levels) return false;
  let depth = 0;
  STRUCTURE.lastIndex = 0;
  for (let found = STRUCTURE.exec(text); found !== null; found = STRUCTURE.exec(text)) {
    const [mark] = found;
    if (mark === '"') STRUCTURE.lastIndex = endOfString(text, found.index + 1);
    else if (mark === '[' || mark === '{') depth += 1;
    else depth -= 1;
    if (depth > levels) return true;
  }
  return false;
}

/** Behind the quote that ends it; the end of the text where none does. */
function endOfString(text: string, from: number): number {
  QUOTE.lastIndex = from;
  for (let found = QUOTE.exec(text); found !== null; found = QUOTE.exec(text))
    if (found[0] === '"') return QUOTE.lastIndex;
  return text.length;
}
