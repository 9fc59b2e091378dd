/** A record, or an item of one, that could not be taken: kept as a dead letter with reason, place and excerpt. */
import type { Place } from './place.ts';

/** Why something was refused. One closed list, shown to users and used as a metric label. */
export const REFUSAL_REASONS = [
  'not_json',
  'truncated',
  'too_deep',
  'too_large',
  'too_many_items',
  'not_protobuf',
  'not_csv',
  'not_xml',
  'unsafe_xml',
  'not_yaml',
  'decompression',
  'unreadable',
  'unknown_format',
  'other_format',
  'wrong_shape',
  'missing_time',
  'bad_time',
  'bad_trace_id',
  'bad_span_id',
  'bad_amount',
  'unknown_currency',
  'missing_id',
  'group_status',
  'time_order',
  'skewed',
  'beyond_horizon',
  'too_many_events',
  'other_tenant',
] as const;

export type RefusalReason = (typeof REFUSAL_REASONS)[number];

export interface Refusal {
  reason: RefusalReason;
  /** What is wrong and what would be right, without any text of the record. */
  text: string;
  place: Place;
  /** At most 120 characters of the record, redacted; null where it is not text. */
  excerpt: string | null;
}
