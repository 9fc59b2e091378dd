/**
 * A record of the log that is no frame: another version wrote it, or a bug. It is passed over as a record that is dead-lettered,
 * because it would otherwise be met again at every start, for ever.
 *
 * What stands in for it is a function of the record alone, so that reading it again after a crash gives the same letter.
 */
import { emptyInputAccounts } from '../../model/accounting.ts';
import type { Instant } from '../../model/instant.ts';
import type { Refusal } from '../../model/refusal.ts';
import type { LogRecord } from '../../ports/event-log.ts';
import { decodeFrame, encodeFrame, frameInput, type Frame } from './frame.ts';
import { formatLogPlace } from './log-place.ts';

interface Applying {
  nextOffset(partition: number): number;
  apply(records: readonly LogRecord[], now: Instant): Promise<void>;
}

/**
 * Applies records of one partition, those that are no frames by their stand-ins.
 * @throws whatever the engine throws that is not for the sake of such a record
 */
export async function applyPast(
  engine: Applying,
  records: readonly LogRecord[],
  now: Instant,
  onPoison: (record: LogRecord) => void,
): Promise<void> {
  let rest = records;
  while (rest.length > 0) {
    try {
      await engine.apply(rest, now);
      rest = [];
    } catch (error) {
      const stopped = rest.find(({ partition, offset }) => offset >= engine.nextOffset(partition));
      if (stopped === undefined || !isPoison(stopped)) throw error;
      onPoison(stopped);
      await engine.apply([standIn(stopped)], now);
      rest = rest.filter(({ offset }) => offset > stopped.offset);
    }
  }
}

/** Whether the record cannot even be read. */
function isPoison(record: LogRecord): boolean {
  return frameOf(record) === null;
}

/** Null: the record is no frame. */
export function frameOf(record: Pick<LogRecord, 'value'>): Frame | null {
  try {
    return decodeFrame(record.value);
  } catch {
    return null;
  }
}

/** A record at the same place, which says that this one could not be read. */
export function standIn(record: LogRecord): LogRecord {
  const refusal = refusalOf(record);
  const refused = [refusal];
  const account = {
    ...emptyInputAccounts(),
    records: 1,
    dead_lettered: 1,
    refused: { [refusal.reason]: 1 },
  };
  const nothing = { observations: [], payments: [], identities: [], carried: [], packed: null };
  const input = frameInput(record.value) ?? 'events';
  const value = encodeFrame({ input, account, refused, ends: false, ...nothing });
  return { ...record, value };
}

/** Why it could not be read, and where it stands. */
export function refusalOf(record: LogRecord): Refusal {
  return {
    reason: 'unknown_format',
    text: `The log holds a record of ${record.value.length} bytes that is no frame of this version; another version may read it.`,
    place: { input: formatLogPlace(record), line: 0, column: 0 },
    excerpt: null,
  };
}
