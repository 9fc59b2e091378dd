/**
 * Decodes one OTLP payload into span batches: the projection that the join needs and nothing else.
 *
 * A port, so that what reads the bytes can be replaced: first it was a maintained library, now it is a walker of our own
 * (decision 8). Every decoder passes test/conformance/span-decoder.suite.ts.
 */
import type { Refusal } from '../model/refusal.ts';
import type { SpanBatch } from '../model/span-record.ts';

export interface DecodedSpans {
  batches: SpanBatch[];
  /** Spans that are not taken, by reason; each counts as one ignored item. */
  ignored: Record<string, number>;
  /** Spans that are refused; each counts as one refused item. Places are relative to the payload (byte 0). */
  refused: Pick<Refusal, 'reason' | 'text'>[];
}

export interface SpanDecoder {
  /** @throws Error when the payload as a whole is not of the format; nothing of it was taken then */
  decode(payload: Uint8Array): DecodedSpans;
}
