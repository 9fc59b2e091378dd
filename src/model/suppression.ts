/** What people know to be harmless, for a while: matches of a rule whose record says certain things. */
import type { Instant } from './instant.ts';

export type SuppressedValue = string | number | boolean | null;

export interface Suppression {
  /** Name or id of a rule, or the id that a sensor's own rule has in events, such as `falco:Terminal shell`. */
  rule: string;
  /** Fields with modifiers and values, as in a Sigma detection; all of them have to match. */
  where: Readonly<Record<string, SuppressedValue | readonly SuppressedValue[]>>;
  /** Records from then on are not suppressed. */
  until: Instant;
  why: string;
}
