/**
 * The outer wire format of protobuf files: enough to tell where messages begin and end, and what is no protobuf at all.
 *
 * A file holds either one message, or messages each behind its length: a varint (`writeDelimitedTo`, the file exporters of
 * SDKs), or four bytes, largest first (the Collector's file exporter). Nothing says which; the bytes do: the lengths chain
 * exactly to the end of the file, and what they enclose is a chain of fields itself. A file that begins with a zero has
 * lengths of four bytes, since its first message is neither empty nor 16 MiB.
 *
 * Worked example: `02 0a 00 02 0a 00` is two messages of two bytes, as is `00 00 00 02 0a 00 00 00 00 02 0a 00`;
 * `0a 04 12 02 0a 00` is one (a length of 10 would pass the end). Source: protobuf.dev, "Encoding" and "Techniques"; OpenTelemetry
 * specification, "File Exporter"; README of the Collector's fileexporter.
 */

/** First byte of every non-empty OTLP payload: field 1, length-delimited. */
const FIELD_1 = 0x0a;

/** A length and the index behind it; null when the bytes end within it, or it is longer than four bytes can count. */
export type ReadLength = (
  bytes: Uint8Array,
  at: number,
  to: number,
) => { length: number; next: number } | null;

/** How the lengths of a file are read that begins with these bytes. */
export function lengthsOf(head: Uint8Array): ReadLength {
  return head[0] === 0 ? readFixedLength : readLength;
}

const readFixedLength: ReadLength = (bytes, at, to) => {
  if (at + 4 > to) return null;
  const [a = 0, b = 0, c = 0, d = 0] = bytes.subarray(at, at + 4);
  const length = a * 2 ** 24 + (b << 16) + (c << 8) + d;
  return length < 2 ** 31 ? { length, next: at + 4 } : null;
};

const readLength: ReadLength = (bytes, at, to) => {
  let length = 0;
  for (let i = 0; i < 5 && at + i < to; i += 1) {
    const byte = bytes[at + i] ?? 0;
    length += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return length < 2 ** 31 ? { length, next: at + i + 1 } : null;
  }
  return null;
};

/** Whether the bytes are a chain of fields that begins with field 1 and ends exactly at `to`; costs one step a field. */
export function isMessage(bytes: Uint8Array, from: number, to: number): boolean {
  if (bytes[from] !== FIELD_1) return false;
  let at = from;
  while (at < to) {
    const next = skipField(bytes, at, to);
    if (next === null) return false;
    at = next;
  }
  return at === to;
}

function skipField(bytes: Uint8Array, at: number, to: number): number | null {
  const tag = readLength(bytes, at, to);
  if (tag === null || tag.length < 8) return null;
  switch (tag.length & 7) {
    case 0:
      return skipVarint(bytes, tag.next, to);
    case 1:
      return tag.next + 8;
    case 2: {
      const size = readLength(bytes, tag.next, to);
      return size === null ? null : size.next + size.length;
    }
    case 5:
      return tag.next + 4;
    default:
      return null;
  }
}

function skipVarint(bytes: Uint8Array, at: number, to: number): number | null {
  for (let i = at; i < Math.min(at + 10, to); i += 1) {
    if ((bytes[i] ?? 0) < 0x80) return i + 1;
  }
  return null;
}

/** What whole bytes are. `cut`: messages that begin well and then break off. */
export type Framing = 'one' | 'delimited' | 'cut' | 'neither';

export function framingOf(bytes: Uint8Array): Framing {
  const to = bytes.length;
  const lengthAt = lengthsOf(bytes);
  let at = 0;
  let whole = 0;
  for (;;) {
    const frame = lengthAt(bytes, at, to);
    if (frame === null || !isFrame(bytes, frame.next, frame.next + frame.length, whole === 0)) break;
    at = frame.next + frame.length;
    whole += 1;
    if (at === to) return 'delimited';
  }
  if (isMessage(bytes, 0, to)) return 'one';
  return whole > 0 ? 'cut' : 'neither';
}

/** Zeros would chain as empty messages for ever, so that the first message must hold something. */
function isFrame(bytes: Uint8Array, from: number, to: number, first: boolean): boolean {
  if (to > bytes.length) return false;
  return from === to ? !first : isMessage(bytes, from, to);
}

/** Whether bytes may begin a payload of any framing, as far as they go; for streams too long to hold. */
export function mayBeProtobuf(head: Uint8Array): boolean {
  if (head[0] === FIELD_1) return true;
  const frame = lengthsOf(head)(head, 0, head.length);
  return frame !== null && frame.length > 0 && (frame.next >= head.length || head[frame.next] === FIELD_1);
}
