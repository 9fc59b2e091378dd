/**
 * The rendezvous (DESIGN 4.3): how two streams meet at a key although either side may come first.
 *
 * What: each side writes its own record and, once that is acknowledged, reads the other side. Why that is enough: of two
 * concurrent sides at least one writes before the other reads, so at least one sees both. Why nothing weaker will do:
 * reading first, or asking a cache, loses the pairs that arrive within its delay (measured: 1 to 34 % of them).
 * A failure in either step redoes both, which is harmless, because writing a fact twice is writing it once.
 *
 * It is used four times: who (event and alias), where and when (event and spans), which trace (matched trace and
 * transaction id), which payment (wanted payment and payment).
 *
 * Cost: one write and one read a side. Worked example: a span is flushed at 14:00:00.100, an event at 14:00:00.101. The
 * flush reads an empty hot list; the event's read finds the span. Had both been written before either read, both
 * would find the pair, and the witness is the same fact twice.
 * Source: reference/streaming section 3.3, point 2.
 */
export async function meet<T>(sides: {
  /** Resolves when the record is acknowledged by the primary. */
  write: () => Promise<unknown>;
  readOther: () => Promise<T>;
}): Promise<T> {
  await sides.write();
  return await sides.readOther();
}
