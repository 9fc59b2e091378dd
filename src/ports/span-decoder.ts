/**
 * Decodes one OTLP payload into span batches: the projection that the join needs and nothing else.
 *
 * A port, because the maintained protobuf library behind it is to be replaced by a hand-written walker that
 * projects straight from the wire; both pass test/conformance/span-decoder.suite.ts.
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
