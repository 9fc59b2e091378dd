/** What was seen of a field, in words. */
import { share } from './part-fit.ts';
import type { Evidence } from './proposal.ts';
import type { FieldProfile } from './sample-profile.ts';

/** What is told of a field that is proposed. */
export function evidenceOf({ field, byName }: { field: FieldProfile; byName: boolean }): Evidence {
  const { pointer, present, distinct } = field;
  return { pointer, present, distinct, looks: looksOf(field), byName };
}

const LOOKS = [
  ['currency', 'ISO 4217'],
  ['traceparent', 'W3C traceparent'],
  ['trace_id', '32 hex digits'],
  ['uuid', 'UUIDs'],
  ['container_id', '64 hex digits'],
  ['rfc3339', 'RFC 3339'],
  ['local_time', 'times without a zone'],
  ['day_first', 'day first'],
  ['month_first', 'month first'],
  ['date', 'days'],
  ['unix_ms', 'Unix milliseconds'],
  ['unix_seconds', 'Unix seconds'],
  ['unix_us', 'Unix microseconds'],
  ['decimal_comma', 'decimal comma'],
  ['decimal', 'decimals'],
  ['integer', 'whole numbers'],
] as const;

function looksOf(field: FieldProfile): string {
  const mixed = share(field, 'decimal') > 0 && share(field, 'decimal') + share(field, 'integer') >= 0.9;
  if (mixed) return 'decimals';
  return LOOKS.find(([form]) => share(field, form) >= 0.5)?.[1] ?? '';
}
