/**
 * What a rule says about itself: title, id, level, tags, log source and our own `counterfoil` key. Every other
 * key is the author's and is left alone, as Sigma asks.
 */
import { isMap, isScalar, isSeq, type YAMLMap } from 'yaml';
import type { SecuritySource } from '../model/observation.ts';
import { KNOWN_LOG_SOURCES, problemOfSource, sourceOf } from './log-source.ts';
import {
  entriesOf,
  itemsOf,
  mapOf,
  numberOf,
  stringOf,
  type Entry,
  type ProblemList,
} from './rule-document.ts';
import { LEVEL_SEVERITY, UNSTATED_SEVERITY, type Effect, type Level, type RuleHead } from './rule-head.ts';

/** What any rule says about itself. */
export interface RuleAbout extends Omit<RuleHead, 'id' | 'severity' | 'place'> {
  /** Null where neither level nor severity is stated. */
  severity: number | null;
}

export interface RuleHeader extends RuleAbout {
  severity: number;
  source: SecuritySource;
}

const MAX_TITLE = 256;
const MAX_DESCRIPTION = 65_535;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const CONTROL = /\p{C}/u;
const TAG = /^[a-z0-9_-]+\.[a-z0-9._-]+$/;
const TECHNIQUE = /^attack\.(t\d{4}(?:\.\d{3})?)$/;
const STATUSES = ['stable', 'test', 'experimental', 'deprecated', 'unsupported'];

type Entries = ReadonlyMap<string, Entry>;

/**
 * Reads the header of a rule over single records; each fault becomes a problem.
 * @returns undefined when a part without which there is no rule is missing or wrong
 */
export function readHeader(rule: YAMLMap, entries: Entries, problems: ProblemList): RuleHeader | undefined {
  const about = readAbout(rule, entries, problems);
  const source = readLogSource(rule, entries, problems);
  const { title } = about;
  if (title === undefined || source === undefined) return undefined;
  return { ...about, title, severity: about.severity ?? UNSTATED_SEVERITY, source };
}

/** The same of any rule: everything but the log source. Without a title there is no rule. */
export function readAbout(
  rule: YAMLMap,
  entries: Entries,
  problems: ProblemList,
): Omit<RuleAbout, 'title'> & { title: string | undefined } {
  const title = readTitle(rule, entries, problems);
  const names = readNames(rule, entries, problems);
  const techniques = readTechniques(entries.get('tags'), problems);
  const own = readExtension(entries.get('counterfoil'), problems);
  const level = readLevel(entries.get('level'), problems);
  checkStatus(entries.get('status'), problems);
  checkTaxonomy(entries.get('taxonomy'), problems);
  const severity = own.severity ?? (level === null ? null : LEVEL_SEVERITY[level]);
  const description = optionalString(entries.get('description'), MAX_DESCRIPTION, problems);
  const falsePositives = readTexts(entries.get('falsepositives'), problems);
  const { effect, tp } = own;
  return { ...names, title, description, falsePositives, level, severity, techniques, effect, tp };
}

/** Also of a filter. */
export function readTitle(rule: YAMLMap, entries: Entries, problems: ProblemList): string | undefined {
  const entry = entries.get('title');
  if (entry !== undefined) return stringOf(entry, MAX_TITLE, problems);
  problems.add(rule, 'rule has no title; add one');
  return undefined;
}

/** The id in lower case; null where there is none. Also of a filter. */
export function readUuid(entry: Entry | undefined, problems: ProblemList): string | null {
  const uuid = optionalString(entry, MAX_TITLE, problems);
  if (uuid !== null && !UUID.test(uuid))
    problems.add(entry?.value, 'id has to be a UUID; a name for people goes under name');
  return uuid?.toLowerCase() ?? null;
}

function optionalString(entry: Entry | undefined, maxLength: number, problems: ProblemList): string | null {
  return entry === undefined ? null : (stringOf(entry, maxLength, problems) ?? null);
}

function readNames(
  rule: YAMLMap,
  entries: Entries,
  problems: ProblemList,
): Pick<RuleHeader, 'name' | 'uuid'> {
  const name = optionalString(entries.get('name'), MAX_TITLE, problems);
  const uuid = readUuid(entries.get('id'), problems);
  if (name !== null && CONTROL.test(name)) {
    problems.add(entries.get('name')?.value, 'name has control characters; leave them out');
  }
  if (!entries.has('name') && !entries.has('id'))
    problems.add(rule, 'rule has neither name nor id; add a name');
  return { name, uuid };
}

/** Also of a filter. */
export function readLogSource(
  rule: YAMLMap,
  entries: Entries,
  problems: ProblemList,
): SecuritySource | undefined {
  const entry = entries.get('logsource');
  if (entry === undefined) {
    problems.add(rule, `rule has no logsource; add ${KNOWN_LOG_SOURCES}`);
    return undefined;
  }
  const map = mapOf(entry.value, entry.keyNode, 'logsource', problems);
  if (map === undefined) return undefined;
  const parts = new Map(entriesOf(map, problems).map((part) => [part.key, part]));
  const text = (key: string): string | null => optionalString(parts.get(key), MAX_TITLE, problems);
  const written = { category: text('category'), product: text('product'), service: text('service') };
  const source = sourceOf(written);
  if (source === undefined) problems.add(map, problemOfSource(written));
  return source;
}

