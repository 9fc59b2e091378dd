/** A search identifier as a function: composed once, at load; on a record it only compares. */
import type { Json } from '../model/json.ts';
import { fieldExists, fieldValues, type FieldPath, type Fields } from './field-path.ts';
import { holdsReference } from './field-reference.ts';
import { holdsKeywords } from './keyword-search.ts';
import { matchesPattern, type Pattern } from './pattern.ts';
import type { Detection } from './sigma-rule.ts';

export type Test = (fields: Fields) => boolean;

/** Stops at the first that fails. */
export function everyOf(tests: readonly Test[]): Test {
  return (fields) => tests.every((test) => test(fields));
}

/** Stops at the first that holds. */
export function someOf(tests: readonly Test[]): Test {
  return (fields) => tests.some((test) => test(fields));
}

/** Whether a record is what a search identifier says. */
export function compileDetection(detection: Detection): Test {
  switch (detection.kind) {
    case 'every':
      return everyOf(detection.of.map(compileDetection));
    case 'some':
      return someOf(detection.of.map(compileDetection));
    case 'exists': {
      const { path, expected } = detection;
      return (fields) => fieldExists(fields, path) === expected;
    }
    case 'keywords': {
      const { patterns, all } = detection;
      return (fields) => holdsKeywords(fields, patterns, all);
    }
    case 'reference': {
      const { path, others, comparison } = detection;
      return (fields) => holdsReference(fields, path, others, comparison);
    }
    default: {
      const test = compileValues(detection.path, detection.patterns, detection.all);
      return detection.negated ? (fields) => !test(fields) : test;
    }
  }
}

function compileValues(path: FieldPath, patterns: readonly Pattern[], all: boolean): Test {
  return (fields) => {
    const values = fieldValues(fields, path);
    return all
      ? patterns.every((pattern) => holdsFor(pattern, values))
      : patterns.some((pattern) => holdsFor(pattern, values));
  };
}

/** An absent field is null, and so is an empty list: there is no value in either. */
function holdsFor(pattern: Pattern, values: readonly Json[]): boolean {
  if (values.length === 0) return pattern.kind === 'null';
  return values.some((value) => matchesPattern(pattern, value));
}
