/**
 * The frame by which a dead letter is put through again (SPEC L9). It is a frame like any other: what becomes of it, the mark on
 * the letter too, follows from the log alone, so appending it is all that has to be durable.
 */
import { emptyInputAccounts, type InputAccounts } from '../../model/accounting.ts';
import { CounterfoilError } from '../../model/errors.ts';
import type { Instant } from '../../model/instant.ts';
import type { LogPosition } from '../../ports/event-log.ts';
import type { DeadLetter, Redriven } from '../../ports/fact-store.ts';
import type { Frame } from './frame.ts';
import { countItems, pickItems } from './frame-items.ts';
import { parseLogPlace } from './log-place.ts';

/**
 * Where the log has, or had, the record of a letter.
 * @throws CounterfoilError CF_NOT_REDRIVABLE when there is none, or when putting it through again is of no use
 */
export function placeToRedrive({ place, reason }: DeadLetter): LogPosition {
  const position = parseLogPlace(place);
  if (position === null)
    throw new CounterfoilError(
      'CF_NOT_REDRIVABLE',
      'The record was refused when it came, and only its redacted excerpt was kept. Its sender must mend it and send it again.',
    );
  if (reason === 'beyond_horizon')
    throw new CounterfoilError(
      'CF_NOT_REDRIVABLE',
      'The items are older than join.late_horizon, and would be refused again: the events that they could meet are forgotten. ' +
        'Ask `counterfoil retro` what passed there, or give the records to `counterfoil correlate`.',
    );
  return position;
}

/**
 * @param frame of the record of the letter
 * @param at when it is put through again
 */
export function redrivenFrame(letter: DeadLetter, frame: Frame, at: Instant): Frame {
  const redrives: Redriven = { letterId: letter.id, at };
  const { laterThan } = letter;
  // Nothing of a record that could not be read was counted or said; so all of it counts now.
  if (laterThan === null) return { ...frame, redrives };
  const items = pickItems(frame, (time) => time > laterThan);
  const { input } = frame;
  const account = accountOf(countItems(items));
  return { input, account, refused: [], ends: false, redrives, origin: null, notes: null, ...items };
}

/** Items that are decoded once more; their record is counted already. */
function accountOf(count: number): InputAccounts {
  const none = emptyInputAccounts();
  return { ...none, items: { ...none.items, decoded: count, in_flight: count } };
}