function readLevel(entry: Entry | undefined, problems: ProblemList): Level | null {
  const value: unknown = isScalar(entry?.value) ? entry.value.value : undefined;
  if (entry === undefined) return null;
  if (isLevel(value)) return value;
  problems.add(entry.value ?? entry.keyNode, 'level has to be informational, low, medium, high or critical');
  return null;
}

function isLevel(value: unknown): value is Level {
  return typeof value === 'string' && Object.hasOwn(LEVEL_SEVERITY, value);
}

/** A rule that says of itself that it does not work is not taken as working. */
function checkStatus(entry: Entry | undefined, problems: ProblemList): void {
  if (entry === undefined) return;
  const status = stringOf(entry, MAX_TITLE, problems);
  if (status === undefined) return;
  if (!STATUSES.includes(status)) problems.add(entry.value, `status has to be one of ${STATUSES.join(', ')}`);
  if (status === 'unsupported')
    problems.add(entry.value, 'rule says that it is unsupported; take it out of the rules');
}

/** Names of another taxonomy would be fields that no record has. */
function checkTaxonomy(entry: Entry | undefined, problems: ProblemList): void {
  if (entry === undefined) return;
  const taxonomy = stringOf(entry, MAX_TITLE, problems);
  if (taxonomy !== undefined && taxonomy !== 'sigma')
    problems.add(
      entry.value,
      `names of the taxonomy ${taxonomy} are not known; write fields as records have them, and leave taxonomy out`,
    );
}

function readTechniques(entry: Entry | undefined, problems: ProblemList): string[] {
  if (entry === undefined) return [];
  if (!isSeq(entry.value)) {
    problems.add(entry.value ?? entry.keyNode, 'tags has to be a list, for instance [attack.t1609]');
    return [];
  }
  const techniques = new Set<string>();
  for (const node of itemsOf(entry.value)) {
    const tag: unknown = isScalar(node) ? node.value : undefined;
    const technique = typeof tag === 'string' ? TECHNIQUE.exec(tag)?.[1] : undefined;
    if (technique !== undefined) techniques.add(technique.toUpperCase());
    else if (typeof tag !== 'string' || !TAG.test(tag)) {
      problems.add(node ?? entry.keyNode, 'a tag is lower-case text with a dot, for instance attack.t1609');
    } else if (/^attack\.t\d/.test(tag)) {
      problems.add(
        node,
        `${tag} is no technique; write attack.t and four digits, and .001 for a sub-technique`,
      );
    }
  }
  return [...techniques];
}

function readTexts(entry: Entry | undefined, problems: ProblemList): string[] {
  if (entry === undefined) return [];
  if (!isSeq(entry.value)) {
    const text = stringOf(entry, MAX_DESCRIPTION, problems);
    return text === undefined ? [] : [text];
  }
  const items = itemsOf(entry.value);
  return items
    .map((value) => stringOf({ ...entry, value }, MAX_DESCRIPTION, problems))
    .filter((text) => text !== undefined);
}

interface Extension {
  severity: number | undefined;
  effect: Effect | null;
  tp: number | null;
}

const EXTENSION_KEYS = ['severity', 'effect', 'tp'];
const EFFECT_KEYS = ['funds', 'records', 'service'];

/** Our own key. Sigma lets tools add keys; what stands below ours is ours to check. */
function readExtension(entry: Entry | undefined, problems: ProblemList): Extension {
  const none: Extension = { severity: undefined, effect: null, tp: null };
  if (entry === undefined) return none;
  const parts = readKnown(entry, EXTENSION_KEYS, problems);
  if (parts === undefined) return none;
  const severity = parts.get('severity');
  const tp = parts.get('tp');
  const effect = parts.get('effect');
  return {
    severity: severity === undefined ? undefined : numberOf(severity, 0, 100, problems),
    tp: tp === undefined ? null : (numberOf(tp, 0, 1, problems) ?? null),
    effect: effect === undefined ? null : readEffect(effect, problems),
  };
}

function readEffect(entry: Entry, problems: ProblemList): Effect | null {
  const parts = readKnown(entry, EFFECT_KEYS, problems);
  if (parts === undefined) return null;
  const part = (key: string): number | undefined => {
    const found = parts.get(key);
    if (found !== undefined) return numberOf(found, 0, 1, problems);
    problems.add(entry.value, `effect has no ${key}; add a number from 0 to 1`);
    return undefined;
  };
  const [funds, records, service] = EFFECT_KEYS.map(part);
  if (funds === undefined || records === undefined || service === undefined) return null;
  return { funds, records, service };
}

function readKnown(entry: Entry, known: readonly string[], problems: ProblemList): Entries | undefined {
  if (!isMap(entry.value)) {
    problems.add(entry.value ?? entry.keyNode, `${entry.key} has to be a mapping of ${known.join(', ')}`);
    return undefined;
  }
  const parts = entriesOf(entry.value, problems);
  for (const part of parts) {
    if (!known.includes(part.key)) {
      problems.add(
        part.keyNode,
        `${JSON.stringify(part.key)} is not known under ${entry.key}; use ${known.join(', ')}`,
      );
    }
  }
  return new Map(parts.map((part) => [part.key, part]));
}
