/**
 * Decides about a malformed record: what to say, at which byte, and where the next record may begin.
 *
 * The hard case is a line that breaks off (audit records over a producer's size limit do): its brackets stay open, and
 * a scan by brackets takes the following good lines for its inside. So where an opening bracket begins a line, and the
 * grammar allows none there, the line before broke off: it is blamed, at its end, and the scan goes on at the bracket.
 *
 * Worked example: `{"a":{"b":1` LF `{"a":2}` LF -> truncated at 1:12, next record at 2:1.
 */
import type { RefusalReason } from '../../model/refusal.ts';
import type { ByteWindow } from './byte-window.ts';
import { findJsonFault } from './json-fault.ts';
import { spotAt, type Spot } from './spot.ts';

export interface Verdict {
  reason: RefusalReason;
  text: string;
  place: Spot;
  /** The spot to go on from; null: behind the scanned bytes. */
  resume: Spot | null;
  /** Whether what is left of that line is skipped first. */
  skipLine: boolean;
  /** Nothing is wrong with it as far as it goes. */
  unfinished: boolean;
}

/** What is known of the record: it begins at `start` and was scanned up to `end`. */
export interface Malformed {
  start: Spot;
  end: number;
  /** Its brackets close at `end`. */
  closed: boolean;
  inArray: boolean;
}

const LF = 0x0a;
const TRUNCATED = 'the record breaks off before it is complete';

/** @returns null when the bytes are a JSON record after all, or the beginning of one */
export function judgeMalformed(window: ByteWindow, record: Malformed): Verdict | null {
  const { start, end } = record;
  const fault = findJsonFault(window.bytes, window.index(start.offset), window.index(end));
  if (fault === null) return null;
  const found = spotAt(window, start, start.offset + fault.offset - window.index(start.offset));
  // What breaks off at the end of the input broke off behind its last byte that is no blank.
  const place = found.offset === end ? contentEnd(window, start, end) : found;
  const broken = brokenLine(window, record, found);
  if (broken !== null) return brokenBefore(window, start, broken);
  const unfinished = found.offset === end;
  const cut = unfinished || window.bytes[window.index(found.offset)] === LF;
  const blame = {
    reason: cut ? 'truncated' : 'not_json',
    text: cut ? TRUNCATED : fault.text,
    place,
    unfinished,
  } as const;
  const later = place.line > start.line;
  if (record.closed && (record.inArray || later)) return { ...blame, resume: null, skipLine: false };
  return { ...blame, resume: later ? null : start, skipLine: true };
}

/** The record broke off before a spot, at which the next one begins. */
export function brokenBefore(window: ByteWindow, start: Spot, next: Spot): Verdict {
  const place = contentEnd(window, start, next.offset);
  return { reason: 'truncated', text: TRUNCATED, place, resume: next, skipLine: false, unfinished: false };
}

/** Where a line broke off: the bracket that begins the next record. */
function brokenLine(window: ByteWindow, record: Malformed, fault: Spot): Spot | null {
  if (fault.line === record.start.line) return null;
  const next = record.inArray ? null : firstLineWithBracket(window, record.start, fault.offset);
  return next ?? (isBracket(window, fault.offset) && beginsLine(window, fault) ? fault : null);
}

/** Behind the last byte before `to` that is no blank. */
function contentEnd(window: ByteWindow, start: Spot, to: number): Spot {
  let end = to;
  while (end > start.offset && isBlank(window.bytes[window.index(end - 1)])) end -= 1;
  return spotAt(window, start, end);
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09 || byte === LF || byte === 0x0d;
}

/** In files of lines every record begins in the first column; inside a printed record nothing does. */
function firstLineWithBracket(window: ByteWindow, start: Spot, last: number): Spot | null {
  const bytes = window.view(start.offset, last + 1);
  for (let lf = bytes.indexOf(LF); lf !== -1; lf = bytes.indexOf(LF, lf + 1)) {
    const offset = start.offset + lf + 1;
    if (offset <= last && isBracket(window, offset)) return spotAt(window, start, offset);
  }
  return null;
}

function isBracket(window: ByteWindow, offset: number): boolean {
  const byte = window.bytes[window.index(offset)];
  return offset < window.end && (byte === 0x7b || byte === 0x5b);
}

function beginsLine(window: ByteWindow, spot: Spot): boolean {
  return window.text(spot.lineStart, spot.offset).trim() === '';
}
