/**
 * Cuts text into XML documents: each becomes one text record, whole, for the format to parse.
 *
 * Most inputs are one document. Dumps of queues hold many, one behind another: a new one begins with a line that starts with
 * `<?xml`, or with the start tag that the first document has at its root, once that root was seen. Nothing is parsed here,
 * so that a document that is broken costs only itself.
 *
 * Cost: that of document-cutter.ts, and a look at each line that begins with a tag.
 * Worked example: `<Document …>…</Document>` LF `<Document …>…</Document>` -> two records, at 1:1 and 2:1.
 */
import { DocumentCutter } from './document-cutter.ts';
import type { RecordSink } from './record-sink.ts';
import { recordTooLarge, type SourceLimits } from './source-limits.ts';

const LESS = 0x3c;
const DECLARATION = '<?xml';
/** Longer names are none of a root. */
const MAX_NAME = 256;
const ROOT = /<([A-Za-z_][\w:.-]*)/;
/** Where the root begins, after declaration and comments. */
const HEAD_BYTES = 4_096;

export class XmlDocuments {
  readonly #cutter: DocumentCutter;
  readonly #sink: RecordSink;
  readonly #limits: SourceLimits;
  #root: string | null = null;

  /** @param offset of the first byte: behind a byte order mark, if there was one */
  constructor(sink: RecordSink, limits: SourceLimits, offset: number) {
    this.#sink = sink;
    this.#limits = limits;
    const kind = {
      lineBytes: MAX_NAME,
      maxBytes: limits.recordBytes,
      begins: (at: number) => this.#beginsDocument(at),
      tooLarge: (end: number) => this.#tooLarge(end),
      take: (end: number) => this.#take(end),
    };
    this.#cutter = new DocumentCutter(kind, offset);
  }

  /** @param chunk given away by the caller */
  push(chunk: Buffer): void {
    this.#cutter.push(chunk);
  }

  end(): void {
    this.#cutter.end();
  }

  #beginsDocument(at: number): boolean {
    const { window, start } = this.#cutter;
    if (window.bytes[window.index(at)] !== LESS) return false;
    const line = window.text(at, Math.min(at + MAX_NAME, window.end));
    if (line.startsWith(DECLARATION)) return true;
    // Where the head shows no root, later lines are not searched for it: there may be millions of comments.
    if (this.#root === null && at - start <= HEAD_BYTES) this.#root = this.#rootBefore(at);
    if (this.#root === null || !line.startsWith(`<${this.#root}`)) return false;
    return /^[\s/>]/.test(line.slice(this.#root.length + 1)) && this.#rootBefore(at) !== null;
  }

  /** The name of the root, where it stands before an offset. */
  #rootBefore(at: number): string | null {
    const { window, start, skipping } = this.#cutter;
    if (skipping) return this.#root;
    const head = window.text(start, Math.min(at, start + HEAD_BYTES));
    return ROOT.exec(head.replaceAll(/<!--[^]*?(?:-->|$)/g, ''))?.[1] ?? null;
  }

  #tooLarge(end: number): void {
    const { start, startLine: line } = this.#cutter;
    const text = recordTooLarge('the XML document', this.#limits);
    this.#sink.refuse({ reason: 'too_large', text, line, column: 1 }, end - start, null);
    this.#root ??= this.#rootBefore(end);
  }

  #take(end: number): void {
    const { window, start, startLine } = this.#cutter;
    const text = window.text(start, end).trim();
    if (text !== '') this.#sink.text(text, startLine, 1, end - start);
  }
}
