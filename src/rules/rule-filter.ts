/** A Sigma filter: one tuning for many rules. What it names is looked up when all files are read. */
import type { SecuritySource } from '../model/observation.ts';
import type { DetectionSection } from './detection-section.ts';
import type { PlacedText } from './rule-document.ts';

export interface RuleFilter extends DetectionSection {
  source: SecuritySource;
  /** As that of a rule; null: its filter is for all of the source. */
  member: string | null;
  /** Names or ids; null: every rule of its log source. */
  rules: readonly PlacedText[] | null;
  /** `file:line:column` of the document. */
  place: string;
}
