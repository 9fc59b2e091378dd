/** The reference page of metrics and log events, from their tables. */
import { LOG_EVENTS } from './events.ts';
import { METRIC_PREFIX, METRICS } from './metrics.ts';

export function metricsReference(): string {
  const metrics = Object.entries(METRICS).map(
    ([name, { type, labels, help }]) =>
      `| \`${METRIC_PREFIX}${name}\` | ${type} | ${labels.map((label) => `\`${label}\``).join(', ')} | ${help} |`,
  );
  const events = Object.entries(LOG_EVENTS).map(([name, text]) => `| \`${name}\` | ${text} |`);
  return [
    '# Metrics and log events',
    '',
    '<!-- Generated from src/telemetry/metrics.ts and events.ts by tools/generate-metrics.ts. -->',
    '',
    '`GET /metrics` of `counterfoil run`, in the text format of Prometheus. No label has a value that a sender can choose.',
    '',
    '| metric | type | labels | meaning |',
    '|---|---|---|---|',
    ...metrics,
    '',
    'Where standard error is no terminal, the process logs ECS JSON, a line each; `event.action` is one of these.',
    '',
    '| event | meaning |',
    '|---|---|',
    ...events,
    '',
  ].join('\n');
}
