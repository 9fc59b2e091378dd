/** The same spans in both encodings of OTLP: protobuf messages with their length in front, and JSON lines. */
import { ProtobufWriter } from './protobuf-writer.ts';
import type { BenchPod, BenchSpan } from './traffic.ts';

export interface SpanEncoder {
  /** Ending of the file. */
  readonly ending: string;
  /** One span, to be handed back to `request` with others of its pod. */
  span(span: BenchSpan): Buffer;
  /** An export request with the spans of one pod, ready to be written. */
  request(pod: BenchPod, spans: readonly Buffer[]): Buffer;
}

/** Length-delimited ExportTraceServiceRequest messages (`.binpb`). */
export class ProtobufEncoder implements SpanEncoder {
  readonly ending = 'binpb';
  readonly #span = new ProtobufWriter(1 << 10);
  readonly #attribute = new ProtobufWriter(1 << 10);
  readonly #value = new ProtobufWriter(1 << 10);
  readonly #scope = new ProtobufWriter(1 << 14);
  readonly #resource = new ProtobufWriter(1 << 14);
  readonly #request = new ProtobufWriter(1 << 14);
  readonly #resources = new Map<BenchPod, Buffer>();

  span(span: BenchSpan): Buffer {
    const out = this.#span;
    out.reset();
    out.bytes(1, Buffer.from(span.traceId, 'hex'));
    out.bytes(2, Buffer.from(span.spanId, 'hex'));
    out.text(5, span.name);
    out.enumeration(6, 2);
    out.fixed64(7, span.startNanos);
    out.fixed64(8, span.endNanos);
    for (const [key, value] of span.attributes) out.bytes(9, this.#keyValue(key, value));
    return Buffer.from(out.view());
  }

  request(pod: BenchPod, spans: readonly Buffer[]): Buffer {
    this.#scope.reset();
    for (const span of spans) this.#scope.bytes(2, span);
    this.#resource.reset();
    this.#resource.bytes(1, this.#resourceOf(pod));
    this.#resource.bytes(2, this.#scope.view());
    this.#value.reset();
    this.#value.bytes(1, this.#resource.view());
    this.#request.reset();
    this.#request.varint(this.#value.length);
    this.#request.raw(this.#value.view());
    return this.#request.view();
  }

  #resourceOf(pod: BenchPod): Buffer {
    let known = this.#resources.get(pod);
    if (known === undefined) {
      const out = new ProtobufWriter(1 << 10);
      for (const [key, value] of pod.attributes) out.bytes(1, this.#keyValue(key, value));
      known = Buffer.from(out.view());
      this.#resources.set(pod, known);
    }
    return known;
  }

  #keyValue(key: string, value: string): Buffer {
    this.#value.reset();
    this.#value.text(1, value);
    this.#attribute.reset();
    this.#attribute.text(1, key);
    this.#attribute.bytes(2, this.#value.view());
    return this.#attribute.view();
  }
}

/** OTLP/JSON, one request a line. */
export class JsonEncoder implements SpanEncoder {
  readonly ending = 'ndjson';

  span(span: BenchSpan): Buffer {
    const { traceId, spanId, name } = span;
    return Buffer.from(
      JSON.stringify({
        traceId,
        spanId,
        name,
        kind: 2,
        startTimeUnixNano: String(span.startNanos),
        endTimeUnixNano: String(span.endNanos),
        attributes: keyValues(span.attributes),
      }),
    );
  }

  request(pod: BenchPod, spans: readonly Buffer[]): Buffer {
    const resource = JSON.stringify({ attributes: keyValues(pod.attributes) });
    const list = spans.map(String).join(',');
    return Buffer.from(`{"resourceSpans":[{"resource":${resource},"scopeSpans":[{"spans":[${list}]}]}]}\n`);
  }
}

function keyValues(
  pairs: readonly (readonly [string, string])[],
): { key: string; value: { stringValue: string } }[] {
  return pairs.map(([key, value]) => ({ key, value: { stringValue: value } }));
}
