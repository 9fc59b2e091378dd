/**
 * Raw records of one input, in order: lines and elements of files today, Kafka records later. A source refuses what
 * is no record (bad JSON, too deep, too large) itself, with the place, and goes on with the next.
 */
import type { Place } from '../model/place.ts';
import type { Refusal } from '../model/refusal.ts';

export type RawRecord =
  | {
      kind: 'json';
      place: Place;
      value: unknown;
      bytes: number;
      /** The same with its numbers rounded, where the source was asked for both and they differ. */
      rounded?: unknown;
    }
  | { kind: 'text'; place: Place; text: string; bytes: number }
  | { kind: 'protobuf'; place: Place; payload: Uint8Array; bytes: number }
  | { kind: 'refused'; refusal: Refusal; bytes: number };

export interface RecordSource {
  /** As the user named it. */
  readonly name: string;
  /** Size on disk where it is known, for progress. */
  readonly totalBytes: number | null;
  /** Bytes of the input consumed so far (compressed size where it is compressed). */
  readonly bytesRead: number;
  records(): AsyncIterable<RawRecord[]>;
}
