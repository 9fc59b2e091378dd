/** What a rule is to everything behind it, whatever it looks at: its names, what it says of itself, and how bad it is. */

/** Sigma's levels with the severity (0..100) that each stands for where the rule states none. */
export const LEVEL_SEVERITY = { informational: 10, low: 25, medium: 50, high: 75, critical: 95 } as const;

export type Level = keyof typeof LEVEL_SEVERITY;

/** Severity of a rule, or of a sensor's alert, that states none: the middle of the scale. */
export const UNSTATED_SEVERITY = 50;

/** How far a technique that succeeds reaches, each 0..1: money moved, records read, service stopped. */
export interface Effect {
  funds: number;
  records: number;
  service: number;
}

export interface RuleHead {
  /** `sigma:` and the rule's `name`, or its uuid where it has no name: what matches and events carry. */
  id: string;
  /** Sigma's `name`; null where the rule has only a uuid. */
  name: string | null;
  uuid: string | null;
  title: string;
  description: string | null;
  falsePositives: string[];
  level: Level | null;
  /** 0..100. Of a correlation rule that states none: the greatest of the rules it refers to. */
  severity: number;
  /** ATT&CK ids, for instance `T1609`, in the order of the tags; of a correlation rule that states none: those below it. */
  techniques: string[];
  /** Null where the rule states none and the technique decides. */
  effect: Effect | null;
  /** Probability that a match is a real attack, 0..1; null where the severity decides. */
  tp: number | null;
  /** `file:line:column` of the document. */
  place: string;
}
