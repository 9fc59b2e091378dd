/**
 * Finds out what an input holds and hands its bytes to the right reader: JSON, XML, CSV, protobuf, or nothing that we read,
 * which is refused once, at its first byte, and not line by line.
 *
 * How: the first 64 KiB decide. CSV is what the name says is CSV. Text that begins with a tag is XML; text that begins
 * like an object of Kubernetes is YAML, in files; text that has a line that is a record in text is a log, read line by line; text that
 * has a line beginning with a bracket is JSON; text without is refused, after the first MiB where such lines may still come; bytes that
 * are no text are tried as protobuf. A first byte 0x0a is both a line feed and the start of a payload, and 0x7b both `{`
 * and a length of 123: the test for text tells them apart, since a payload always has control bytes (its field tags).
 * Where the name says `.binpb`, protobuf is tried first. What turns out to be no protobuf, and begins like JSON, is read
 * as JSON. Source: reference/formats 3.10.
 */
import { CsvRows, type CsvForm } from './csv-rows.ts';
import { JsonScanner } from './json-scanner.ts';
import { isMessage, mayBeProtobuf } from './protobuf-frames.ts';
import { ProtobufReader } from './protobuf-reader.ts';
import type { RecordSink } from './record-sink.ts';
import type { SourceLimits } from './source-limits.ts';
import { mayBeText, type IsTextRecord } from './text-lines.ts';
import { XmlDocuments } from './xml-documents.ts';
import { YamlDocuments } from './yaml-documents.ts';

