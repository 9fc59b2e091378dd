/**
 * What an OTLP/HTTP exporter is answered, in the encoding that it asked in: an ExportTraceServiceResponse or that of logs, or a google.rpc.Status
 * when nothing was taken. All are a few bytes of protobuf, written by hand.
 *
 *   ExportTraceServiceResponse { 1: partial_success { 1: rejected_spans int64, 2: error_message string } }
 *   ExportLogsServiceResponse  { 1: partial_success { 1: rejected_log_records int64, 2: error_message string } }
 *   Status                     { 1: code int32, 2: message string }
 *
 * A response without partial_success means that everything was taken; an empty one must not be sent. Source: OTLP
 * specification 1.x, "OTLP/HTTP Response"; JSON Protobuf encoding (int64 as text).
 */

export type OtlpEncoding = 'json' | 'protobuf';

export const OTLP_MEDIA: Readonly<Record<OtlpEncoding, string>> = {
  json: 'application/json',
  protobuf: 'application/x-protobuf',
};

/** Codes of google.rpc.Code that are used here. */
export const RPC = {
  invalidArgument: 3,
  permissionDenied: 7,
  resourceExhausted: 8,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  unauthenticated: 16,
} as const;

/**
 * @param name of their number in JSON
 * @param rejected how many were refused; 0: all were taken
 */
export function exportResponse(
  encoding: OtlpEncoding,
  name: 'rejectedSpans' | 'rejectedLogRecords',
  rejected: number,
  message: string,
): Buffer {
  if (encoding === 'json') {
    const body =
      rejected === 0 ? {} : { partialSuccess: { [name]: String(rejected), errorMessage: message } };
    return Buffer.from(JSON.stringify(body));
  }
  if (rejected === 0) return Buffer.alloc(0);
  return field(1, Buffer.concat([number(1, rejected), field(2, Buffer.from(message))]));
}

export function rpcStatus(encoding: OtlpEncoding, code: number, message: string): Buffer {
  if (encoding === 'json') return Buffer.from(JSON.stringify({ code, message }));
  return Buffer.concat([number(1, code), field(2, Buffer.from(message))]);
}

function number(id: number, value: number): Buffer {
  return Buffer.concat([varint(id << 3), varint(value)]);
}

function field(id: number, bytes: Buffer): Buffer {
  return Buffer.concat([varint((id << 3) | 2), varint(bytes.length), bytes]);
}

/** Counts fit 53 bits, so no big integers: division instead of shifts. */
function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return Buffer.from([...bytes, rest]);
}
