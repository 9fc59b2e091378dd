/**
 * "Did you mean": the known name nearest to what was written.
 *
 * Distance is Damerau-Levenshtein with adjacent transpositions (optimal string alignment), because typing errors
 * are mostly one letter wrong, missing, doubled or swapped. Cost: length x length per candidate; names are short.
 *
 * Worked example: `bindng_horizon` -> `binding_horizon` (distance 1); `xyz` -> nothing.
 * Source: Damerau, "A technique for computer detection and correction of spelling errors", CACM 7(3), 1964.
 */

const MAX_LENGTH = 80;

/** The nearest of `known`, or undefined when none is near enough to be what was meant. */
export function nearest(written: string, known: readonly string[]): string | undefined {
  const word = written.toLowerCase().slice(0, MAX_LENGTH);
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of known) {
    const distance = editDistance(word, candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** `; did you mean X?`, or nothing: ready to append to a message. */
export function didYouMean(written: string, known: readonly string[]): string {
  const best = nearest(written, known);
  return best === undefined ? '' : `; did you mean ${best}?`;
}

function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1));
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) cost = Math.min(cost, (beforeLast[j - 2] ?? 0) + 1);
      row.push(cost);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}
