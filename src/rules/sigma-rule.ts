/**
 * The nouns of this room: a Sigma v2 single-event rule after parsing, in which nothing is left to be checked.
 * Sigma's own words are kept: a rule has a log source, a detection of named search identifiers, and a
 * condition.
 */
import type { SecuritySource } from '../model/observation.ts';
import type { FieldPath } from './field-path.ts';
import type { Pattern } from './pattern.ts';
import type { RuleHead } from './rule-head.ts';

/** How a field is compared with another one of the same record. */
export interface ReferenceComparison {
  mode: 'equals' | 'contains' | 'startswith' | 'endswith';
  all: boolean;
  cased: boolean;
  negated: boolean;
}

/** One search identifier, or a part of one. */
export type Detection =
  | { kind: 'every'; of: Detection[] }
  | { kind: 'some'; of: Detection[] }
  | { kind: 'exists'; path: FieldPath; expected: boolean }
  /** `negated`: none of the patterns. */
  | { kind: 'values'; path: FieldPath; patterns: Pattern[]; all: boolean; negated: boolean }
  | { kind: 'reference'; path: FieldPath; others: FieldPath[]; comparison: ReferenceComparison }
  | { kind: 'keywords'; patterns: Pattern[]; all: boolean };

/** A condition in which `1 of x*` is written out, so that every name is known to exist. */
export type BooleanTree =
  | { kind: 'name'; name: string }
  | { kind: 'not'; operand: BooleanTree }
  | { kind: 'and' | 'or'; operands: BooleanTree[] };

export interface SigmaRule extends RuleHead {
  source: SecuritySource;
  /** That a record has to have, since its log source is of such records only; null: none. */
  member: string | null;
  detections: ReadonlyMap<string, Detection>;
  condition: BooleanTree;
}
