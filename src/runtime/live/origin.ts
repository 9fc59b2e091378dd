/**
 * Where records stood that a worker read from an input topic. What it says is a fact, and stays one however late it is heard
 * and from whom: the same records read again, by the same worker or another, are accounted for once.
 */
import type { Instant } from '../../model/instant.ts';
import type { ReadPosition } from '../../ports/read-position.ts';

export interface Origin {
  topic: string;
  partition: number;
  /** Of the record that the frame is of; null: of several, whose counts are in its notes, or of none. */
  offset: number | null;
  /** The reader stood at the end of the partition when it asked; null: that is not known. */
  idle: { at: ReadPosition; asked: Instant } | null;
}

/** Names a partition of a topic. */
export function sourceOf({ topic, partition }: Pick<Origin, 'topic' | 'partition'>): string {
  return `${topic}/${partition}`;
}
