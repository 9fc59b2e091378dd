/** Trace ids (16 bytes) and span ids (8 bytes), as lower-case hex text. */

const TRACE = /^[0-9a-f]{32}$/;
const SPAN = /^[0-9a-f]{16}$/;

/** A trace id in lower-case hex, or null when the text is none or all zero. */
export function parseTraceId(value: unknown): string | null {
  return parseHex(value, TRACE);
}

/** A span id in lower-case hex, or null when the text is none or all zero. */
export function parseSpanId(value: unknown): string | null {
  return parseHex(value, SPAN);
}

/** The trace id of a `traceparent` header (W3C Trace Context), or null. */
export function parseTraceparent(value: unknown): string | null {
  return typeof value === 'string' ? parseTraceId(value.trim().split('-')[1]) : null;
}

function parseHex(value: unknown, form: RegExp): string | null {
  if (typeof value !== 'string') return null;
  const text = value.trim().toLowerCase();
  return form.test(text) && /[1-9a-f]/.test(text) ? text : null;
}
