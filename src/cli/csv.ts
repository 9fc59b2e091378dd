/**
 * CSV after RFC 4180, safe to open in a spreadsheet: text that a spreadsheet would run as a formula gets an
 * apostrophe in front. A plain number, also a negative one, is left as it is.
 *
 * Source: RFC 4180; OWASP, "CSV Injection".
 */

const FORMULA = /^[\s]*[=+\-@\u{ff1d}\u{ff0b}\u{ff0d}\u{ff20}]|^[\t\r\n]/u;
const NUMBER = /^[+-]?\d+(\.\d+)?$/;

/** One line with its end. */
export function csvLine(cells: readonly string[]): string {
  return `${cells.map((cell) => quoted(guarded(cell))).join(',')}\r\n`;
}

function guarded(cell: string): string {
  return FORMULA.test(cell) && !NUMBER.test(cell) ? `'${cell}` : cell;
}

function quoted(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
