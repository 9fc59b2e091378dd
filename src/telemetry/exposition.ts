/**
 * Samples as Prometheus reads them, text format 0.0.4: every metric of the table in its order, its help and type once, then
 * its series. Source: prometheus.io, "Exposition formats".
 */
import type { MetricSample } from '../ports/live-engine.ts';
import { METRIC_PREFIX, METRICS, SECONDS_BOUNDS } from './metrics.ts';

export const EXPOSITION_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

export function exposition(samples: readonly MetricSample[]): string {
  const lines: string[] = [];
  for (const [name, { type, help }] of Object.entries(METRICS)) {
    const own = samples.filter((sample) => sample.name === name);
    if (own.length === 0) continue;
    const full = `${METRIC_PREFIX}${name}`;
    lines.push(
      `# HELP ${full} ${help}`,
      `# TYPE ${full} ${type}`,
      ...own.flatMap((sample) => seriesOf(full, sample)),
    );
  }
  return `${lines.join('\n')}\n`;
}

function seriesOf(full: string, { labels, value, histogram }: MetricSample): string[] {
  if (histogram === undefined) return [`${full}${labelText(labels)} ${value}`];
  const { counts, sum } = histogram;
  const buckets = SECONDS_BOUNDS.map(
    (le, i) => `${full}_bucket${labelText({ ...labels, le: String(le) })} ${counts[i]}`,
  );
  return [
    ...buckets,
    `${full}_bucket${labelText({ ...labels, le: '+Inf' })} ${value}`,
    `${full}_sum${labelText(labels)} ${sum}`,
    `${full}_count${labelText(labels)} ${value}`,
  ];
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
