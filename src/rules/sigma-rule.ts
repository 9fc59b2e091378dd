/**
 * The nouns of this room: a Sigma v2 single-event rule after parsing, in which nothing is left to be checked.
 * Sigma's own words are kept: a rule has a log source, a detection of named search identifiers, and a
 * condition.
 */
import type { SecuritySource } from '../model/observation.ts';
import type { FieldPath } from './field-path.ts';
import type { Pattern } from './pattern.ts';

/** Sigma's levels with the severity (0..100) that each stands for where the rule states none. */
export const LEVEL_SEVERITY = { informational: 10, low: 25, medium: 50, high: 75, critical: 95 } as const;

export type Level = keyof typeof LEVEL_SEVERITY;

/** How far a technique that succeeds reaches, each 0..1: money moved, records read, service stopped. */
export interface Effect {
  funds: number;
  records: number;
  service: number;
}

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

export interface SigmaRule {
  /** `sigma:` and the rule's `name`, or its uuid where it has no name: what matches and events carry. */
  id: string;
  /** Sigma's `name`; null where the rule has only a uuid. */
  name: string | null;
  uuid: string | null;
  title: string;
  description: string | null;
  falsePositives: string[];
  level: Level | null;
  /** 0..100. */
  severity: number;
  /** ATT&CK ids, for instance `T1609`, in the order of the tags. */
  techniques: string[];
  source: SecuritySource;
  /** Null where the rule states none and the technique decides. */
  effect: Effect | null;
  /** Probability that a match is a real attack, 0..1; null where the severity decides. */
  tp: number | null;
  detections: ReadonlyMap<string, Detection>;
  condition: BooleanTree;
  /** `file:line:column` of the document. */
  place: string;
}
