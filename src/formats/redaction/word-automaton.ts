/**
 * Finds many words in a text at once, in one pass (Aho and Corasick's automaton, its transitions written out).
 *
 * What: the words make a trie; where a text leaves it, it goes on at the longest end of what was read that begins a word, and
 * since that depends on the state and the next unit alone, it is in the table beforehand. Why so: a hundred words cost what one
 * costs, one look into a table a unit, whatever the text is, so that nobody can send a text that is slow.
 *
 * Letters are of either case, and a digit stands for any digit. Cost: 256 bytes a state; words share their beginnings.
 * Worked example: `he` (bit 1), `she` (bit 2); in `ushe` the state after the last unit has both bits.
 * Source: A. Aho, M. Corasick, Efficient string matching, CACM 18 (1975).
 */

/** Columns of the table: units that stand in some word, and one for all others. A power of two. */
export const COLUMNS = 64;
/** A cell is the state times COLUMNS, and above that the bits of the words that end there. */
export const STATE_BITS = 24;
export const STATE_MASK = (1 << STATE_BITS) - 1;
const DIGITS = '0123456789';

export interface WordAutomaton {
  /** Column of each UTF-16 unit below 128. */
  readonly columns: Uint8Array;
  /** What follows a state (times COLUMNS) plus a column. */
  readonly next: Int32Array;
}

/** @param words each with bits, at most seven of them, that say what it is a word of */
export function wordAutomaton(words: Iterable<readonly [word: string, bits: number]>): WordAutomaton {
  const columns = new Uint8Array(128);
  const trie: Trie = { rows: [new Map()], bits: [0] };
  let used = 0;
  for (const [word, bits] of words) {
    for (const unit of word) if (columns[unit.charCodeAt(0)] === 0) claim(columns, unit, (used += 1));
    plant(
      trie,
      [...word].map((unit) => columns[unit.charCodeAt(0)] ?? 0),
      bits,
    );
  }
  if (used >= COLUMNS) throw new RangeError(`The words have more than ${COLUMNS - 1} different units.`);
  return { columns, next: tableOf(trie) };
}

interface Trie {
  rows: Map<number, number>[];
  bits: number[];
}

/** A letter takes its column for both cases, a digit for all ten. */
function claim(columns: Uint8Array, unit: string, column: number): void {
  const same = DIGITS.includes(unit) ? DIGITS : unit.toLowerCase() + unit.toUpperCase();
  for (const each of same) columns[each.charCodeAt(0)] = column;
}

function plant({ rows, bits }: Trie, word: readonly number[], of: number): void {
  let state = 0;
  for (const column of word) {
    let to = rows[state]?.get(column);
    if (to === undefined) {
      to = rows.push(new Map()) - 1;
      bits.push(0);
      rows[state]?.set(column, to);
    }
    state = to;
  }
  bits[state] = (bits[state] ?? 0) | of;
}

/** By breadth, so that the state to fall back to, which is of a shorter text, is filled in before it is needed. */
function tableOf({ rows, bits }: Trie): Int32Array {
  const next = new Int32Array(rows.length * COLUMNS);
  const fallback = new Int32Array(rows.length);
  const queue = [0];
  for (const state of queue) {
    const back = fallback[state] ?? 0;
    if (state > 0) bits[state] = (bits[state] ?? 0) | (bits[back] ?? 0);
    for (let column = 0; column < COLUMNS; column += 1) {
      const beyond = state === 0 ? 0 : (next[back * COLUMNS + column] ?? 0);
      const to = rows[state]?.get(column);
      next[state * COLUMNS + column] = to ?? beyond;
      if (to === undefined) continue;
      fallback[to] = beyond;
      queue.push(to);
    }
  }
  return next.map((state) => state * COLUMNS + ((bits[state] ?? 0) << STATE_BITS));
}
