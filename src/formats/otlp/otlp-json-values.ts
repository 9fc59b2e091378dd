/** Ids and times of OTLP in JSON, of spans as of log records, in every spelling that exporters use (reference/formats 3.10). */
import { instantOfUnixNanos } from '../../model/instant.ts';
import { parseSpanId, parseTraceId } from '../../model/trace-id.ts';
import type { DecodedTime } from './otlp-projection.ts';

/** 16 and 8 bytes in base64, of either alphabet, with or without padding. */
const BASE64_16 = /^[A-Za-z0-9+/_-]{22}(?:==)?$/;
const BASE64_8 = /^[A-Za-z0-9+/_-]{11}=?$/;

/** Hex, which is tested first: 32 hex digits are also valid base64, of 24 bytes. Null: it is no id. */
export function otlpTraceId(value: unknown): string | null {
  return idOf(value, parseTraceId, BASE64_16);
}

export function otlpSpanId(value: unknown): string | null {
  return idOf(value, parseSpanId, BASE64_8);
}

function idOf(value: unknown, parseHex: (value: unknown) => string | null, base64: RegExp): string | null {
  const id = parseHex(value);
  if (id !== null || typeof value !== 'string' || !base64.test(value)) return id;
  return parseHex(Buffer.from(value, 'base64').toString('hex'));
}

/** Null: none is stated; undefined: it is no time. A number has lost digits before we see it, unless it is a safe integer. */
export function otlpTime(value: unknown): DecodedTime {
  if (value === undefined || value === null || value === '') return null;
  if (typeof value === 'number') return Number.isSafeInteger(value) ? nanosOf(String(value)) : undefined;
  return typeof value === 'string' ? nanosOf(value) : undefined;
}

/** Cuts nanoseconds textually where it can: much cheaper than a bigint, with the same result. */
function nanosOf(text: string): DecodedTime {
  if (text.length === 19 && DIGITS_19.test(text)) {
    return Number(text.slice(0, 16));
  }
  const instant = instantOfUnixNanos(text);
  return instant === 0 ? null : instant;
}

const DIGITS_19 = /^[1-8]\d{18}$/;
