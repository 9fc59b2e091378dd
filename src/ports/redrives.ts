/** Puts what a dead letter tells of through again, where the log still keeps it. */
import type { InputName } from '../model/accounting.ts';

export interface RedriveAnswer {
  input: InputName;
  /** Items that are put through again. */
  items: number;
  /** Records and items that could not be read before at all, and are refused now. */
  refused: number;
  /** Where in the log they are now. */
  place: string;
}

export interface Redrives {
  /**
   * Resolves when it is durable; what becomes of the items is seen when they are applied. Doing it twice is harmless.
   * @throws CounterfoilError CF_NOT_FOUND; CF_NOT_REDRIVABLE when the record was not kept or would be refused again;
   *   CF_LOG_GONE when the log no longer keeps it; CF_BUSY, CF_LOG_FULL, CF_ENDED, CF_STOPPING when it cannot be taken now
   */
  redrive(letterId: string): Promise<RedriveAnswer>;
}