const HEAD_BYTES = 64 * 1024;
/** A log begins with the start of its program, and may take its time until the first line that is a record. */
const LOG_HEAD_BYTES = 1024 * 1024;
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);
/** Control characters that text may hold: tab, line feed, form feed, carriage return, escape. */
const TEXT_CONTROLS = new Set([0x09, 0x0a, 0x0c, 0x0d, 0x1b]);
/** A declaration, a comment, or a tag. A number in such brackets is the priority of syslog. */
const LIKE_XML = /^\s*<[?!A-Za-z_]/;
const LINE_LIKE_JSON = /(?:^|\n)[ \t\r]*[[{]/;
/** Nothing but blanks, or a first line that is one scalar. */
const BLANK_OR_SCALAR =
  /^\s*(?:"(?:[^"\\\n]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)?[ \t\r]*(?:\n|$)/;

/** Blank, a comment, or the beginning of a document. */
const SAYS_NOTHING_IN_YAML = /^(?:\s*(?:#.*)?|---\s*(?:#.*)?)$/;
const KUBERNETES_MEMBER = /^(?:apiVersion|kind|items|metadata):(?:\s|$)/;

/** What we recognise and do not read, by its first bytes. */
const FOREIGN: readonly (readonly [string, readonly number[]])[] = [
  ['a zip archive', [0x50, 0x4b, 0x03, 0x04]],
  ['bzip2', [0x42, 0x5a, 0x68]],
  ['xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a]],
  ['lz4', [0x04, 0x22, 0x4d, 0x18]],
  ['gzip within gzip or zstd', [0x1f, 0x8b]],
  ['zstd within gzip or zstd', [0x28, 0xb5, 0x2f, 0xfd]],
  ['UTF-16 text', [0xff, 0xfe]],
  ['UTF-16 text', [0xfe, 0xff]],
  ['UTF-16 text', [0x7b, 0x00]],
  ['UTF-16 text', [0x5b, 0x00]],
  ['UTF-16 text', [0x00, 0x7b]],
  ['UTF-16 text', [0x00, 0x5b]],
  ['UTF-16 text', [0x3c, 0x00]],
  ['UTF-16 text', [0x00, 0x3c]],
];

/** What is known of an input before it is read. */
export interface ContentHints {
  /** Its name says that it is protobuf. */
  binpb: boolean;
  /** It is CSV of this form; null: it is not, or CSV is not read here. */
  csv: CsvForm | null;
  /** Objects of Kubernetes are read as YAML too. */
  yaml: boolean;
  /** Which lines of text are records; null: none is. */
  isTextRecord: IsTextRecord | null;
}

export const NO_HINTS: ContentHints = { binpb: false, csv: null, yaml: false, isTextRecord: null };

export class ContentReader {
  readonly #sink: RecordSink;
  readonly #limits: SourceLimits;
  readonly #binpb: boolean;
  readonly #csv: CsvForm | null;
  readonly #yaml: boolean;
  readonly #isTextRecord: IsTextRecord | null;
  /** The bytes that decide. */
  #needed = HEAD_BYTES;
  #head: Buffer[] = [];
  #headBytes = 0;
  #text: JsonScanner | XmlDocuments | CsvRows | YamlDocuments | null = null;
  #protobuf: ProtobufReader | null = null;
  #stopped = false;

  constructor(sink: RecordSink, limits: SourceLimits, hints: ContentHints) {
    this.#sink = sink;
    this.#limits = limits;
    this.#binpb = hints.binpb;
    this.#csv = hints.csv;
    this.#yaml = hints.yaml;
    this.#isTextRecord = hints.isTextRecord;
  }

  /** Nothing more of the input will be read. */
  get stopped(): boolean {
    const stopped = this.#text instanceof CsvRows && this.#text.stopped;
    return this.#stopped || stopped || this.#protobuf?.stopped === true;
  }

  /** @param chunk given away by the caller */
  push(chunk: Buffer): void {
    if (this.stopped || chunk.length === 0) return;
    if (this.#text !== null) return this.#text.push(chunk);
    if (this.#protobuf !== null) return this.#protobuf.push(chunk);
    this.#head.push(chunk);
    this.#headBytes += chunk.length;
    if (this.#headBytes >= this.#needed) this.#decide(false);
  }

  end(): void {
    if (this.#text === null && this.#protobuf === null && !this.#stopped) this.#decide(true);
    if (this.stopped) return;
    this.#text?.end();
    const unread = this.#protobuf?.end() ?? null;
    if (unread !== null) this.#notProtobuf(unread);
  }

  #decide(ended: boolean): void {
    if (this.#headBytes === 0) return;
    const head = this.#head.length === 1 ? (this.#head[0] ?? Buffer.alloc(0)) : Buffer.concat(this.#head);
    const sample = head.subarray(0, HEAD_BYTES);
    const text = isText(sample);
    this.#head = [];
    if (foreignName(head) !== null) this.#refuse(head, text);
    else if (this.#binpb ? mayBeProtobuf(head) : !text && mayBeProtobuf(head) && !startsLikeJson(head)) {
      this.#protobuf = new ProtobufReader(this.#sink, this.#limits);
      this.#protobuf.push(head);
    } else if (text && this.#csv !== null) this.#readCsv(head, this.#csv);
    else if (text && LIKE_XML.test(textOf(sample))) this.#readXml(head);
    else if (text && this.#yaml && isKubernetesYaml(textOf(sample))) this.#readYaml(head);
    else if (this.#hasTextRecord(head.subarray(0, this.#needed))) this.#readJson(head, true);
    else if (looksLikeJson(sample)) this.#readJson(head, false);
    else if (text && !ended && this.#isTextRecord !== null && this.#needed < LOG_HEAD_BYTES) {
      this.#head = [head];
      this.#needed = LOG_HEAD_BYTES;
      if (head.length >= LOG_HEAD_BYTES) this.#decide(false);
    } else this.#refuse(head, text);
  }

  #hasTextRecord(sample: Buffer): boolean {
    const isTextRecord = this.#isTextRecord;
    if (isTextRecord === null) return false;
    return sample
      .toString('utf8', markOf(sample))
      .split('\n')
      .map((line) => line.trim())
      .some((line) => mayBeText(line.charCodeAt(0), line.charCodeAt(1)) && isTextRecord(line));
  }

  /** @param lines it is a log, and no printed JSON */
  #readJson(head: Buffer, lines: boolean): void {
    const mark = markOf(head);
    const from = { offset: mark, line: 1, lineStart: mark };
    this.#text = new JsonScanner(this.#sink, this.#limits, {
      from,
      lines,
      isTextRecord: this.#isTextRecord,
    });
    this.#text.push(head.subarray(mark));
  }

  #readXml(head: Buffer): void {
    const mark = markOf(head);
    this.#text = new XmlDocuments(this.#sink, this.#limits, mark);
    this.#text.push(head.subarray(mark));
  }

  #readYaml(head: Buffer): void {
    const mark = markOf(head);
    this.#text = new YamlDocuments(this.#sink, this.#limits, mark);
    this.#text.push(head.subarray(mark));
  }

  #readCsv(head: Buffer, form: CsvForm): void {
    const mark = markOf(head);
    this.#text = new CsvRows(this.#sink, this.#limits, form, mark);
    this.#text.push(head.subarray(mark));
  }

  #notProtobuf(bytes: Buffer): void {
    this.#protobuf = null;
    const sample = bytes.subarray(0, HEAD_BYTES);
    if (!looksLikeJson(sample)) return this.#refuse(bytes, isText(sample));
    this.#readJson(Buffer.from(bytes), false);
    this.#text?.end();
  }

  #refuse(head: Buffer, text: boolean): void {
    const foreign = foreignName(head);
    const place = text ? { line: 1, column: 1 } : { line: 0, column: 0 };
    if (foreign !== null) {
      const hint = `the input is ${foreign}; expected JSON, XML or protobuf, plain or compressed once with gzip or zstd`;
      this.#sink.refuse({ reason: 'unknown_format', text: hint, ...place }, head.length, null);
    } else if (text && !this.#binpb) {
      const hint =
        'no line begins with {, [ or a tag; expected JSON or XML, or CSV of payments in a file whose name ends in .csv';
      this.#sink.refuse({ reason: 'not_json', text: hint, ...place }, head.length, head);
    } else {
      const reason = this.#binpb ? 'not_protobuf' : 'unknown_format';
      const hint = this.#binpb ? 'expected a protobuf message' : 'expected JSON, XML or protobuf';
      this.#sink.refuse({ reason, text: hint, ...place }, head.length, text ? head : null);
    }
    this.#stopped = true;
  }
}

function foreignName(head: Buffer): string | null {
  return FOREIGN.find(([, magic]) => magic.every((byte, i) => head[i] === byte))?.[0] ?? null;
}

function isText(sample: Buffer): boolean {
  return sample.every((byte) => byte >= 0x20 || TEXT_CONTROLS.has(byte));
}

/** Bytes of the byte order mark that the input begins with. */
function markOf(head: Buffer): number {
  return head.indexOf(BYTE_ORDER_MARK) === 0 ? BYTE_ORDER_MARK.length : 0;
}

function textOf(sample: Buffer): string {
  return sample.toString('latin1', markOf(sample));
}

/** The first line that says something is a member of an object of Kubernetes. */
function isKubernetesYaml(text: string): boolean {
  const first = text.split('\n').find((line) => !SAYS_NOTHING_IN_YAML.test(line));
  return first !== undefined && KUBERNETES_MEMBER.test(first);
}

function looksLikeJson(sample: Buffer): boolean {
  const text = textOf(sample);
  return LINE_LIKE_JSON.test(text) || BLANK_OR_SCALAR.test(text);
}

/** `{"` and `[{`: JSON, unless a length of 123 or 91 stands before a payload that goes on. */
function startsLikeJson(head: Buffer): boolean {
  const first = head[0];
  return (first === 0x7b || first === 0x5b) && head[1] !== 0x0a && !isMessage(head, 0, head.length);
}
