/**
 * A record of the log that is no frame: another version wrote it, or a bug. It is passed over as a record that is dead-lettered,
 * because it would otherwise be met again at every start, for ever.
 *
 * What stands in for it is a function of the record alone, so that reading it again after a crash gives the same letter.
 */
import { emptyInputAccounts, type InputName } from '../../model/accounting.ts';
import type { LogRecord } from '../../ports/event-log.ts';
import { decodeFrame, encodeFrame } from './frame.ts';

const INPUTS: readonly InputName[] = ['audit', 'alerts', 'events', 'spans', 'payments'];

/** Whether the record cannot even be read. */
export function isPoison(record: LogRecord): boolean {
  try {
    decodeFrame(record.value);
    return false;
  } catch {
    return true;
  }
}

/** A record at the same place, which says that this one could not be read. */
export function standIn(record: LogRecord): LogRecord {
  const account = { ...emptyInputAccounts(), records: 1, dead_lettered: 1 };
  const refusal = {
    reason: 'unknown_format' as const,
    text: `The log holds a record of ${record.value.length} bytes that is no frame of this version; another version may read it.`,
    place: { input: `log ${record.partition}`, line: 0, column: record.offset },
    excerpt: null,
  };
  const nothing = { observations: [], payments: [], identities: [], carried: [], packed: null };
  const value = encodeFrame({ input: inputOf(record), account, refused: [refusal], ends: false, ...nothing });
  return { ...record, value };
}

/** As far as it can be told from the head of the frame. */
function inputOf({ value }: LogRecord): InputName {
  const head = Buffer.from(value.buffer, value.byteOffset, Math.min(value.length, 200)).toString('latin1');
  return INPUTS.find((input) => head.includes(`"input":"${input}"`)) ?? 'events';
}
