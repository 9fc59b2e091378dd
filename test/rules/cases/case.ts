/** How the cases of the default rules are written: what a record shows, and the record. */
import type { RawRecord } from '../observation.ts';

/** `also`: other rules for which the same record is a hit, since it shows two things. */
export type Case = [what: string, record: RawRecord, also?: string[]];

/** What a rule finds, and what looks like it and is left alone. */
export interface RuleCases {
  hits: Case[];
  misses: Case[];
}

/** By the name of the rule without its product. */
export type ProductCases = Record<string, RuleCases>;
