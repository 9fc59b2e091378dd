/**
 * Reads a file of Sigma rules: one or several YAML documents, each a rule, a correlation rule or a filter. Every fault of the file is found in
 * one pass and named with file:line:column and what to write instead; a file with a fault gives no rules at
 * all, so that what runs is always what stands there.
 * Source: Sigma rules specification v2; YAML 1.2.
 */
import { isMap, isScalar, LineCounter, type Node, type YAMLMap } from 'yaml';
import { CounterfoilError, type Problem } from '../model/errors.ts';
import type { SecuritySource } from '../model/observation.ts';
import type { CorrelationDraft } from './correlation/correlation-draft.ts';
import { readCorrelation } from './correlation/read-correlation.ts';
import { readDetectionSection, type DetectionSection, type Reading } from './detection-section.ts';
import { readFilter } from './read-filter.ts';
import { costOf, MAX_RULE_COST } from './rule-cost.ts';
import { entriesOf, mapOf, offsetOf, ProblemList, type Entry } from './rule-document.ts';
import type { RuleFilter } from './rule-filter.ts';
import { readHeader } from './rule-header.ts';
import type { Placeholders } from './sigma-text.ts';
import type { SigmaRule } from './sigma-rule.ts';
import { yamlDocuments } from './yaml-documents.ts';

/** Characters of one rule file. */
export const MAX_FILE_LENGTH = 1024 * 1024;
/** Documents in one rule file. */
export const MAX_DOCUMENTS = 1_000;

export interface RuleFileResult {
  rules: SigmaRule[];
  /** What they refer to is looked up when all files are read. */
  correlations: CorrelationDraft[];
  filters: RuleFilter[];
  problems: Problem[];
  /** What loads, and is hardly meant. */
  doubts: Problem[];
}

/**
 * The rules of a file.
 * @param file the name that problems carry
 * @param placeholders what `%name%` stands for under `expand`
 * @throws CounterfoilError CF_RULE with every problem of the file
 */
export function parseRuleFile(text: string, file: string, placeholders: Placeholders = {}): SigmaRule[] {
  const { rules, problems } = readRuleFile(text, file, placeholders);
  if (problems.length > 0) throw ruleError(problems);
  return rules;
}

/** The error for problems of one or several files. */
export function ruleError(problems: Problem[]): CounterfoilError {
  const [first] = problems;
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
  return new CounterfoilError('CF_RULE', `${first?.at ?? ''}: ${first?.text ?? ''}${more}`, problems);
}

/** The same without throwing, for callers that gather the problems of many files. */
export function readRuleFile(text: string, file: string, placeholders: Placeholders = {}): RuleFileResult {
  const lines = new LineCounter();
  const problems = new ProblemList(file, lines);
  const { problems: faults, doubts } = problems;
  const found: RuleFileResult = { rules: [], correlations: [], filters: [], problems: faults, doubts };
  if (text.length > MAX_FILE_LENGTH) {
    problems.addAt(0, `file has ${text.length} characters; at most ${MAX_FILE_LENGTH} are read; split it`);
    return found;
  }
  const documents = yamlDocuments(text, lines, problems);
  if (documents.length > MAX_DOCUMENTS) {
    problems.addAt(0, `file has ${documents.length} documents; at most ${MAX_DOCUMENTS} are read; split it`);
    return found;
  }
  for (const { document, sound } of documents) {
    if (!sound) continue;
    if (isMap(document.contents)) readDocument(document.contents, { problems, text, placeholders }, found);
    else if (!isEmptyDocument(document.contents)) {
      problems.add(
        document.contents,
        'document is no Sigma rule; a rule is a mapping with title, logsource and detection',
      );
    }
  }
  const count = found.rules.length + found.correlations.length + found.filters.length;
  if (documents.length === 0 || (count === 0 && problems.problems.length === 0))
    problems.addAt(0, 'file has no rule; add one, or take the file out of the rules');
  return found;
}

function readDocument(map: YAMLMap, reading: Reading, found: RuleFileResult): void {
  const { problems } = reading;
  const entries = new Map(entriesOf(map, problems).map((entry) => [entry.key, entry]));
  if (entries.has('correlation')) {
    const draft = readCorrelation(map, entries, problems);
    if (draft !== undefined) found.correlations.push(draft);
  } else if (entries.has('filter')) {
    const filter = readFilter(map, entries, reading);
    if (filter !== undefined) found.filters.push(filter);
  } else {
    const rule = readRule(map, entries, reading);
    if (rule !== undefined) found.rules.push(rule);
  }
}

/** What a stray `---` or a comment leaves behind. */
function isEmptyDocument(contents: Node | null): boolean {
  return contents === null || (isScalar(contents) && contents.value === null);
}

function readRule(
  map: YAMLMap,
  entries: ReadonlyMap<string, Entry>,
  reading: Reading,
): SigmaRule | undefined {
  const { problems } = reading;
  if (entries.has('action')) {
    problems.add(
      entries.get('action')?.keyNode,
      'action belongs to collections of Sigma v1; write each rule out as a document of its own',
    );
    return undefined;
  }
  const header = readHeader(map, entries, problems);
  const detection = readDetection(map, entries.get('detection'), header?.source, reading);
  if (header === undefined || detection === undefined) return undefined;
  const cost = costOf(detection.condition, detection.detections);
  if (cost > MAX_RULE_COST) {
    problems.add(
      map,
      `rule costs ${cost} comparisons per record; at most ${MAX_RULE_COST} are allowed; split it`,
    );
  }
  const id = `sigma:${header.name ?? header.uuid ?? ''}`;
  return { id, ...header, ...detection, place: problems.place(offsetOf(map)) };
}

function readDetection(
  rule: YAMLMap,
  entry: Entry | undefined,
  source: SecuritySource | undefined,
  reading: Reading,
): DetectionSection | undefined {
  const { problems } = reading;
  if (entry === undefined) {
    problems.add(rule, 'rule has no detection; add search identifiers and a condition');
    return undefined;
  }
  const map = mapOf(entry.value, entry.keyNode, 'detection', problems);
  return map === undefined ? undefined : readDetectionSection(map, 'detection', [], source, reading);
}
