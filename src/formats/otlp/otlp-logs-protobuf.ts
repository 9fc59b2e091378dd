/**
 * OTLP logs in protobuf, as the object that their JSON is: so that the two cannot mean different things (otlp-logs.ts).
 *
 * What: resources with their attributes, and of each log record its body, attributes, times and trace. All else is skipped, but skipped as the
 * messages it consists of: a payload that is damaged anywhere we look is refused whole. Logs are few beside spans, so that
 * an object for each message is no matter.
 *
 * Cost: about a microsecond a log record of some hundred bytes; values nest MAX_DEPTH deep at most.
 * Worked example: `0a 0d 12 0b 12 09 2a 07 0a 05 hello` -> `{"resourceLogs":[{…,"scopeLogs":[{"logRecords":[{…,"body":{"stringValue":"hello"}}]}]}]}`.
 * Field numbers: opentelemetry-proto 1.x, logs.proto, common.proto, resource.proto.
 */
import { BYTES, FIRST_TAG, FIXED64, tagOf, VARINT, WIRE_FAULT, WireCursor } from './protobuf-wire.ts';

const MAX_DEPTH = 64;

/** Reads a field whose tag was read; false: it is none that is asked for. */
type TakeField = (tag: number, end: number, depth: number) => boolean;
/** Is given a number of 64 bits, divided by 1000. */
type TakeThousands = (tag: number, thousands: number) => void;

/**
 * Zero bytes are an empty export.
 * @returns null when the payload is no export of logs
 */
export function otlpLogsOf(payload: Uint8Array): { resourceLogs: unknown[] } | null {
  const bytes = Buffer.isBuffer(payload)
    ? payload
    : Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
  try {
    const resourceLogs = new LogsReader(bytes).export(bytes.length);
    return resourceLogs.length === 0 && bytes.length > 0 ? null : { resourceLogs };
  } catch {
    return null;
  }
}

const RESOURCE_LOGS = tagOf(1, BYTES);
const RESOURCE = tagOf(1, BYTES);
const RESOURCE_ATTRIBUTES = tagOf(1, BYTES);
const SCOPE_LOGS = tagOf(2, BYTES);
const LOG_RECORDS = tagOf(2, BYTES);
/** Of a log record. */
const TIME = tagOf(1, FIXED64);
const OBSERVED_TIME = tagOf(11, FIXED64);
const BODY = tagOf(5, BYTES);
const ATTRIBUTES = tagOf(6, BYTES);
const TRACE_ID = tagOf(9, BYTES);
/** Traces have the same shape down to here; a log record has a number where a span has its trace. */
const TRACE_ID_OF_SPAN = tagOf(1, BYTES);
/** Of a key and its value. */
const KEY = tagOf(1, BYTES);
const VALUE = tagOf(2, BYTES);
/** Of lists and maps. */
const ELEMENTS = tagOf(1, BYTES);

class LogsReader {
  readonly #wire: WireCursor;

  constructor(bytes: Buffer) {
    this.#wire = new WireCursor(bytes, 0);
  }

