/** The names of fields and states in words, so that `createdAt`, `CREATED_AT`, `created-at` and `Created at` are one name. */

/**
 * The words of a name, in small letters of ASCII. Umlauts are as good as what stands for them: `Währung`, `Waehrung` and `WAHRUNG` have the same
 * words, because both spellings lose their second letter. Worked example: `txRefNo` -> tx, ref, no.
 */
export function wordsOf(name: string): string[] {
  return name
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replaceAll('ß', 'ss')
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '')
    .map((word) => word.replace(/([aou])e/g, '$1'));
}

/** The words as one: what tables of names are asked for. */
export function joinedWords(name: string): string {
  return wordsOf(name).join('');
}

/** Names of a table, which are written with commas between them. */
export function namesIn(list: string): string[] {
  return list
    .split(',')
    .map((name) => joinedWords(name))
    .filter((name) => name !== '');
}
