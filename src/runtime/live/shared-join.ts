/**
 * What the engine stands on where workers read the topics and write the spans to a window that all share (DESIGN 7). Alone,
 * it has none of this: its own log has every record.
 */
import type { InputName } from '../../model/accounting.ts';
import type { TraceStore } from '../../ports/trace-store.ts';
import type { FrameSource } from './frame-source.ts';

export interface SharedJoin {
  traces: TraceStore;
  /** The spans of the topics once more. */
  spans: FrameSource;
  /** The partitions that feed each input, as the brokers list them, by name (origin.ts). An input without any has ended. */
  sources(): Promise<ReadonlyMap<InputName, readonly string[]>>;
}
