/**
 * Time buckets of the window: a span belongs to the one in which it ends (DESIGN 4.3).
 *
 * Ten seconds: an event asks for minutes of spans, so that a bucket too much at the edge costs little, and a key of
 * ordinary traffic fills a chunk in each. In the model, because the join writes buckets and the stores expire them.
 */
import type { Instant } from './instant.ts';
import { MICROS_PER_SECOND } from './instant.ts';

const BUCKET_MICROS = 10 * MICROS_PER_SECOND;

/** Bucket of a span by its end. */
export function bucketOf(end: Instant): number {
  return Math.floor(end / BUCKET_MICROS);
}

/** First instant after a bucket. */
export function bucketEnd(bucket: number): Instant {
  return (bucket + 1) * BUCKET_MICROS;
}
