/**
 * Finds out what an input holds and hands its bytes to the right reader: JSON, protobuf, or nothing that we read, which
 * is refused once, at its first byte, and not line by line.
 *
 * How: the first 64 KiB decide. Text that has a line beginning with a bracket is JSON; text without is refused; bytes
 * that are no text are tried as protobuf. A first byte 0x0a is both a line feed and the start of a payload, and 0x7b both `{`
 * and a length of 123: the test for text tells them apart, since a payload always has control bytes (its field tags).
 * Where the name says `.binpb`, protobuf is tried first. What turns out to be no protobuf, and begins like JSON, is read
 * as JSON. Source: reference/formats 3.10.
 */
import { JsonScanner } from './json-scanner.ts';
import { isMessage, mayBeProtobuf } from './protobuf-frames.ts';
import { ProtobufReader } from './protobuf-reader.ts';
import type { RecordSink } from './record-sink.ts';
import type { SourceLimits } from './source-limits.ts';

const HEAD_BYTES = 64 * 1024;
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);
/** Control characters that text may hold: tab, line feed, form feed, carriage return, escape. */
const TEXT_CONTROLS = new Set([0x09, 0x0a, 0x0c, 0x0d, 0x1b]);
const LINE_LIKE_JSON = /(?:^|\n)[ \t\r]*[[{]/;
/** Nothing but blanks, or a first line that is one scalar. */
const BLANK_OR_SCALAR =
  /^\s*(?:"(?:[^"\\\n]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)?[ \t\r]*(?:\n|$)/;

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
];

export class ContentReader {
  readonly #sink: RecordSink;
  readonly #limits: SourceLimits;
  readonly #binpb: boolean;
  #head: Buffer[] = [];
  #headBytes = 0;
  #json: JsonScanner | null = null;
  #protobuf: ProtobufReader | null = null;
  #stopped = false;

  /** @param binpb whether the name of the input says protobuf */
  constructor(sink: RecordSink, limits: SourceLimits, binpb: boolean) {
    this.#sink = sink;
    this.#limits = limits;
    this.#binpb = binpb;
  }

  /** Nothing more of the input will be read. */
  get stopped(): boolean {
    return this.#stopped || this.#protobuf?.stopped === true;
  }

  /** @param chunk given away by the caller */
  push(chunk: Buffer): void {
    if (this.stopped || chunk.length === 0) return;
    if (this.#json !== null) return this.#json.push(chunk);
    if (this.#protobuf !== null) return this.#protobuf.push(chunk);
    this.#head.push(chunk);
    this.#headBytes += chunk.length;
    if (this.#headBytes >= HEAD_BYTES) this.#decide();
  }

  end(): void {
    if (this.#json === null && this.#protobuf === null && !this.#stopped) this.#decide();
    if (this.stopped) return;
    this.#json?.end();
    const unread = this.#protobuf?.end() ?? null;
    if (unread !== null) this.#notProtobuf(unread);
  }

  #decide(): void {
    if (this.#headBytes === 0) return;
    const head = this.#head.length === 1 ? (this.#head[0] ?? Buffer.alloc(0)) : Buffer.concat(this.#head);
    this.#head = [];
    const sample = head.subarray(0, HEAD_BYTES);
    const text = isText(sample);
    if (foreignName(head) !== null) this.#refuse(head, text);
    else if (this.#binpb ? mayBeProtobuf(head) : !text && mayBeProtobuf(head) && !startsLikeJson(head)) {
      this.#protobuf = new ProtobufReader(this.#sink, this.#limits);
      this.#protobuf.push(head);
    } else if (looksLikeJson(sample)) this.#readJson(head);
    else this.#refuse(head, text);
  }

  #readJson(head: Buffer): void {
    const mark = head.indexOf(BYTE_ORDER_MARK) === 0 ? BYTE_ORDER_MARK.length : 0;
    this.#json = new JsonScanner(this.#sink, this.#limits, { offset: mark, line: 1, lineStart: mark });
    this.#json.push(head.subarray(mark));
  }

  #notProtobuf(bytes: Buffer): void {
    this.#protobuf = null;
    const sample = bytes.subarray(0, HEAD_BYTES);
    if (!looksLikeJson(sample)) return this.#refuse(bytes, isText(sample));
    this.#readJson(Buffer.from(bytes));
    this.#json?.end();
  }

  #refuse(head: Buffer, text: boolean): void {
    const foreign = foreignName(head);
    const place = text ? { line: 1, column: 1 } : { line: 0, column: 0 };
    if (foreign !== null) {
      const hint = `the input is ${foreign}; expected JSON or protobuf, plain or compressed once with gzip or zstd`;
      this.#sink.refuse({ reason: 'unknown_format', text: hint, ...place }, head.length, null);
    } else if (text && !this.#binpb) {
      const hint = 'no line begins with { or [; expected JSON';
      this.#sink.refuse({ reason: 'not_json', text: hint, ...place }, head.length, head);
    } else {
      const reason = this.#binpb ? 'not_protobuf' : 'unknown_format';
      const hint = this.#binpb ? 'expected a protobuf message' : 'expected JSON or protobuf';
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

function looksLikeJson(sample: Buffer): boolean {
  const text = sample.toString('latin1', sample.indexOf(BYTE_ORDER_MARK) === 0 ? BYTE_ORDER_MARK.length : 0);
  return LINE_LIKE_JSON.test(text) || BLANK_OR_SCALAR.test(text);
}

/** `{"` and `[{`: JSON, unless a length of 123 or 91 stands before a payload that goes on. */
function startsLikeJson(head: Buffer): boolean {
  const first = head[0];
  return (first === 0x7b || first === 0x5b) && head[1] !== 0x0a && !isMessage(head, 0, head.length);
}
