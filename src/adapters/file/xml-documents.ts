/**
 * Cuts text into XML documents: each becomes one text record, whole, for the format to parse.
 *
 * Most inputs are one document. Dumps of queues hold many, one behind another: a new one begins with a line that starts with
 * `<?xml`, or with the start tag that the first document has at its root, once that root was seen. Nothing is parsed here,
 * so that a document that is broken costs only itself.
 *
 * Cost: one search for line ends.
 * Worked example: `<Document …>…</Document>` LF `<Document …>…</Document>` -> two records, at 1:1 and 2:1.
 */
import { ByteWindow } from './byte-window.ts';
import type { RecordSink } from './record-sink.ts';
import { recordTooLarge, type SourceLimits } from './source-limits.ts';

const LF = 0x0a;
const LESS = 0x3c;
const DECLARATION = '<?xml';
/** Longer names are none of a root. */
const MAX_NAME = 256;
const ROOT = /<([A-Za-z_][\w:.-]*)/;
/** Where the root begins, after declaration and comments. */
const HEAD_BYTES = 4_096;

export class XmlDocuments {
  readonly #window: ByteWindow;
  readonly #sink: RecordSink;
  readonly #limits: SourceLimits;
  /** Where the document begins, and up to where lines were looked at. */
  #start: number;
  #searched: number;
  #line = 1;
  #startLine = 1;
  #root: string | null = null;
  /** In a document that is refused already. */
  #skipping = false;

  /** @param offset of the first byte: behind a byte order mark, if there was one */
  constructor(sink: RecordSink, limits: SourceLimits, offset: number) {
    this.#window = new ByteWindow(offset);
    this.#sink = sink;
    this.#limits = limits;
    this.#start = offset;
    this.#searched = offset;
  }

  /** @param chunk given away by the caller */
  push(chunk: Buffer): void {
    const window = this.#window;
    window.append(chunk);
    // A line is looked at once enough of it is there to tell whether it begins a document.
    for (let lf = this.#lineEnd(); lf !== -1; lf = this.#lineEnd()) {
      const next = lf + 1;
      if (window.end - next < MAX_NAME) break;
      this.#beginLine(next);
    }
    this.#checkSize(window.end);
    window.release(this.#skipping ? this.#searched : this.#start);
  }

  end(): void {
    for (let lf = this.#lineEnd(); lf !== -1; lf = this.#lineEnd()) this.#beginLine(lf + 1);
    this.#take(this.#window.end);
  }

  /** Offset of the next line end, or -1. */
  #lineEnd(): number {
    const at = this.#window.view(this.#searched, this.#window.end).indexOf(LF);
    return at === -1 ? -1 : this.#searched + at;
  }

  #beginLine(next: number): void {
    this.#line += 1;
    if (this.#beginsDocument(next)) {
      this.#take(next);
      this.#start = next;
      this.#startLine = this.#line;
      this.#skipping = false;
    }
    this.#searched = next;
  }

  #beginsDocument(at: number): boolean {
    const window = this.#window;
    if (window.bytes[window.index(at)] !== LESS) return false;
    const line = window.text(at, Math.min(at + MAX_NAME, window.end));
    if (line.startsWith(DECLARATION)) return true;
    // Where the head shows no root, later lines are not searched for it: there may be millions of comments.
    if (this.#root === null && at - this.#start <= HEAD_BYTES) this.#root = this.#rootBefore(at);
    if (this.#root === null || !line.startsWith(`<${this.#root}`)) return false;
    return /^[\s/>]/.test(line.slice(this.#root.length + 1)) && this.#rootBefore(at) !== null;
  }

  /** The name of the root, where it stands before an offset. */
  #rootBefore(at: number): string | null {
    if (this.#skipping) return this.#root;
    const head = this.#window.text(this.#start, Math.min(at, this.#start + HEAD_BYTES));
    return ROOT.exec(head.replaceAll(/<!--[^]*?(?:-->|$)/g, ''))?.[1] ?? null;
  }

  #checkSize(end: number): void {
    const { recordBytes } = this.#limits;
    if (this.#skipping || end - this.#start <= recordBytes) return;
    const fault = { reason: 'too_large', line: this.#startLine, column: 1 } as const;
    const text = recordTooLarge('the XML document', this.#limits);
    this.#sink.refuse({ ...fault, text }, end - this.#start, null);
    this.#root ??= this.#rootBefore(end);
    this.#skipping = true;
  }

  /** The document up to an offset. */
  #take(to: number): void {
    this.#checkSize(to);
    if (this.#skipping) return;
    const text = this.#window.text(this.#start, to).trim();
    if (text !== '') this.#sink.text(text, this.#startLine, 1, to - this.#start);
  }
}
