/**
 * Falco's lines of text, as the record that they would be in JSON: its output where `json_output` is off, and what syslog or the
 * container runtime puts before an alert.
 *
 * Traps that this file knows: text names no rule: the sentence before the fields stands for it; text has the time of
 * day only unless `time_format_iso_8601` is set: then the day is taken from syslog's own time or the container runtime's, and
 * without those the record is refused for want of one; a value may hold blanks and whatever an attacker typed, ` k8s.pod=other` say: a field that
 * is given two values has none, since nobody can tell which of them Falco wrote.
 *
 * Worked example: `<5>2024-05-07T18:54:19Z node falco[1]: 18:54:19.341081180: Notice A shell was spawned (user=root
 * k8s.ns=default k8s.pod=alpine container=5892b41bcf46)` -> {rule: "A shell was spawned", priority: "Notice", time:
 * "2024-05-07T18:54:19Z", output_fields: {"user.name": "root", "k8s.ns.name": "default", ...}}.
 * Source: Falco output documentation; RFC 3164, RFC 5424; reference/formats 3.2.
 */
import { parseRuntimeLine } from '../../model/runtime-line.ts';
import { parseJsonText } from '../json-text.ts';
import { parseSyslog } from '../wrappings/syslog.ts';

const MAX_LINE = 1 << 18;
const MAX_HEADER = 400;
const MAX_RULE = 200;
const MAX_FIELDS = 200;

/** `<PRI>`, a date, a host; then the program, and its process id or the columns that RFC 5424 has behind it. */
const HEADER =
  /^(?:<\d{1,3}>(?:1 )?)?([\w:.+ /-]*?)\bfalco(?:\[\d{1,10}\]: ?|: | \S{1,48} \S{1,32} (?:-|\[[^\]]*\]) )(?=\S)/i;
const ALERT =
  /^((?:\d{4}-\d{2}-\d{2}T)?\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:?\d{2})?): (Emergency|Alert|Critical|Error|Warning|Notice|Informational|Info|Debug) (?=\S)/;
const DATED = /\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:?\d{2})/;
const KEY = /(?:^|[\s(])([a-z][\w.]{0,60})=/g;

/** Names that default rules and Falco's own suffixes use, and the field that each of them is. */
const FIELDS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    'k8s.ns': 'k8s.ns.name',
    k8s_ns: 'k8s.ns.name',
    k8s_ns_name: 'k8s.ns.name',
    'k8s.pod': 'k8s.pod.name',
    k8s_pod: 'k8s.pod.name',
    k8s_pod_name: 'k8s.pod.name',
    container: 'container.id',
    container_id: 'container.id',
    container_name: 'container.name',
    user: 'user.name',
    cmdline: 'proc.cmdline',
    command: 'proc.cmdline',
  }),
);

/** Whether a text looks like an alert of Falco, in text or with syslog's words before it. */
export function isFalcoText(line: string): boolean {
  const { body, isSaidToBe } = partsOf(line);
  return ALERT.test(body) || (isSaidToBe && body.startsWith('{'));
}

/** The record of a line; undefined where it is neither an alert nor JSON. */
export function parseFalcoText(line: string): unknown {
  const { body, before } = partsOf(line);
  if (body.startsWith('{')) return parseJsonText(body);
  const [begin, time = '', priority] = ALERT.exec(body) ?? [];
  if (begin === undefined) return undefined;
  const output = body.slice(begin.length);
  const dated = [time, ...before].map((text) => DATED.exec(text)?.[0]).find((text) => text !== undefined);
  return {
    rule: ruleOf(output),
    priority,
    output: body,
    ...(dated === undefined ? {} : { time: dated }),
    output_fields: fieldsOf(output),
  };
}

interface Parts {
  body: string;
  /** Syslog says that Falco wrote it. */
  isSaidToBe: boolean;
  /** What stands before the body, from the inside out. */
  before: readonly string[];
}

function partsOf(line: string): Parts {
  if (line.length > MAX_LINE) return { body: '', isSaidToBe: false, before: [] };
  const text = line.trim();
  const runtime = parseRuntimeLine(text);
  if (runtime?.partial === true) return { body: '', isSaidToBe: false, before: [] };
  const inside = runtime?.content ?? text;
  const outer = text.slice(0, text.length - inside.length);
  const [begin, header = ''] = HEADER.exec(inside.slice(0, MAX_HEADER)) ?? [];
  if (begin !== undefined)
    return { body: inside.slice(begin.length), isSaidToBe: true, before: [header, outer] };
  const syslog = parseSyslog(inside);
  return { body: syslog?.content ?? inside, isSaidToBe: false, before: [syslog?.head ?? '', outer] };
}

/** The sentence, up to the fields: in brackets, behind a bar, or as they come. */
function ruleOf(output: string): string {
  const end = /\s(?:\(|\| |[a-z][\w.]{0,60}=)/.exec(output)?.index;
  return output.slice(0, Math.min(end ?? MAX_RULE, MAX_RULE)).trim();
}

function fieldsOf(output: string): Record<string, string> {
  const keys = [...output.matchAll(KEY)].slice(0, MAX_FIELDS);
  const values = new Map<string, Set<string>>();
  for (const [i, { 0: found, 1: key = '', index }] of keys.entries()) {
    const field = FIELDS.get(key);
    if (field === undefined) continue;
    const value = output.slice(index + found.length, keys[i + 1]?.index ?? output.length).trim();
    values.set(field, (values.get(field) ?? new Set()).add(value.replace(/\)$/, '')));
  }
  const single = [...values].filter(([, each]) => each.size === 1);
  return Object.fromEntries(single.map(([field, [value = '']]) => [field, value]));
}
