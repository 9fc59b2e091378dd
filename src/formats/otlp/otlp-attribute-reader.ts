/**
 * Reads attributes (KeyValue) of the wire and keeps the places of those whose name is known.
 *
 * What: of every attribute it finds out where key and value lie, and forgets it if the key is none of the names asked for.
 * No text is made of a key, and a value is not even looked into. It notes by the way whether some name says that the span
 * is one of a database, since weak names mean nothing there.
 *
 * Cost: a dozen bytes looked at for an attribute that is not known. Nearly all attributes are a key and a value, shorter
 * than 128 bytes each, and these are read without the cursor.
 * Worked example: `0a 08 order.id 12 04 0a 02 4f 31` -> name `order.id`, value of four bytes, which are "O1" once read.
 * Field numbers: opentelemetry-proto 1.x, common.proto.
 */
import { standsAt, type AttributeName, type AttributeNames } from './attribute-names.ts';
import { BYTES, tagOf, type WireCursor } from './protobuf-wire.ts';

/** An attribute whose name is known, and where its value lies in the payload. */
export interface KnownAttribute {
  name: AttributeName;
  from: number;
  to: number;
  /** Which part of a span it was on; parts are told in this order. */
  part: number;
}

const KEY = tagOf(1, BYTES);
const VALUE = tagOf(2, BYTES);
/** Lengths from here on take more than one byte. */
const LONG = 0x80;
const DATABASE = Buffer.from('db.');
const SYSTEM = Buffer.from('system');

export class AttributeReader {
  /** What was found since `start`. */
  found: KnownAttribute[] = [];
  /** Some name since `start` says that this is a database. */
  database = false;
  readonly #wire: WireCursor;

  constructor(wire: WireCursor) {
    this.#wire = wire;
  }

  start(): void {
    if (this.found.length > 0) this.found = [];
    this.database = false;
  }

  /** Reads a message of which only the attributes matter, those with the tag `wanted`, from the cursor to `end`. */
  message(end: number, wanted: number, names: AttributeNames, part: number, depth: number): void {
    const wire = this.#wire;
    while (wire.at < end) {
      const tag = wire.tag(end);
      if (tag === wanted) this.next(end, names, part, depth + 1);
      else wire.skip(tag, end, depth);
    }
  }

  /** Reads the attribute at the cursor, whose tag was read. */
  next(end: number, names: AttributeNames, part: number, depth: number): void {
    const wire = this.#wire;
    const to = wire.length(end);
    this.keyValue(wire.at, to, names, part, depth);
    wire.at = to;
  }

  /** Reads the attribute between these places; may move the cursor. */
  keyValue(at: number, end: number, names: AttributeNames, part: number, depth: number): void {
    const { bytes } = this.#wire;
    if (end - at >= 4) {
      const keyLength = bytes[at + 1] ?? 0;
      const keyTo = at + 2 + keyLength;
      if (bytes[at] === KEY && keyLength < LONG && keyTo + 2 <= end && bytes[keyTo] === VALUE) {
        const length = bytes[keyTo + 1] ?? 0;
        if (length < LONG && keyTo + 2 + length === end) {
          this.#note(names, at + 2, keyTo, keyTo + 2, end, part);
          return;
        }
      }
    }
    this.#anyKeyValue(at, end, names, part, depth);
  }

  /** Of keys and values the last counts; none is as good as an empty one. */
  #anyKeyValue(at: number, end: number, names: AttributeNames, part: number, depth: number): void {
    const wire = this.#wire;
    let keyFrom = 0;
    let keyTo = 0;
    let from = 0;
    let to = 0;
    wire.at = at;
    while (wire.at < end) {
      const tag = wire.tag(end);
      if (tag === KEY) {
        keyTo = wire.length(end);
        keyFrom = wire.at;
        wire.at = keyTo;
      } else if (tag === VALUE) {
        to = wire.length(end);
        from = wire.at;
        wire.at = to;
      } else wire.skip(tag, end, depth);
    }
    this.#note(names, keyFrom, keyTo, from, to, part);
  }

  #note(names: AttributeNames, keyFrom: number, keyTo: number, from: number, to: number, part: number): void {
    const { bytes } = this.#wire;
    const name = names.find(bytes, keyFrom, keyTo);
    if (name !== undefined) this.found.push({ name, from, to, part });
    else if (namesDatabase(bytes, keyFrom, keyTo)) this.database = true;
  }
}

/** Whether the name begins with `db.` and has `system` in it, as those have that tell which database it was. */
function namesDatabase(bytes: Uint8Array, from: number, to: number): boolean {
  if (to - from < DATABASE.length || !standsAt(DATABASE, bytes, from, from + DATABASE.length)) return false;
  for (let at = from; at + SYSTEM.length <= to; at += 1) {
    if (standsAt(SYSTEM, bytes, at, at + SYSTEM.length)) return true;
  }
  return false;
}
