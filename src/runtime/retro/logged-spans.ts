/**
 * The spans of the engine's own log as the retro lane reads them: of records that the engine has applied, since the identities of later
 * ones are not stored yet. Those are counted.
 */
import type { LogPosition, LogRange, LogRecord } from '../../ports/event-log.ts';
import type { EngineProgress, FactStore } from '../../ports/fact-store.ts';
import { AppliedFrames } from '../live/applied-frames.ts';
import type { PlacedFrame } from '../live/frame-source.ts';
import type { RetroSpans } from './retro.ts';

export class LoggedSpans implements RetroSpans {
  notApplied = 0;
  readonly #frames: AppliedFrames;

  private constructor(log: ScannedLog, facts: FactStore, progress: EngineProgress | null) {
    const { positions = {} } = progress ?? {};
    this.#frames = new AppliedFrames(log, facts, ({ partition, offset }: LogPosition) => {
      const isApplied = offset < (positions[String(partition)] ?? 0);
      if (!isApplied) this.notApplied += 1;
      return isApplied;
    });
  }

  /** As far as the engine is now: what is applied later is as if it were not there. */
  static async of(log: ScannedLog, facts: FactStore): Promise<LoggedSpans> {
    return new LoggedSpans(log, facts, await facts.progress());
  }

  scan(range: LogRange): AsyncIterable<PlacedFrame[]> {
    this.notApplied = 0;
    return this.#frames.scan(range);
  }
}

interface ScannedLog {
  scan(range: LogRange): AsyncIterable<LogRecord[]>;
}