  export(end: number): object[] {
    const resourceLogs: object[] = [];
    this.#message(end, 0, (tag, to, depth) => {
      if (tag !== RESOURCE_LOGS) return false;
      resourceLogs.push(this.#resourceLogs(to, depth));
      return true;
    });
    return resourceLogs;
  }

  #resourceLogs(end: number, depth: number): object {
    const attributes: object[] = [];
    const scopeLogs: object[] = [];
    this.#message(end, depth, (tag, to, inside) => {
      if (tag === RESOURCE) this.#list(to, inside, RESOURCE_ATTRIBUTES, attributes, this.#keyValue);
      else if (tag === SCOPE_LOGS) {
        const logRecords: object[] = [];
        this.#list(to, inside, LOG_RECORDS, logRecords, this.#logRecord);
        scopeLogs.push({ logRecords });
      } else return false;
      return true;
    });
    return { resource: { attributes }, scopeLogs };
  }

  readonly #logRecord = (end: number, depth: number): object => {
    const attributes: object[] = [];
    let body: object | null = null;
    let traceId = '';
    const times: { timeUnixNano?: string; observedTimeUnixNano?: string } = {};
    const take: TakeField = (tag, to, inside) => {
      if (tag === BODY) body = this.#anyValue(to, inside);
      else if (tag === ATTRIBUTES) attributes.push(this.#keyValue(to, inside));
      else if (tag === TRACE_ID_OF_SPAN) throw WIRE_FAULT;
      else if (tag === TRACE_ID) traceId = this.#bytes(to).toString('hex');
      else return false;
      return true;
    };
    this.#message(end, depth, take, (tag, micros) => {
      if (tag === TIME) times.timeUnixNano = `${micros}000`;
      else if (tag === OBSERVED_TIME) times.observedTimeUnixNano = `${micros}000`;
    });
    return { body, attributes, traceId, ...times };
  };

  readonly #keyValue = (end: number, depth: number): object => {
    let key = '';
    let value: object | null = null;
    this.#message(end, depth, (tag, to, inside) => {
      if (tag === KEY) key = this.#bytes(to).toString('utf8');
      else if (tag === VALUE) value = this.#anyValue(to, inside);
      else return false;
      return true;
    });
    return { key, value };
  };

  /** Of several values the last counts, as of any `oneof`. */
  readonly #anyValue = (end: number, depth: number): object => {
    const wire = this.#wire;
    let value: object = {};
    while (wire.at < end) {
      const tag = wire.tag(end);
      const read = this.#values[tag];
      if (read === undefined) wire.skip(tag, end, depth);
      else value = read(end, depth);
    }
    return value;
  };

  readonly #values: Readonly<Record<number, (end: number, depth: number) => object>> = {
    [tagOf(1, BYTES)]: (end) => ({ stringValue: this.#bytes(this.#wire.length(end)).toString('utf8') }),
    [tagOf(2, VARINT)]: (end) => ({ boolValue: this.#wire.int64(end) !== '0' }),
    [tagOf(3, VARINT)]: (end) => ({ intValue: this.#wire.int64(end) }),
    [tagOf(4, FIXED64)]: (end) => ({ doubleValue: this.#double(end) }),
    [tagOf(5, BYTES)]: (end, depth) => ({ arrayValue: this.#elements(end, depth, this.#anyValue) }),
    [tagOf(6, BYTES)]: (end, depth) => ({ kvlistValue: this.#elements(end, depth, this.#keyValue) }),
    [tagOf(7, BYTES)]: (end) => ({ bytesValue: this.#bytes(this.#wire.length(end)).toString('base64') }),
  };

  #elements(end: number, depth: number, read: (end: number, depth: number) => object): object {
    const values: object[] = [];
    this.#list(this.#wire.length(end), depth, ELEMENTS, values, read);
    return { values };
  }

  #list(
    end: number,
    depth: number,
    wanted: number,
    list: object[],
    read: (end: number, depth: number) => object,
  ): void {
    this.#message(end, depth, (tag, to, inside) => {
      if (tag !== wanted) return false;
      list.push(read(to, inside));
      return true;
    });
  }

  /** Field by field; those of bytes are given with where they end, and all that are not taken are skipped. */
  #message(end: number, depth: number, take: TakeField, takeThousands?: TakeThousands): void {
    if (depth > MAX_DEPTH) throw WIRE_FAULT;
    const wire = this.#wire;
    while (wire.at < end) {
      const tag = wire.tag(end);
      if (takeThousands !== undefined && tag >= FIRST_TAG && (tag & 7) === FIXED64)
        takeThousands(tag, wire.fixed64Thousands(end));
      else if (tag < FIRST_TAG || (tag & 7) !== BYTES) wire.skip(tag, end, depth);
      else {
        const to = wire.length(end);
        if (!take(tag, to, depth + 1)) wire.at = to;
      }
    }
  }

  #bytes(to: number): Buffer {
    const { at, bytes } = this.#wire;
    this.#wire.at = to;
    return bytes.subarray(at, to);
  }

  #double(end: number): number {
    const { at, bytes } = this.#wire;
    this.#wire.skip(tagOf(1, FIXED64), end, 0);
    return bytes.readDoubleLE(at);
  }
}
