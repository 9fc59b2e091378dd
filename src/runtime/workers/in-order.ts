/**
 * Appends entries of one worker so that none comes to stand before one that was given before it, even where some fail and are tried again. Readers
 * rest on that: records of a partition are counted by an offset that only grows, and how far a partition has come is told behind what
 * was found there.
 *
 * From the first that failed on all are appended again; those that were in the log already are there twice then, which changes nothing.
 *
 * Cost: that of the appends, which share requests. Worked example: of a, b, c the second fails: b and c are appended once more, a, (c,) b, c.
 */
import type { EventLog, LogEntry } from '../../ports/event-log.ts';
import type { Patience } from './patience.ts';

/** @throws what does not pass by itself; after the patience was stopped, anything */
export async function appendInOrder(
  links: Pick<EventLog, 'append'>,
  patience: Patience,
  entries: readonly LogEntry[],
): Promise<void> {
  let rest = entries;
  await patience.until(async () => {
    const settled = await Promise.allSettled(rest.map((entry) => links.append(entry)));
    for (const [at, one] of settled.entries()) {
      if (one.status === 'fulfilled') continue;
      rest = rest.slice(at);
      throw one.reason;
    }
  });
}
