/**
 * What a rule costs to evaluate on one record, counted at load, so that one bad rule cannot slow a stream down.
 *
 * The unit is one comparison with one value. A name counts each time the condition uses it, because it is
 * evaluated each time; a regular expression counts its instructions; a keyword looks at every value of a
 * record, taken as 20; a reference to another field as 2; a value that stands for several texts (windash, placeholders,
 * encodings) as each of them.
 *
 * Worked example: {verb: [get, list], path|re: 'a+'} -> 1 for the mapping, 1 + 2 for verb, 1 + 4 for path = 9;
 * a condition that uses it twice costs 18 and its own nodes.
 */
import type { Pattern } from './pattern.ts';
import type { BooleanTree, Detection } from './sigma-rule.ts';

/** Comparisons per record that one rule may ask for. */
export const MAX_RULE_COST = 10_000;

const KEYWORD_FACTOR = 20;
const REFERENCE_COST = 2;

/** Comparisons per record at most, as an estimate: arrays multiply it. */
export function costOf(condition: BooleanTree, detections: ReadonlyMap<string, Detection>): number {
  const costs = new Map([...detections].map(([name, detection]) => [name, costOfDetection(detection)]));
  return costOfTree(condition, costs);
}

function costOfTree(tree: BooleanTree, costs: ReadonlyMap<string, number>): number {
  if (tree.kind === 'name') return costs.get(tree.name) ?? 0;
  if (tree.kind === 'not') return 1 + costOfTree(tree.operand, costs);
  return tree.operands.reduce((sum, operand) => sum + costOfTree(operand, costs), 1);
}

function costOfDetection(detection: Detection): number {
  switch (detection.kind) {
    case 'exists':
      return 1;
    case 'values':
      return 1 + costOfPatterns(detection.patterns);
    case 'reference':
      return 1 + REFERENCE_COST * detection.others.length;
    case 'keywords':
      return KEYWORD_FACTOR * (1 + costOfPatterns(detection.patterns));
    default:
      return detection.of.reduce((sum, part) => sum + costOfDetection(part), 1);
  }
}

function costOfPatterns(patterns: readonly Pattern[]): number {
  return patterns.reduce((sum, pattern) => sum + costOfPattern(pattern), 0);
}

function costOfPattern(pattern: Pattern): number {
  if (pattern.kind === 'any') return costOfPatterns(pattern.of);
  return pattern.kind === 'regex' ? pattern.program.programSize() : 1;
}
