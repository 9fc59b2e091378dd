/** A correlation rule as its file says it: names are not looked up yet, since they may stand in another file. */
import type { Micros } from '../../model/instant.ts';
import type { PlacedText } from '../rule-document.ts';
import type { RuleAbout } from '../rule-header.ts';
import type { Bound, CorrelationType } from './correlation-rule.ts';

export interface Alias extends PlacedText {
  /** The field of each rule, by the name that the file gives the rule. */
  fields: readonly { rule: PlacedText; field: string }[];
}

export interface CorrelationDraft extends RuleAbout {
  type: CorrelationType;
  /** Names or ids of rules. */
  rules: readonly PlacedText[];
  groupBy: readonly PlacedText[];
  /** The fields whose values are looked at; empty where the type looks at none. */
  valued: readonly PlacedText[];
  aliases: readonly Alias[];
  timespan: Micros;
  /** Null: all of the rules. */
  condition: readonly Bound[] | null;
  percentile: number | null;
  generate: boolean;
  place: string;
}
