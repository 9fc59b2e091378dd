/**
 * What syslog puts before a line: of RFC 5424, of RFC 3164, and of that as it is written to files, without a priority and often with a
 * time of RFC 3339.
 *
 * Traps that this file knows: the machine may be missing (a local socket does not name it); structured data may hold brackets behind a
 * backslash; JSON right behind a time has a colon as well, and is no tag; `@cee:` may stand before it; a byte order mark may stand before the message; a time of
 * RFC 3164 has no year, so that it dates nothing.
 *
 * Worked example: `<13>Mar 10 14:00:02 node-2 vault[12]: {"type":"response"}` -> head `<13>Mar 10 14:00:02 node-2 vault[12]: `, and what
 * follows it. Cost: a look at the first MAX_HEAD characters.
 * Source: RFC 3164 section 4.1, RFC 5424 section 6; rsyslog's templates for files.
 */
export interface SyslogLine {
  head: string;
  content: string;
}

const MAX_HEAD = 2_048;
const RFC5424 =
  /^<\d{1,3}>\d{1,2} (?:-|\d{4}-\d\d-\d\dT\S{1,40}) \S{1,255} \S{1,48} \S{1,128} \S{1,32} (?:-|(?:\[(?:[^\]\\]|\\.)*\])+)(?: \uFEFF?|$)/;
const RFC3164 =
  /^(?:<\d{1,3}>)?(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT\S{1,40}) (?:[^\s{"]{1,255} )?[^\s:[{"]{1,48}(?:\[[^\s\]]{1,32}\])?: ?/;

/** What some put before JSON, so that rsyslog takes it apart. */
const JSON_MARK = /^\s?@cee: ?(?=\{)/;

/** Null: nothing of syslog stands before it. */
export function parseSyslog(line: string): SyslogLine | null {
  const begin = line.slice(0, MAX_HEAD);
  const [head] = RFC5424.exec(begin) ?? RFC3164.exec(begin) ?? [];
  const [mark = ''] = JSON_MARK.exec(begin.slice(head?.length ?? 0)) ?? [];
  const before = `${head ?? ''}${mark}`;
  return before === '' ? null : { head: before, content: line.slice(before.length) };
}
