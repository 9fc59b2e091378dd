/** What the metrics say of frames that were taken, and of the accounts. */
import { MICROS_PER_SECOND, type Instant } from '../model/instant.ts';
import type { Accounting } from '../model/accounting.ts';
import type { IntakeRequest } from '../ports/intake.ts';
import type { MetricSample } from '../ports/live-engine.ts';
import type { BuiltFrame } from '../runtime/live/frame-builder.ts';
import type { Engine } from '../runtime/live/engine.ts';
import type { ReadRecord } from '../runtime/workers/topic-input.ts';
import type { MetricBook } from '../telemetry/metric-book.ts';
import type { MetricName } from '../telemetry/metrics.ts';

export function noteFrame(book: MetricBook, { input, media }: IntakeRequest, frame: BuiltFrame): void {
  noteRecord(book, { input, media, account: frame.account, to: frame.entry.to });
}

/** Of a record of a topic. */
export function noteRecord(
  book: MetricBook,
  { input: source, media: format, account, to }: ReadRecord,
): void {
  book.add('events_received_total', { source, format }, account.records);
  for (const [reason, count] of Object.entries(account.refused)) noteRefused(book, source, reason, count);
  if (to !== null) book.raise('last_event_timestamp_seconds', { source }, to / MICROS_PER_SECOND);
}

/** Also of items that were decoded, and set aside when they were applied. */
export function noteRefused(book: MetricBook, source: string, reason: string, count: number): void {
  book.add('dead_letters_total', { source, reason }, count);
}

/** Of inputs of which nothing is known yet, or nothing will come any more, there is no watermark to tell. */
export function noteWatermarks(
  book: MetricBook,
  watermarks: Readonly<Record<string, Instant>>,
  now: Instant,
): void {
  for (const [source, watermark] of Object.entries(watermarks)) {
    if (!Number.isFinite(watermark)) continue;
    book.set('watermark_timestamp_seconds', { source }, watermark / MICROS_PER_SECOND);
    book.set('watermark_lag_seconds', { source }, (now - watermark) / MICROS_PER_SECOND);
  }
}

/** The accounts as counters: they are exact over restarts, which a counter of this process is not. */
export function accountingSamples({ inputs }: Accounting): MetricSample[] {
  const sample = (name: MetricName, labels: Record<string, string>, value: number): MetricSample => ({
    name,
    labels,
    value,
  });
  return Object.entries(inputs).flatMap(([source, { items }]) => [
    sample('events_normalised_total', { source }, items.decoded),
    sample('late_events_total', { source }, items.late),
    ...Object.entries(items.ignored).map(([reason, count]) =>
      sample('events_dropped_total', { source, reason }, count),
    ),
    ...Object.entries(items.flagged).map(([reason, count]) =>
      sample('events_flagged_total', { source, reason }, count),
    ),
  ]);
}

/** What correlation rules keep, and what they left out. */
export function correlationSamples(
  engine: Pick<Engine, 'correlationLosses' | 'correlationMembers'>,
): MetricSample[] {
  const members = { name: 'correlation_members', labels: {}, value: engine.correlationMembers } as const;
  const leftOut = Object.entries(engine.correlationLosses).map(([reason, value]) => ({
    name: 'correlation_left_out_total' satisfies MetricName,
    labels: { reason },
    value,
  }));
  return [members, ...leftOut];
}
