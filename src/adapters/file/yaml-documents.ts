/**
 * Cuts what `kubectl get … -o yaml` prints into its documents and parses each: a record like one of JSON.
 *
 * Why only here: policy and scan reports are objects of Kubernetes, and what people have of them is what kubectl printed. No sensor
 * ships YAML, so neither bodies nor topics are read as such, and what is read is small: a document that is larger than
 * MAX_BYTES is refused, since a parser of YAML takes ten times the time of one of JSON. Aliases are not followed, so
 * nothing small becomes large. A document that is broken costs only itself.
 *
 * Cost: one search for line ends, and the parser.
 * Worked example: `kind: A` LF `---` LF `kind: B` -> two records, at 1:1 and 3:1.
 * Source: YAML 1.2.2 section 9.
 */
import { LineCounter, parseDocument } from 'yaml';
import { plainValue, tooDeep, YamlRefusal } from './yaml-value.ts';
import { ByteWindow } from './byte-window.ts';
import type { RecordSink } from './record-sink.ts';
import type { SourceLimits } from './source-limits.ts';

const LF = 0x0a;
const SEPARATOR = /^---(?:\s|$)/;
/** What a separator and what decides about it take. */
const MARK_BYTES = 4;
const MAX_BYTES = 4 * 2 ** 20;
/** Values as JSON has them, and not a word to anybody but the caller; the parser compares each key with each. */
const PLAIN = {
  prettyErrors: false,
  resolveKnownTags: false,
  logLevel: 'silent',
  uniqueKeys: false,
} as const;

export class YamlDocuments {
  readonly #window: ByteWindow;
  readonly #sink: RecordSink;
  readonly #limits: SourceLimits;
  /** Where the document begins, and up to where lines were looked at. */
  #start: number;
  #searched: number;
  #line = 1;
  #startLine = 1;
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
    for (let lf = this.#lineEnd(); lf !== -1; lf = this.#lineEnd()) {
      if (window.end - (lf + 1) < MARK_BYTES) break;
      this.#beginLine(lf + 1);
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
    const mark = this.#window.text(next, Math.min(next + MARK_BYTES, this.#window.end));
    if (SEPARATOR.test(mark)) {
      this.#take(next);
      this.#start = next;
      this.#startLine = this.#line;
      this.#skipping = false;
    }
    this.#searched = next;
  }

  #checkSize(end: number): void {
    const most = Math.min(MAX_BYTES, this.#limits.recordBytes);
    if (this.#skipping || end - this.#start <= most) return;
    const text = `the YAML document is larger than ${most} bytes; write it as JSON (-o json)`;
    this.#sink.refuse(
      { reason: 'too_large', text, line: this.#startLine, column: 1 },
      end - this.#start,
      null,
    );
    this.#skipping = true;
  }

  /** The document up to an offset; one that holds nothing is none. */
  #take(to: number): void {
    this.#checkSize(to);
    if (this.#skipping) return;
    const bytes = to - this.#start;
    const read = readYaml(this.#window.text(this.#start, to), this.#limits.depth);
    if ('value' in read) {
      if (read.value !== null) this.#sink.json(read.value, this.#startLine, 1, bytes);
      return;
    }
    const { reason, text, line, column } = read;
    const fault = { reason, text, line: this.#startLine + line - 1, column };
    this.#sink.refuse(fault, bytes, this.#window.view(this.#start, to));
  }
}

interface YamlFault {
  reason: 'not_yaml' | 'too_deep';
  text: string;
  line: number;
  column: number;
}

function readYaml(text: string, maxDepth: number): { value: unknown } | YamlFault {
  const lines = new LineCounter();
  try {
    const document = parseDocument(text, { lineCounter: lines, ...PLAIN });
    const [error] = document.errors;
    if (error?.code === 'RESOURCE_EXHAUSTION') throw tooDeep(maxDepth);
    if (error !== undefined) throw new YamlRefusal('not_yaml', `no YAML: ${error.code}`, error.pos[0]);
    return { value: plainValue(document.contents, maxDepth) };
  } catch (error) {
    // The parser calls itself for what is nested.
    const fault = error instanceof RangeError ? tooDeep(maxDepth) : error;
    if (!(fault instanceof YamlRefusal)) throw fault;
    const { line, col } = lines.linePos(fault.offset);
    return { reason: fault.reason, text: fault.message, line: Math.max(1, line), column: Math.max(1, col) };
  }
}
