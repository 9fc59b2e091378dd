/**
 * Regular expressions in RE2's syntax: linear in the text whatever the expression is, at the price of look-around and
 * back-references, which are refused with what to write instead (docs/decisions/0020).
 */
import { RE2JS } from 're2js';
import type { Pattern } from './pattern.ts';

/** Instructions of one compiled expression: each character of a text may visit each of them. */
export const MAX_REGEX_SIZE = 2_000;

/** The pattern, or a text that says what is wrong with the expression and what to write. */
export function regexOf(source: string, flags: ReadonlySet<string>): Pattern | string {
  const bits =
    (flags.has('i') ? RE2JS.CASE_INSENSITIVE : 0) |
    (flags.has('m') ? RE2JS.MULTILINE : 0) |
    (flags.has('s') ? RE2JS.DOTALL : 0);
  try {
    const program = RE2JS.compile(source, bits);
    if (program.programSize() <= MAX_REGEX_SIZE) return { kind: 'regex', program };
    return `regular expression is too large (${program.programSize()} of ${MAX_REGEX_SIZE} instructions); split it or repeat less`;
  } catch (error) {
    const reason =
      error instanceof Error ? error.message.replace(/^error parsing regexp: /, '') : 'unknown reason';
    return `regular expression is not of RE2's syntax: ${reason}${insteadOf(source)}`;
  }
}

/** What to write in place of what cannot be linear, where the expression has any of it. */
function insteadOf(source: string): string {
  if (/\(\?<?!/.test(source))
    return '; look-around is not linear: write what must not follow as a search identifier of its own, and `not` in the condition';
  if (/\(\?<?=/.test(source)) return '; look-around is not linear: write the parts as two values of |re|all';
  if (/\\[1-9]|\\k<|\(\?P=/.test(source))
    return '; back-references are not linear: write the repeated text out, or compare fields with fieldref';
  if (/[*+?}]\+|\(\?>/.test(source))
    return '; possessive and atomic groups have no use where nothing is tried twice: leave the + or ?> out';
  return '';
}
