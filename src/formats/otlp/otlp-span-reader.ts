/**
 * Reads one Span of the wire into numbers: its ids as 32-bit words, its times in microseconds, the places of the
 * attributes that are known.
 *
 * Why it does not use the cursor for what is common: a span has some fifteen fields, and a position in a local variable
 * is a good deal cheaper than one in an object. Whatever takes more than the common case goes through the cursor, which
 * also decides what is a fault.
 *
 * Cost: a few comparisons a field, nothing allocated. Worked example: `0a 10 <16 bytes> 39 <8 bytes>` -> four words, a start, no span id.
 * Field numbers: opentelemetry-proto 1.x, trace.proto.
 */
import { isInstant } from '../../model/instant.ts';
import type { SpanTransactionId } from '../../model/span-record.ts';
import type { AttributeNames } from './attribute-names.ts';
import type { AttributeReader } from './otlp-attribute-reader.ts';
import type { SpanRefusal } from './otlp-projection.ts';
import { BYTES, FIRST_TAG, FIXED64, tagOf, thousandsAt, VARINT, type WireCursor } from './protobuf-wire.ts';

const TRACE_ID = tagOf(1, BYTES);
const SPAN_ID = tagOf(2, BYTES);
const START = tagOf(7, FIXED64);
const END = tagOf(8, FIXED64);
const ATTRIBUTES = tagOf(9, BYTES);
const EVENTS = tagOf(11, BYTES);
const LINKS = tagOf(13, BYTES);
const EVENT_ATTRIBUTES = tagOf(3, BYTES);
const LINK_ATTRIBUTES = tagOf(4, BYTES);

/** Parts of a span in the order in which their transaction ids are told. */
const OWN = 0;
const EVENT = 1;
const LINK = 2;

/** Tags, lengths and numbers from here on take more than one byte. */
const LONG = 0x80;

/** How deep a span lies in the payload, for the limit on groups. */
const DEPTH = 3;

/** Times that are none: absent or zero, and beyond what an instant can be. */
const NO_TIME = 0;
const BAD_TIME = -1;

export const NO_IDS: readonly SpanTransactionId[] = Object.freeze([]);

/** A span as it is told: one object for all of them. */
export class WalkedSpan {
  /** Four words, the most significant first. */
  readonly traceId = new Uint32Array(4);
  /** Two words. */
  readonly spanId = new Uint32Array(2);
  /** Microseconds. */
  start = NO_TIME;
  /** Never before `start`. */
  end = NO_TIME;
  /** Normalised and redacted; may be kept. */
  transactionIds = NO_IDS;
}

export class SpanReader {
  readonly span = new WalkedSpan();
  readonly #wire: WireCursor;
  readonly #attributes: AttributeReader;
  readonly #names: AttributeNames;
  #hasTraceId = false;
  #hasSpanId = false;

  /** @param attributes where the attributes that are found go */
  constructor(wire: WireCursor, attributes: AttributeReader, names: AttributeNames) {
    this.#wire = wire;
    this.#attributes = attributes;
    this.#names = names;
  }

  /** Reads the span from the cursor to `end`. */
  read(end: number): void {
    const wire = this.#wire;
    const { bytes } = wire;
    let { at } = wire;
    this.#start();
    while (at < end) {
      const tag = bytes[at] ?? 0;
      // What follows the tag, a length or a number; as good as too long where the span ends with the tag.
      const next = at + 1 < end ? (bytes[at + 1] ?? 0) : LONG;
      const short = tag >= FIRST_TAG && tag < LONG && next < LONG;
      if (short && (tag & 7) === BYTES && at + 2 + next <= end) {
        this.#bytes(tag, at + 2, at + 2 + next);
        at += 2 + next;
      } else if (short && (tag & 7) === VARINT) {
        at += 2;
      } else if ((tag === START || tag === END) && at + 9 <= end) {
        this.#time(tag, thousandsAt(bytes, at + 1));
        at += 9;
      } else {
        wire.at = at;
        this.#any(end);
        at = wire.at;
      }
    }
    wire.at = end;
    if (this.span.end === NO_TIME) this.span.end = this.span.start;
  }

  #start(): void {
    const { span } = this;
    this.#attributes.start();
    this.#hasTraceId = false;
    this.#hasSpanId = false;
    span.start = NO_TIME;
    span.end = NO_TIME;
  }

  /** Reads a field of any shape at the cursor. */
  #any(end: number): void {
    const wire = this.#wire;
    const tag = wire.tag(end);
    if ((tag & 7) === BYTES && tag >= FIRST_TAG) {
      const to = wire.length(end);
      this.#bytes(tag, wire.at, to);
      wire.at = to;
    } else if (tag === START || tag === END) this.#time(tag, wire.fixed64Thousands(end));
    else wire.skip(tag, end, DEPTH);
  }

  #bytes(tag: number, at: number, to: number): void {
    switch (tag) {
      case ATTRIBUTES:
        this.#attributes.keyValue(at, to, this.#names, OWN, DEPTH + 1);
        return;
      case TRACE_ID:
        this.#hasTraceId = this.#id(at, to, this.span.traceId);
        return;
      case SPAN_ID:
        this.#hasSpanId = this.#id(at, to, this.span.spanId);
        return;
      case EVENTS:
        return this.#part(at, to, EVENT_ATTRIBUTES, EVENT);
      case LINKS:
        return this.#part(at, to, LINK_ATTRIBUTES, LINK);
      default:
    }
  }

  #part(at: number, to: number, attributes: number, part: number): void {
    this.#wire.at = at;
    this.#attributes.message(to, attributes, this.#names, part, DEPTH + 1);
  }

  /** Reads an id into words. @returns whether it is one: of that length, and not all zero */
  #id(at: number, to: number, words: Uint32Array): boolean {
    const { bytes } = this.#wire;
    if (to - at !== words.length * 4) return false;
    let any = 0;
    for (let i = 0; i < words.length; i += 1) {
      const from = at + i * 4;
      const high = ((bytes[from] ?? 0) << 24) | ((bytes[from + 1] ?? 0) << 16);
      const word = high | ((bytes[from + 2] ?? 0) << 8) | (bytes[from + 3] ?? 0);
      words[i] = word;
      any |= word;
    }
    return any !== 0;
  }

  #time(tag: number, micros: number): void {
    const time = isInstant(micros) ? micros : BAD_TIME;
    if (tag === START) this.span.start = time;
    else this.span.end = time;
  }

  /** Why the span is none; null where it is one. */
  refusal(): SpanRefusal | null {
    const { start, end } = this.span;
    if (!this.#hasTraceId) return 'bad_trace_id';
    if (!this.#hasSpanId) return 'bad_span_id';
    if (start === BAD_TIME || end === BAD_TIME) return 'bad_time';
    if (start === NO_TIME) return 'missing_time';
    return end < start ? 'time_order' : null;
  }
}
