/**
 * Reads a file of Sigma rules: one or several YAML documents, each a rule. Every fault of the file is found in
 * one pass and named with file:line:column and what to write instead; a file with a fault gives no rules at
 * all, so that what runs is always what stands there.
 * Source: Sigma rules specification v2; YAML 1.2.
 */
import { isMap, isScalar, isSeq, LineCounter, parseAllDocuments, type Node, type YAMLMap } from 'yaml';
import { CounterfoilError, type Problem } from '../model/errors.ts';
import type { CorrelationDraft } from './correlation/correlation-draft.ts';
import { readCorrelation } from './correlation/read-correlation.ts';
import { ConditionError, parseCondition } from './condition.ts';
import { readDetections } from './detection.ts';
import { resolveCondition } from './resolve-condition.ts';
import { costOf, MAX_RULE_COST } from './rule-cost.ts';
import { entriesOf, itemsOf, mapOf, offsetOf, ProblemList, type Entry } from './rule-document.ts';
import { readHeader } from './rule-header.ts';
import type { Placeholders } from './sigma-text.ts';
import type { BooleanTree, Detection, SigmaRule } from './sigma-rule.ts';

/** Characters of one rule file. */
export const MAX_FILE_LENGTH = 1024 * 1024;
/** Documents in one rule file. */
export const MAX_DOCUMENTS = 1_000;
/** Conditions of one rule, which are alternatives. */
const MAX_CONDITIONS = 100;

export interface RuleFileResult {
  rules: SigmaRule[];
  /** What they refer to is looked up when all files are read. */
  correlations: CorrelationDraft[];
  problems: Problem[];
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
  if (text.length > MAX_FILE_LENGTH) {
    const limit = `file has ${text.length} characters; at most ${MAX_FILE_LENGTH} are read; split it`;
    return { rules: [], correlations: [], problems: [{ at: `${file}:1:1`, text: limit }] };
  }
  const documents = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const rules: SigmaRule[] = [];
  const correlations: CorrelationDraft[] = [];
  if (documents.length > MAX_DOCUMENTS) {
    problems.addAt(0, `file has ${documents.length} documents; at most ${MAX_DOCUMENTS} are read; split it`);
    return { rules, correlations, problems: problems.problems };
  }
  for (const document of documents) {
    for (const error of document.errors) problems.addAt(error.pos[0], `YAML: ${error.message}`);
    if (document.errors.length > 0) continue;
    if (isMap(document.contents)) {
      const entries = new Map(entriesOf(document.contents, problems).map((entry) => [entry.key, entry]));
      if (entries.has('correlation')) {
        const draft = readCorrelation(document.contents, entries, problems);
        if (draft !== undefined) correlations.push(draft);
        continue;
      }
      const rule = readRule(document.contents, entries, problems, text, placeholders);
      if (rule !== undefined) rules.push(rule);
    } else if (!isEmptyDocument(document.contents)) {
      problems.add(
        document.contents,
        'document is no Sigma rule; a rule is a mapping with title, logsource and detection',
      );
    }
  }
  if (
    documents.length === 0 ||
    (rules.length + correlations.length === 0 && problems.problems.length === 0)
  ) {
    problems.addAt(0, 'file has no rule; add one, or take the file out of the rules');
  }
  return { rules, correlations, problems: problems.problems };
}

/** What a stray `---` or a comment leaves behind. */
function isEmptyDocument(contents: Node | null): boolean {
  return contents === null || (isScalar(contents) && contents.value === null);
}

const OTHER_DOCUMENTS: Readonly<Record<string, string>> = {
  filter: 'Sigma filters are not supported yet; write the exception into the rule',
  action: 'action belongs to collections of Sigma v1; write each rule out as a document of its own',
};

function readRule(
  map: YAMLMap,
  entries: ReadonlyMap<string, Entry>,
  problems: ProblemList,
  text: string,
  placeholders: Placeholders,
): SigmaRule | undefined {
  const other = Object.keys(OTHER_DOCUMENTS).find((key) => entries.has(key));
  if (other !== undefined) {
    problems.add(entries.get(other)?.keyNode, OTHER_DOCUMENTS[other] ?? '');
    return undefined;
  }
  const header = readHeader(map, entries, problems);
  const detection = readDetection(map, entries.get('detection'), problems, text, placeholders);
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

interface DetectionSection {
  detections: Map<string, Detection>;
  condition: BooleanTree;
}

function readDetection(
  rule: YAMLMap,
  entry: Entry | undefined,
  problems: ProblemList,
  text: string,
  placeholders: Placeholders,
): DetectionSection | undefined {
  if (entry === undefined) {
    problems.add(rule, 'rule has no detection; add search identifiers and a condition');
    return undefined;
  }
  const map = mapOf(entry.value, entry.keyNode, 'detection', problems);
  if (map === undefined) return undefined;
  const detections = readDetections(map, problems, placeholders);
  const members = new Map(entriesOf(map, problems).map((member) => [member.key, member]));
  const timeframe = members.get('timeframe');
  if (timeframe !== undefined) {
    problems.add(
      timeframe.keyNode,
      'timeframe belongs to Sigma v1; write a correlation rule with a timespan',
    );
  }
  const written = members.get('condition');
  if (written === undefined) {
    problems.add(map, 'detection has no condition; add one, for instance condition: selection');
    return undefined;
  }
  const condition = readConditions(written, [...detections.keys()], problems, text);
  return condition === undefined ? undefined : { detections, condition };
}

/** One condition, or a list of alternatives. */
function readConditions(
  entry: Entry,
  names: readonly string[],
  problems: ProblemList,
  text: string,
): BooleanTree | undefined {
  const { value } = entry;
  const nodes = isSeq(value) ? itemsOf(value) : [value];
  if (nodes.length === 0 || nodes.length > MAX_CONDITIONS) {
    problems.add(value ?? entry.keyNode, `condition has to be one text or a list of 1 to ${MAX_CONDITIONS}`);
    return undefined;
  }
  const operands = nodes.map((node) => readCondition(node, entry, names, problems, text));
  const usable = operands.filter((operand) => operand !== undefined);
  const [only] = usable;
  if (usable.length < operands.length || only === undefined) return undefined;
  return usable.length === 1 ? only : { kind: 'or', operands: usable };
}

function readCondition(
  node: Node | null,
  entry: Entry,
  names: readonly string[],
  problems: ProblemList,
  text: string,
): BooleanTree | undefined {
  const value: unknown = isScalar(node) ? node.value : undefined;
  if (typeof value !== 'string') {
    problems.add(node ?? entry.keyNode, 'condition has to be text, for instance selection and not filter');
    return undefined;
  }
  const begin = beginOfText(node, value, text);
  const at = (offset: number): number => (begin === undefined ? offsetOf(node) : begin + offset);
  let known = true;
  try {
    const tree = resolveCondition(parseCondition(value), names, (offset, problem) => {
      known = false;
      problems.addAt(at(offset), problem);
    });
    return known ? tree : undefined;
  } catch (error) {
    if (!(error instanceof ConditionError)) throw error;
    problems.addAt(at(error.offset), error.message);
    return undefined;
  }
}

/** Where the text of a scalar begins in the file; undefined where YAML folded or unescaped it on the way. */
function beginOfText(node: Node | null, value: string, text: string): number | undefined {
  const start = offsetOf(node);
  const begin = text[start] === "'" || text[start] === '"' ? start + 1 : start;
  return text.startsWith(value, begin) ? begin : undefined;
}
