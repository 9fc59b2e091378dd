/** Where a byte stands: its offset in the stream, its line, and the offset of that line's first byte. */
import type { ByteWindow } from './byte-window.ts';

export interface Spot {
  offset: number;
  /** 1-based. */
  line: number;
  lineStart: number;
}

export const FIRST_SPOT: Readonly<Spot> = Object.freeze({ offset: 0, line: 1, lineStart: 0 });

const LF = 0x0a;

/** The spot of a later offset; every byte from `from` on is still in the window. Costs the bytes between the two. */
export function spotAt(window: ByteWindow, from: Spot, offset: number): Spot {
  const bytes = window.view(from.offset, offset);
  const spot = { offset, line: from.line, lineStart: from.lineStart };
  for (let lf = bytes.indexOf(LF); lf !== -1; lf = bytes.indexOf(LF, lf + 1)) {
    spot.line += 1;
    spot.lineStart = from.offset + lf + 1;
  }
  return spot;
}

/** 1-based column, in bytes. */
export function columnOf(spot: Spot): number {
  return spot.offset - spot.lineStart + 1;
}
