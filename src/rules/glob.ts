/**
 * Sigma's string patterns: `*` stands for any text, `?` for exactly one character, a backslash takes the
 * meaning from either and from another backslash; before anything else it is itself.
 *
 * A pattern is cut at its `*` into pieces. The first piece is fastened to the start of the text, the last one
 * to its end, and those between are looked for from left to right, each behind the one before: the leftmost
 * place is always right, because it leaves most of the text to the rest. Nothing is ever tried again, so a
 * hostile text costs at most its length times the longest piece, and without `?` about its length.
 *
 * Worked example: `ab*c?` -> pieces [`ab`], [`c`, any]; `abxcc1`: `ab` at 0, and the last two characters are
 * `c1`.
 * Source: Sigma rules specification v2, "String Wildcard" and "Escaping".
 */
import { DASHES, parseSigmaText, type SigmaText } from './sigma-text.ts';

/** Literal texts, null for one character whichever it is, and a set for one of its characters (each one UTF-16 unit). */
export type PieceItem = string | null | ReadonlySet<string>;
type Piece = readonly PieceItem[];

export interface Glob {
  /** Never empty; one piece alone has to be the whole text. */
  pieces: readonly Piece[];
}

/** Where a value may stand in the text: what `contains`, `startswith` and `endswith` say. */
export interface GlobEnds {
  openStart: boolean;
  openEnd: boolean;
}

export const WHOLE_TEXT: GlobEnds = { openStart: false, openEnd: false };

const DASH_SET: ReadonlySet<string> = new Set(DASHES);

/** Reads a Sigma string; open ends put a `*` there that no backslash before it can escape. */
export function parseGlob(text: string, ends: GlobEnds = WHOLE_TEXT): Glob {
  return globOf(parseSigmaText(text), ends);
}

/** The same of a text that modifiers have changed; placeholders have been expanded before. */
export function globOf(text: SigmaText, ends: GlobEnds = WHOLE_TEXT): Glob {
  const first: PieceItem[] = [];
  const pieces = [first];
  let last = first;
  const open = (): void => {
    last = [];
    pieces.push(last);
  };
  if (ends.openStart) open();
  for (const part of text) {
    if (typeof part === 'string') last.push(part);
    else if (part.kind === 'many') open();
    else if (part.kind === 'one') last.push(null);
    else if (part.kind === 'dash') last.push(DASH_SET);
  }
  if (ends.openEnd) open();
  return { pieces };
}

/** Whether the whole text is what the pattern says. Letters count as written: fold both sides for less. */
export function matchesGlob(glob: Glob, text: string): boolean {
  const { pieces } = glob;
  let position = matchPieceAt(pieces[0] ?? [], text, 0);
  if (position < 0) return false;
  if (pieces.length === 1) return position === text.length;
  for (const piece of pieces.slice(1, -1)) {
    position = findPiece(piece, text, position);
    if (position < 0) return false;
  }
  return endsWithPiece(pieces.at(-1) ?? [], text, position);
}

/** @returns the position behind the piece, or -1 */
function matchPieceAt(piece: Piece, text: string, start: number): number {
  let position = start;
  for (const part of piece) {
    if (part === null) {
      if (position >= text.length) return -1;
      position += widthAt(text, position);
    } else if (typeof part !== 'string') {
      if (!part.has(text[position] ?? '')) return -1;
      position += 1;
    } else {
      if (!text.startsWith(part, position)) return -1;
      position += part.length;
    }
  }
  return position;
}

/** @returns the position behind the leftmost place of the piece at or after `start`, or -1 */
function findPiece(piece: Piece, text: string, start: number): number {
  const [only] = piece;
  if (piece.length === 1 && typeof only === 'string') {
    const at = text.indexOf(only, start);
    return at < 0 ? -1 : at + only.length;
  }
  for (let at = start; at <= text.length; at += widthAt(text, at)) {
    const end = matchPieceAt(piece, text, at);
    if (end >= 0) return end;
  }
  return -1;
}

/** Pieces have a fixed number of characters, so there is one place only from which one can reach the end. */
function endsWithPiece(piece: Piece, text: string, earliest: number): boolean {
  let start = text.length;
  for (const part of piece.toReversed()) {
    start -= part === null ? widthBefore(text, start) : typeof part === 'string' ? part.length : 1;
  }
  return start >= earliest && matchPieceAt(piece, text, start) === text.length;
}

function widthAt(text: string, position: number): number {
  return (text.codePointAt(position) ?? 0) > 0xffff ? 2 : 1;
}

function widthBefore(text: string, position: number): number {
  return position >= 2 && widthAt(text, position - 2) === 2 ? 2 : 1;
}
