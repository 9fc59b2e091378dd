/**
 * Packed spans of a bounded range, written once and read back in the order of writing: what lets the batch join make
 * its second pass without decoding twice, over more spans than memory holds. Embedded: memory, then a temporary
 * file beyond `batch.memory_bytes`. Kafka: the second pass fetches the same offsets again.
 *
 * A chunk is opaque here (layout: join/packed-spans.ts) and is owned by the log once appended.
 */
export interface SpanLog {
  append(chunk: Uint8Array): void;
  /** Every chunk once, oldest first. May be called again. */
  chunks(): Iterable<Uint8Array>;
  readonly bytes: number;
  /** Frees memory and removes files; safe to call twice. */
  close(): void;
}
