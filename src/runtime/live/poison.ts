/**
 * A record of the log that is no frame: another version wrote it, or a bug. It is passed over as a record that is dead-lettered,
 * because it would otherwise be met again at every start, for ever.
 *
 * What stands in for it is a function of the record alone, so that reading it again after a crash gives the same letter.
 */
import { emptyInputAccounts, type InputName } from '../../model/accounting.ts';
import type { Instant } from '../../model/instant.ts';
import type { LogRecord } from '../../ports/event-log.ts';
import { decodeFrame, encodeFrame } from './frame.ts';
import { formatLogPlace } from './log-place.ts';

const INPUTS: readonly InputName[] = ['audit', 'alerts', 'events', 'spans', 'payments'];

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
  try {
    decodeFrame(record.value);
    return false;
  } catch {
    return true;
  }
}

/** A record at the same place, which says that this one could not be read. */
function standIn(record: LogRecord): LogRecord {
  const account = { ...emptyInputAccounts(), records: 1, dead_lettered: 1 };
  const refusal = {
    reason: 'unknown_format' as const,
    text: `The log holds a record of ${record.value.length} bytes that is no frame of this version; another version may read it.`,
    place: { input: formatLogPlace(record), line: 0, column: 0 },
    excerpt: null,
  };
  const nothing = { observations: [], payments: [], identities: [], carried: [], packed: null };
  const refused = [refusal];
  const value = encodeFrame({
    input: inputOf(record),
    account,
    refused,
    ends: false,
    redrives: null,
    ...nothing,
  });
  return { ...record, value };
}

/** As far as it can be told from the head of the frame. */
function inputOf({ value }: LogRecord): InputName {
  const head = Buffer.from(value.buffer, value.byteOffset, Math.min(value.length, 200)).toString('latin1');
  return INPUTS.find((input) => head.includes(`"input":"${input}"`)) ?? 'events';
}
