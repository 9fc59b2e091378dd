/** ATT&CK technique ids, as tags and fields spell them. */

const TECHNIQUE = /^(?:attack\.)?(t\d{4}(?:\.\d{3})?)$/i;

/** The techniques among tags, upper case, each once, sorted; everything else is no technique. */
export function techniquesOf(tags: readonly unknown[]): string[] {
  const found = tags.flatMap((tag) =>
    typeof tag === 'string' ? (TECHNIQUE.exec(tag.trim())?.[1] ?? []) : [],
  );
  return [...new Set(found.map((technique) => technique.toUpperCase()))].toSorted();
}
