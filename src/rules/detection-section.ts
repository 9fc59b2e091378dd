/**
 * Reads search identifiers and the condition over them: of the `detection` of a rule, or of a filter.
 * Source: Sigma rules specification v2, "Detection", "Condition".
 */
import { isMap, isScalar, isSeq, type Node, type YAMLMap } from 'yaml';
import { ConditionError, parseCondition } from './condition.ts';
import { readDetections } from './detection.ts';
import { resolveCondition } from './resolve-condition.ts';
import { entriesOf, itemsOf, offsetOf, type Entry, type ProblemList } from './rule-document.ts';
import type { SecuritySource } from '../model/observation.ts';
import { addDoubts } from './doubts.ts';
import { withRecordFields } from './record-fields.ts';
import type { BooleanTree, Detection } from './sigma-rule.ts';
import type { Placeholders } from './sigma-text.ts';

/** Conditions of one rule, which are alternatives. */
const MAX_CONDITIONS = 100;

export interface DetectionSection {
  detections: Map<string, Detection>;
  condition: BooleanTree;
}

/** What the reading of one file needs everywhere. */
export interface Reading {
  problems: ProblemList;
  /** The whole file: problems of a condition have their place in it. */
  text: string;
  /** What `%name%` stands for under `expand`. */
  placeholders: Placeholders;
}

/**
 * @param name of the section
 * @param beside keys that are no search identifiers
 * @param source of the records that it is for; undefined where the rule says none that is known
 * @returns undefined where a part is missing or wrong; every fault is a problem
 */
export function readDetectionSection(
  map: YAMLMap,
  name: string,
  beside: readonly string[],
  source: SecuritySource | undefined,
  reading: Reading,
): DetectionSection | undefined {
  const { problems, placeholders } = reading;
  const entries = entriesOf(map, problems);
  const detections = readDetections(map, entries, beside, problems, placeholders);
  const members = new Map(entries.map((member) => [member.key, member]));
  const timeframe = members.get('timeframe');
  if (timeframe !== undefined) {
    problems.add(
      timeframe.keyNode,
      'timeframe belongs to Sigma v1; write a correlation rule with a timespan',
    );
  }
  const written = members.get('condition');
  if (written === undefined) {
    problems.add(map, `${name} has no condition; ${whereIsCondition(entries)}`);
    return undefined;
  }
  const condition = readConditions(written, [...detections.keys()], reading);
  if (condition === undefined) return undefined;
  addDoubts(
    entries.filter(({ key }) => detections.has(key)),
    condition,
    source,
    problems,
  );
  for (const [key, detection] of detections) detections.set(key, withRecordFields(detection, source));
  return { detections, condition };
}

/** Most conditions that are missing stand in the search identifier above them, by their indent. */
function whereIsCondition(entries: readonly Entry[]): string {
  const holder = entries.find(({ value }) => isMap(value) && value.has('condition'));
  if (holder === undefined) return 'add one, for instance condition: selection';
  return `one stands within ${holder.key}; indent it as ${holder.key} is`;
}

/** One condition, or a list of alternatives. */
function readConditions(entry: Entry, names: readonly string[], reading: Reading): BooleanTree | undefined {
  const { value } = entry;
  const { problems } = reading;
  const nodes = isSeq(value) ? itemsOf(value) : [value];
  if (nodes.length === 0 || nodes.length > MAX_CONDITIONS) {
    problems.add(value ?? entry.keyNode, `condition has to be one text or a list of 1 to ${MAX_CONDITIONS}`);
    return undefined;
  }
  const operands = nodes.map((node) => readCondition(node, entry, names, reading));
  const usable = operands.filter((operand) => operand !== undefined);
  const [only] = usable;
  if (usable.length < operands.length || only === undefined) return undefined;
  return usable.length === 1 ? only : { kind: 'or', operands: usable };
}

function readCondition(
  node: Node | null,
  entry: Entry,
  names: readonly string[],
  reading: Reading,
): BooleanTree | undefined {
  const { problems } = reading;
  const value: unknown = isScalar(node) ? node.value : undefined;
  if (typeof value !== 'string') {
    problems.add(node ?? entry.keyNode, 'condition has to be text, for instance selection and not filter');
    return undefined;
  }
  const begin = beginOfText(node, value, reading.text);
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
