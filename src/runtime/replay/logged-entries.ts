/**
 * The records of a log as entries of another one.
 *
 * Copied as they are, but for two kinds. Where the source's inputs ended is left out: it said that a run was over, and the one
 * that goes on with the new log is not. A record that is no frame is replaced by what stands in for it (live/poison.ts), so that the
 * new log holds nothing that cannot be read.
 */
import type { Refusal } from '../../model/refusal.ts';
import type { LogEntry, LogRecord } from '../../ports/event-log.ts';
import { frameOf, refusalOf, standIn } from '../live/poison.ts';

/** @param onRefused is told of every record that is no frame */
export async function* loggedEntries(
  records: AsyncIterable<LogRecord[]>,
  onRefused: (refusals: readonly Refusal[]) => void,
): AsyncGenerator<LogEntry[]> {
  for await (const batch of records) yield batch.flatMap((record) => entriesOf(record, onRefused));
}

/** One entry or none. */
function entriesOf(record: LogRecord, onRefused: (refusals: readonly Refusal[]) => void): LogEntry[] {
  const frame = frameOf(record);
  if (frame?.ends === true) return [];
  if (frame === null) {
    onRefused([refusalOf(record)]);
    return [{ value: standIn(record).value, from: null, to: null }];
  }
  const { value, from, to } = record;
  // The reader uses its memory again for the next batch, and the log keeps what it is given.
  return [{ value: value.slice(), from, to }];
}
