/** Whether the log is told to keep enough. */
import { formatDuration } from '../../config/durations.ts';
import { timeSettings } from '../../config/time-settings.ts';
import { logNeedOf } from '../../join/log-need.ts';
import { ok, problem, type Check, type Finding, type Looks } from './check.ts';

export const RETENTION_CHECKS: readonly Check[] = [
  {
    name: 'log.retention',
    looksFor: 'the log keeps records for as long as late events look back',
    run: retention,
  },
];

function retention({ config, everything: { settings } }: Looks): Finding {
  const time = timeSettings(config);
  const need = logNeedOf(settings, time);
  const kept = config['log.retention'];
  const sum =
    `late_horizon ${formatDuration(settings.lateHorizon)} + before ${formatDuration(settings.before)} + skew ` +
    `${formatDuration(settings.skew)} + max_event_delay ${formatDuration(time.maxEventDelay)} + binding_horizon ` +
    `${formatDuration(settings.bindingHorizon)} + max_span ${formatDuration(settings.maxSpan)}`;
  if (kept >= need)
    return ok('log.retention', `${formatDuration(kept)}; ${formatDuration(need)} are needed (${sum})`);
  return problem('log.retention', {
    found: `${formatDuration(kept)}, and ${formatDuration(need)} are needed (${sum})`,
    why: 'An event that comes as late as is allowed looks for spans that are gone by then, and its payments are missed.',
    toDo: `Set log.retention to ${formatDuration(need)} or more, or join.late_horizon lower.`,
  });
}
