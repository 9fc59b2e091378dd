/** Our scale for the words that policy engines and scanners rate findings with. Assumption: Elastic's four bands. */
const SEVERITY: ReadonlyMap<string, number> = new Map(
  Object.entries({ critical: 99, high: 73, medium: 47, low: 21, info: 5, unknown: 21 }),
);

/** The number of a word, whatever its case; null for a word that is none. */
export function severityOfWord(word: string | null): number | null {
  return SEVERITY.get(word?.toLowerCase() ?? '') ?? null;
}
