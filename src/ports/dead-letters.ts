/**
 * Reads the records that could not be used, which a fact store keeps (`FactStore.addDeadLetters`). A port of its own,
 * because the API reads it where no engine runs.
 */
import type { DeadLetter } from './fact-store.ts';
import type { Page, PageRequest } from './incident-index.ts';

export interface DeadLetters {
  /** Newest first by instant, then by id. */
  deadLetters(page: PageRequest): Promise<Page<DeadLetter>>;
  /** Null: there is none of this id, or it was dropped for newer ones. */
  deadLetter(id: string): Promise<DeadLetter | null>;
  /** How many can be read, and how many older ones were dropped for them. */
  deadLetterCount(): Promise<{ kept: number; dropped: number }>;
}
