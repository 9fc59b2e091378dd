/** The scheduled comparison of the lanes in a process that runs an engine: thread, metrics, words. */
import { systemTimers } from '../../adapters/embedded/timers.ts';
import { MICROS_PER_MS } from '../../model/instant.ts';
import type { ClosedSample } from '../../runtime/reconcile/closed-events.ts';
import { ReconcileSchedule } from '../../runtime/reconcile/reconcile-schedule.ts';
import type { Reconciled } from '../../runtime/reconcile/reconcile.ts';
import type { Logger } from '../../telemetry/log.ts';
import type { MetricBook } from '../../telemetry/metric-book.ts';
import { failureOf } from '../failure.ts';
import { counted } from '../texts/parts.ts';
import { startRetroThread } from './start-thread.ts';
import type { RetroThreadData } from './thread-messages.ts';

/** Whoever asks for less gets this. */
const MIN_EVERY_MS = 1_000;
/** Events that are named in one line of the log. */
const NAMED = 20;

interface Tools {
  takeClosed: () => Promise<ClosedSample>;
  logger: Logger;
  book: MetricBook;
}

/** Begins at once to wait for the first; null where `reconcile.every` is 0. */
export function startReconciling(
  around: Pick<RetroThreadData, 'config' | 'env'>,
  { takeClosed, logger, book }: Tools,
): ReconcileSchedule | null {
  const every = around.config['reconcile.every'] / MICROS_PER_MS;
  if (every === 0) return null;
  const schedule = new ReconcileSchedule({
    takeClosed,
    start: (eventIds) => startRetroThread({ ...around, kind: 'reconcile', work: eventIds }),
    timers: systemTimers,
    everyMs: Math.max(MIN_EVERY_MS, every),
    onDone: (reconciled, closed) => tell(reconciled, closed, logger, book),
    onFailure: (error) => logger.log('warn', 'reconcile-failed', failureOf(error).text.trim()),
  });
  schedule.start();
  return schedule;
}

/** Without a link in either lane there is nothing to be a share of. */
function tell(reconciled: Reconciled, closed: ClosedSample, logger: Logger, book: MetricBook): void {
  const { events, links, found, differences } = reconciled;
  const missing = differences.filter((each) => each.missing > 0);
  book.add('reconciled_events_total', { outcome: 'same' }, events - differences.length);
  book.add('reconciled_events_total', { outcome: 'missing' }, missing.length);
  book.add('reconciled_events_total', { outcome: 'extra' }, differences.length - missing.length);
  book.add('reconciled_events_total', { outcome: 'left_out' }, closed.total - events);
  if (links > 0) book.set('join_recall_ratio', {}, found / links);
  const what = `${events} of ${counted(closed.total, 'event')} that closed, ${counted(links, 'link')}`;
  if (differences.length === 0) return logger.log('info', 'reconciled', `${what}, no difference`);
  if (missing.length === 0) return logger.log('info', 'reconciled', `${what}; ${differenceText(reconciled)}`);
  const share = `recall ${(found / links).toFixed(6)}: ${found} of ${counted(links, 'link')} are live`;
  logger.log('warn', 'recall-below-one', `${share}; ${what}; ${differenceText(reconciled)}`);
}

function differenceText({ differences }: Reconciled): string {
  const named = differences
    .slice(0, NAMED)
    .map(({ eventId, missing, extra }) => `${eventId} (${missing} missing, ${extra} more)`);
  const more = differences.length - named.length;
  return `differ: ${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
