/**
 * OTLP traces in protobuf, behind the SpanDecoder port: what the walker tells (otlp-walker.ts), as records with their ids
 * in hex.
 */
import type { SpanIdentity } from '../../model/span-record.ts';
import type { SpanDecoder } from '../../ports/span-decoder.ts';
import { SpanCollector, type SpanRefusal } from './otlp-projection.ts';
import type { WalkedSpan } from './otlp-span-reader.ts';
import { OtlpWalker, type SpanSink } from './otlp-walker.ts';
import type { SpanContext } from './span-context.ts';

/**
 * A decoder for one input.
 * `decode` throws when the payload is not of the format; its message holds nothing of the payload. Zero bytes are a valid
 * empty export.
 */
export function createProtobufSpanDecoder(context: SpanContext): SpanDecoder {
  const walker = new OtlpWalker(context);
  return {
    decode(payload) {
      const collector = new SpanCollector();
      walker.walkTraces(payload, new RecordSink(collector));
      return collector.result;
    },
  };
}

class RecordSink implements SpanSink {
  readonly #collector: SpanCollector;

  constructor(collector: SpanCollector) {
    this.#collector = collector;
  }

  resource(identity: SpanIdentity): void {
    this.#collector.begin(identity);
  }

  span({ traceId, spanId, start, end, transactionIds }: WalkedSpan): void {
    this.#collector.take({ traceId: hexOf(traceId), spanId: hexOf(spanId), start, end, transactionIds });
  }

  refused(reason: SpanRefusal): void {
    this.#collector.refuse(reason);
  }

  falcoSpans(count: number): void {
    this.#collector.ignoreFalco(count);
  }
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** A table beats a native call. */
function hexOf(words: Uint32Array): string {
  let hex = '';
  for (let i = 0; i < words.length; i += 1) {
    const word = words[i] ?? 0;
    hex += `${HEX[word >>> 24]}${HEX[(word >>> 16) & 0xff]}${HEX[(word >>> 8) & 0xff]}${HEX[word & 0xff]}`;
  }
  return hex;
}
