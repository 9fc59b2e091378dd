/**
 * Cuts what `kubectl get … -o yaml` prints into its documents and parses each: a record like one of JSON.
 *
 * Why only here: policy and scan reports are objects of Kubernetes, and what people have of them is what kubectl printed. No sensor
 * ships YAML, so neither bodies nor topics are read as such, and what is read is small: a document that is larger than
 * MAX_BYTES is refused, since a parser of YAML takes ten times the time of one of JSON. Aliases are not followed, so
 * nothing small becomes large. A document that is broken costs only itself.
 *
 * Cost: that of document-cutter.ts, and the parser.
 * Worked example: `kind: A` LF `---` LF `kind: B` -> two records, at 1:1 and 3:1.
 * Source: YAML 1.2.2 section 9.
 */
import { LineCounter, parseDocument } from 'yaml';
import { plainValue, tooDeep, YamlRefusal } from './yaml-value.ts';
import { DocumentCutter } from './document-cutter.ts';
import type { RecordSink } from './record-sink.ts';
import type { SourceLimits } from './source-limits.ts';

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
  readonly #cutter: DocumentCutter;
  readonly #sink: RecordSink;
  readonly #depth: number;
  readonly #maxBytes: number;

  /** @param offset of the first byte: behind a byte order mark, if there was one */
  constructor(sink: RecordSink, limits: SourceLimits, offset: number) {
    this.#sink = sink;
    this.#depth = limits.depth;
    this.#maxBytes = Math.min(MAX_BYTES, limits.recordBytes);
    const kind = {
      lineBytes: MARK_BYTES,
      maxBytes: this.#maxBytes,
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
    const { window } = this.#cutter;
    return SEPARATOR.test(window.text(at, Math.min(at + MARK_BYTES, window.end)));
  }

  #tooLarge(end: number): void {
    const { start, startLine: line } = this.#cutter;
    const text = `the YAML document is larger than ${this.#maxBytes} bytes; write it as JSON (-o json)`;
    this.#sink.refuse({ reason: 'too_large', text, line, column: 1 }, end - start, null);
  }

  /** One that holds nothing is none. */
  #take(end: number): void {
    const { window, start, startLine } = this.#cutter;
    const read = readYaml(window.text(start, end), this.#depth);
    if ('value' in read) {
      if (read.value !== null) this.#sink.json(read.value, startLine, 1, end - start);
      return;
    }
    const { reason, text, line, column } = read;
    const fault = { reason, text, line: startLine + line - 1, column };
    this.#sink.refuse(fault, end - start, window.view(start, end));
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
