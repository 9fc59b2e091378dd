/**
 * Cuts text into documents that stand one behind another, each of which begins with a line that says so.
 *
 * A document is handed on whole, or refused once when it is too large; then its lines are passed, and the next one is read. What begins a document,
 * and what becomes of one, is for its kind to say (xml-documents.ts, yaml-documents.ts).
 *
 * Cost: one search for line ends. Memory: one document, at most `maxBytes` and a chunk.
 * Worked example: lines that begin with `--`: `a` LF `--` LF `b` -> `a` LF at line 1, `--` LF `b` at line 2.
 */
import { ByteWindow } from './byte-window.ts';

const LF = 0x0a;

/** What a kind of documents is. */
export interface DocumentKind {
  /** A line is looked at once so many bytes of it are there, or all that come. */
  lineBytes: number;
  maxBytes: number;
  /** Whether a document begins with the line at an offset. */
  begins: (at: number) => boolean;
  /** Takes what is there up to an offset of a document that is too large. */
  tooLarge: (end: number) => void;
  /** Takes the document up to an offset. */
  take: (end: number) => void;
}

export class DocumentCutter {
  readonly window: ByteWindow;
  readonly #kind: DocumentKind;
  /** Where the document begins. */
  start: number;
  startLine = 1;
  /** In a document that is refused already. */
  skipping = false;
  /** Up to where lines were looked at. */
  #searched: number;
  #line = 1;

  /** @param offset of the first byte: behind a byte order mark, if there was one */
  constructor(kind: DocumentKind, offset: number) {
    this.window = new ByteWindow(offset);
    this.#kind = kind;
    this.start = offset;
    this.#searched = offset;
  }

  /** @param chunk given away by the caller */
  push(chunk: Buffer): void {
    const { window } = this;
    window.append(chunk);
    for (let lf = this.#lineEnd(); lf !== -1; lf = this.#lineEnd()) {
      if (window.end - (lf + 1) < this.#kind.lineBytes) break;
      this.#beginLine(lf + 1);
    }
    this.#checkSize(window.end);
    window.release(this.skipping ? this.#searched : this.start);
  }

  end(): void {
    for (let lf = this.#lineEnd(); lf !== -1; lf = this.#lineEnd()) this.#beginLine(lf + 1);
    this.#take(this.window.end);
  }

  /** Offset of the next line end, or -1. */
  #lineEnd(): number {
    const at = this.window.view(this.#searched, this.window.end).indexOf(LF);
    return at === -1 ? -1 : this.#searched + at;
  }

  #beginLine(next: number): void {
    this.#line += 1;
    if (this.#kind.begins(next)) {
      this.#take(next);
      this.start = next;
      this.startLine = this.#line;
      this.skipping = false;
    }
    this.#searched = next;
  }

  #checkSize(end: number): void {
    if (this.skipping || end - this.start <= this.#kind.maxBytes) return;
    this.#kind.tooLarge(end);
    this.skipping = true;
  }

  #take(end: number): void {
    this.#checkSize(end);
    if (!this.skipping) this.#kind.take(end);
  }
}
