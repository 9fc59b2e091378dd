/** Counts and measures in one thread; its samples are data, so that they can be sent to another, and joined with its own. */
import type { MetricSample } from '../ports/live-engine.ts';
import { METRICS, SECONDS_BOUNDS, type MetricName } from './metrics.ts';

type Labels = Readonly<Record<string, string>>;

interface Series {
  name: MetricName;
  labels: Labels;
  value: number;
  counts: number[] | null;
  sum: number;
}

/** Label values are ours, so this is only reached by a bug; counting in one series is better than growing for ever. */
const MAX_SERIES = 2_000;
const OVERFLOW = 'other';

export class MetricBook {
  readonly #series = new Map<string, Series>();

  /** A counter goes up. */
  add(name: MetricName, labels: Labels, by = 1): void {
    this.#of(name, labels).value += by;
  }

  set(name: MetricName, labels: Labels, value: number): void {
    this.#of(name, labels).value = value;
  }

  /** Never lower than before: a latest time. */
  raise(name: MetricName, labels: Labels, value: number): void {
    const series = this.#of(name, labels);
    series.value = Math.max(series.value, value);
  }

  observe(name: MetricName, labels: Labels, seconds: number): void {
    const series = this.#of(name, labels);
    const counts = (series.counts ??= SECONDS_BOUNDS.map(() => 0));
    SECONDS_BOUNDS.forEach((bound, i) => {
      if (seconds <= bound) counts[i] = (counts[i] ?? 0) + 1;
    });
    series.sum += seconds;
    series.value += 1;
  }

  samples(): MetricSample[] {
    return [...this.#series.values()].map(({ name, labels, value, counts, sum }) => ({
      name,
      labels,
      value,
      ...(counts === null ? {} : { histogram: { counts: [...counts], sum } }),
    }));
  }

  #of(name: MetricName, given: Labels): Series {
    const full = this.#series.size >= MAX_SERIES;
    const key = keyOf(name, given);
    const labels = full && !this.#series.has(key) ? others(name) : given;
    const known = this.#series.get(keyOf(name, labels));
    if (known !== undefined) return known;
    const made: Series = { name, labels, value: 0, counts: null, sum: 0 };
    this.#series.set(keyOf(name, labels), made);
    return made;
  }
}

function keyOf(name: MetricName, labels: Labels): string {
  return JSON.stringify([name, ...METRICS[name].labels.map((label) => labels[label] ?? '')]);
}

function others(name: MetricName): Labels {
  return Object.fromEntries(METRICS[name].labels.map((label) => [label, OVERFLOW]));
}
