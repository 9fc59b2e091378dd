/**
 * Lines of `key=value`, as logrus writes them: bare values up to the next blank, others in quotes as Go writes strings.
 *
 * Worked example: `time="2026-03-10T14:00:02Z" level=info msg="API accessed" type=audit` -> four members, all text.
 * Cost: one pass. A key that stands twice keeps its first value: logrus writes its own fields first, and what a
 * caller of an API chose comes behind them.
 * Source: sirupsen/logrus text_formatter.
 */

/** Longer lines are no log lines; what hands them over has limits of its own. */
const MAX_LINE = 1 << 18;
const MAX_PAIRS = 1_000;
const PAIR = /([\w.:/@-]{1,200})=(?:"((?:[^"\\]|\\.)*)"|([^\s"]*))(?=\s|$)/y;
const BLANKS = /\s*/y;

/** The members of a line, or undefined where something in it is no `key=value`. */
export function parseLogfmt(line: string): Record<string, string> | undefined {
  if (line.length > MAX_LINE) return undefined;
  const members = Object.create(null) as Record<string, string>;
  const text = line.trim();
  let count = 0;
  for (let at = 0; at < text.length; count += 1) {
    PAIR.lastIndex = at;
    const [pair, key, quoted, bare] = PAIR.exec(text) ?? [];
    if (pair === undefined || key === undefined || count >= MAX_PAIRS) return undefined;
    members[key] ??= quoted === undefined ? (bare ?? '') : unquoted(quoted);
    BLANKS.lastIndex = at + pair.length;
    at += pair.length + (BLANKS.exec(text)?.[0].length ?? 0);
  }
  return count === 0 ? undefined : members;
}

/** Go's escapes are those of JSON, but for `\x00`, `\a` and `\v`, which stay as they are. */
function unquoted(text: string): string {
  if (!text.includes('\\')) return text;
  try {
    return JSON.parse(`"${text}"`) as string;
  } catch {
    return text;
  }
}
