/** The nouns of rule tests: what a `*.test.yaml` beside rules says of them. */
import type { Json } from '../../model/json.ts';

/** Records of one test. */
export const MAX_TEST_RECORDS = 1_000;

export type RuleTestRecord = { [key: string]: Json };

export const TEST_INPUTS = ['audit', 'alerts', 'events'] as const;

export type RuleTestInput = (typeof TEST_INPUTS)[number];

/** A rule by name, id, or the id that its events carry, and where the file names it. */
export interface NamedRule {
  name: string;
  at: string;
}

export interface RuleTest {
  name: string;
  /** `file:line:column`. */
  at: string;
  /** The records, merged over the base of the file; none where they come from a file. */
  records: readonly RuleTestRecord[];
  /** A file of records beside the test, as it is written there. */
  recordsFile: { path: string; at: string } | null;
  /** Null: records are looked at as they are. Otherwise they come in by this input, and pass its formats. */
  input: RuleTestInput | null;
  hits: readonly NamedRule[];
  misses: readonly NamedRule[];
}
