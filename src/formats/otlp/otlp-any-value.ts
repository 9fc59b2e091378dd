/**
 * The texts of one attribute value (AnyValue) on the wire: text and integers as text, a list as its elements, nothing for
 * what can be no id. Read only for attributes whose name is known, which one in ten is.
 *
 * Lists within lists are left out, so that no payload makes this recurse. Of several values the last that can be read
 * counts, as of any `oneof`; a list right after a list is joined to it. A value that is no message gives nothing, and
 * costs its span nothing. Texts are taken with U+FFFD for what is no UTF-8, as JSON parsers do: one attribute cut in the
 * middle of a character must not cost its whole batch.
 *
 * Worked example: `0a 02 50 31` -> ["P1"]; `18 4d` -> ["77"]; `2a 06 0a 04 0a 02 54 31` -> ["T1"].
 * Field numbers: opentelemetry-proto 1.x, common.proto.
 */
import { BYTES, tagOf, VARINT, WireCursor } from './protobuf-wire.ts';

const TEXT = tagOf(1, BYTES);
const WHOLE = tagOf(3, VARINT);
const LIST = tagOf(5, BYTES);
const ELEMENT = tagOf(1, BYTES);

/** @param from where the value begins @param to where it ends */
export function attributeValues(bytes: Buffer, from: number, to: number): string[] {
  try {
    return valueOf(new WireCursor(bytes, from), to);
  } catch {
    return [];
  }
}

function valueOf(wire: WireCursor, end: number): string[] {
  let values: string[] = [];
  let list = false;
  while (wire.at < end) {
    const tag = wire.tag(end);
    if (tag === LIST) {
      if (!list) values = [];
      list = true;
      addElements(wire, wire.length(end), values);
      continue;
    }
    const text = scalarOf(wire, tag, end, 0);
    if (text === null) continue;
    values = [text];
    list = false;
  }
  return values;
}

function addElements(wire: WireCursor, end: number, values: string[]): void {
  while (wire.at < end) {
    const tag = wire.tag(end);
    if (tag !== ELEMENT) {
      wire.skip(tag, end, 1);
      continue;
    }
    const to = wire.length(end);
    let element: string | null = null;
    while (wire.at < to) element = scalarOf(wire, wire.tag(to), to, 2) ?? element;
    if (element !== null) values.push(element);
  }
}

/** Reads one field; null where it is neither text nor integer. */
function scalarOf(wire: WireCursor, tag: number, end: number, depth: number): string | null {
  if (tag === WHOLE) return wire.int64(end);
  if (tag !== TEXT) {
    wire.skip(tag, end, depth);
    return null;
  }
  const to = wire.length(end);
  const from = wire.at;
  wire.at = to;
  return wire.bytes.toString('utf8', from, to);
}
