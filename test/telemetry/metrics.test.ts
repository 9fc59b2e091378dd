// Goal: what is measured is what Prometheus reads. Method: the text, line by line, as the format's description has it.
import { describe, expect, it } from 'vitest';
import { exposition } from '../../src/telemetry/exposition.ts';
import { MetricBook } from '../../src/telemetry/metric-book.ts';
import { METRICS } from '../../src/telemetry/metrics.ts';

const LINE =
  /^[a-z_]+(\{[a-z_]+="(?:[^"\\\n]|\\["\\n])*"(,[a-z_]+="(?:[^"\\\n]|\\["\\n])*")*\})? -?[\d.e+-]+$/;

describe('the declarations', () => {
  it.each(Object.entries(METRICS))('%s is named as Prometheus names things', (name, { type, help }) => {
    expect(name.endsWith('_total')).toBe(type === 'counter');
    expect(name).toMatch(/^[a-z][a-z_]*[a-z]$/);
    expect(help).toMatch(/^[A-Z].*\.$/);
  });
});

describe('the exposition', () => {
  it('has help and type once, before all series of a metric', () => {
    const book = new MetricBook();
    for (const source of ['audit', 'spans'])
      for (let i = 0; i < 3; i += 1) book.add('events_received_total', { source, format: 'json' }, 2);
    expect(exposition(book.samples())).toBe(
      `# HELP counterfoil_events_received_total ${METRICS.events_received_total.help}
# TYPE counterfoil_events_received_total counter
counterfoil_events_received_total{source="audit",format="json"} 6
counterfoil_events_received_total{source="spans",format="json"} 6
`,
    );
  });

  it('counts a histogram upwards, with sum and count', () => {
    const book = new MetricBook();
    for (const seconds of [0.0005, 0.3, 60])
      book.observe('process_duration_seconds', { stage: 'apply' }, seconds);
    const text = exposition(book.samples());
    for (const part of ['le="0.001"} 1', 'le="0.25"} 1', 'le="0.5"} 2', 'le="10"} 2', 'le="+Inf"} 3'])
      expect(text).toContain(part);
    expect(text).toContain('process_duration_seconds_count{stage="apply"} 3');
    expect(text).toContain('process_duration_seconds_sum{stage="apply"} 60.3005');
  });

  it('is one that a reader takes, whatever stands in a label', () => {
    const book = new MetricBook();
    book.add('errors_total', { error_type: 'a "quoted"\\\nname', stage: 'x' });
    book.raise('last_event_timestamp_seconds', { source: 'audit' }, 5.5);
    book.raise('last_event_timestamp_seconds', { source: 'audit' }, 4);
    const lines = exposition(book.samples()).trimEnd().split('\n');
    const series = lines.filter((line) => !line.startsWith('#'));
    expect(series).toHaveLength(2);
    for (const line of series) expect(line).toMatch(LINE);
    expect(series[1]).toBe('counterfoil_last_event_timestamp_seconds{source="audit"} 5.5');
  });

  it('does not grow without end', () => {
    const book = new MetricBook();
    for (let i = 0; i < 5_000; i += 1) book.add('errors_total', { error_type: `e${i}`, stage: 'x' });
    expect(book.samples().length).toBeLessThanOrEqual(2_001);
    expect(book.samples().reduce((sum, { value }) => sum + value, 0)).toBe(5_000);
  });
});
