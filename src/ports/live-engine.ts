/** A running engine, as those see it who only look: API, metrics, readiness. It may be in another thread or process. */
import type { Accounting, InputName } from '../model/accounting.ts';

export interface EngineStatus {
  /**
   * `catching_up`: what an earlier run took is not all applied yet. `finished`: a bounded run whose inputs have all ended, and
   * whose documents are final.
   */
  state: 'catching_up' | 'running' | 'finished';
  /** In bounded mode: the inputs that must end; null: it runs for ever. */
  bounded: readonly InputName[] | null;
  /** What is in the log and not applied yet. */
  lag: { records: number; bytes: number };
  log: { begin: number; end: number; bytes: number; segments: number };
}

/** One value, or one histogram, of a metric; a name and labels of telemetry/metrics.ts. */
export interface MetricSample {
  name: string;
  labels: Readonly<Record<string, string>>;
  value: number;
  /** Histograms: how many observations were at most as large as each bound, and the sum of all; `value` is their count. */
  histogram?: { counts: readonly number[]; sum: number };
}

export interface LiveEngine {
  status(): Promise<EngineStatus>;
  /** At this instant, with what is on its way; both equations of model/accounting.ts hold. */
  accounting(): Promise<Accounting>;
  metrics(): Promise<MetricSample[]>;
}
