/** Frames of the spans once more, by time: from the engine's own log, or from the topics that span workers read. */
import type { LogPosition, LogRange } from '../../ports/event-log.ts';
import type { Frame } from './frame.ts';

export interface PlacedFrame {
  frame: Frame;
  position: LogPosition;
}

export interface FrameSource {
  /** Those of records that meet the range; bytes hold until the next batch is asked for. May be called again. */
  scan(range: LogRange): AsyncIterable<PlacedFrame[]>;
}
