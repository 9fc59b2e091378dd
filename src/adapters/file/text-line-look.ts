/**
 * Looks whether the line that begins at an offset is a record in text, as soon as enough of it is there: of a line that cannot be one,
 * at its second byte, so that a list of half a gigabyte on one line is still handed out element by element.
 *
 * Cost: one search for the line's end, over however many chunks. Memory: a line, at most limits.record_bytes.
 */
import type { ByteWindow } from './byte-window.ts';
import { mayBeText, type IsTextRecord } from './text-lines.ts';

const LF = 0x0a;

export class TextLineLook {
  readonly #isTextRecord: IsTextRecord;
  readonly #maxBytes: number;
  /** The line that is looked at, and up to where there is no line end. */
  #line = -1;
  #searched = -1;

  constructor(isTextRecord: IsTextRecord, maxBytes: number) {
    this.#isTextRecord = isTextRecord;
    this.#maxBytes = maxBytes;
  }

  /**
   * @param ended whether no more bytes will come
   * @returns null where more of them are needed
   */
  isText(window: ByteWindow, from: number, ended: boolean): boolean | null {
    const second = from + 1 < window.end ? window.bytes[window.index(from + 1)] : undefined;
    if (second === undefined && !ended) return null;
    if (!mayBeText(window.bytes[window.index(from)], second)) return false;
    const end = this.#lineEnd(window, from);
    if (end === null && !ended) return window.end - from > this.#maxBytes ? false : null;
    return this.#isTextRecord(window.text(from, end ?? window.end).trimEnd());
  }

  #lineEnd(window: ByteWindow, from: number): number | null {
    const searched = this.#line === from ? this.#searched : from;
    const lf = window.view(searched, window.end).indexOf(LF);
    this.#line = from;
    this.#searched = window.end;
    return lf === -1 ? null : searched + lf;
  }
}
