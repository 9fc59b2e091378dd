/**
 * OTLP traces by protobufjs: the decoder that the walker replaced (decision 8). It stays here as the reference of the
 * differential tests and of the benchmark, since nothing but the wire format is read twice: what is made of attributes
 * is the same code.
 *
 * The descriptor holds only the fields that are kept; values of attributes stay bytes until an attribute turns out to be
 * one that is read; lists within lists are left out. Field numbers: opentelemetry-proto 1.x.
 */
import protobuf from 'protobufjs/light.js';
import { isInstant } from '../../src/model/instant.ts';
import type { SpanDecoder } from '../../src/ports/span-decoder.ts';
import {
  FALCO_SCOPE,
  nothingFound,
  SpanCollector,
  SpanProjection,
  type AttributeReader,
  type DecodedTime,
  type Found,
  type ProjectedResource,
} from '../../src/formats/otlp/otlp-projection.ts';
import type { SpanContext } from '../../src/formats/otlp/span-context.ts';

const LENIENT = { options: { features: { utf8_validation: 'NONE' } } };
const ATTRIBUTES = { rule: 'repeated', type: 'KeyValue' };

const ROOT = protobuf.Root.fromJSON({
  nested: {
    TracesData: { fields: { resourceSpans: { rule: 'repeated', type: 'ResourceSpans', id: 1 } } },
    ResourceSpans: {
      fields: {
        resource: { type: 'Resource', id: 1 },
        scopeSpans: { rule: 'repeated', type: 'ScopeSpans', id: 2 },
      },
    },
    Resource: { fields: { attributes: { ...ATTRIBUTES, id: 1 } } },
    ScopeSpans: {
      fields: { scope: { type: 'Scope', id: 1 }, spans: { rule: 'repeated', type: 'Span', id: 2 } },
    },
    Scope: { ...LENIENT, fields: { name: { type: 'string', id: 1 }, attributes: { ...ATTRIBUTES, id: 3 } } },
    Span: {
      fields: {
        traceId: { type: 'bytes', id: 1 },
        spanId: { type: 'bytes', id: 2 },
        start: { type: 'fixed64', id: 7 },
        end: { type: 'fixed64', id: 8 },
        attributes: { ...ATTRIBUTES, id: 9 },
        events: { rule: 'repeated', type: 'Event', id: 11 },
        links: { rule: 'repeated', type: 'Link', id: 13 },
      },
    },
    Event: { fields: { attributes: { ...ATTRIBUTES, id: 3 } } },
    Link: { fields: { attributes: { ...ATTRIBUTES, id: 4 } } },
    KeyValue: { ...LENIENT, fields: { key: { type: 'string', id: 1 }, value: { type: 'bytes', id: 2 } } },
    AnyValue: {
      ...LENIENT,
      oneofs: { value: { oneof: ['text', 'whole', 'list'] } },
      fields: {
        text: { type: 'string', id: 1 },
        whole: { type: 'int64', id: 3 },
        list: { type: 'ScalarList', id: 5 },
      },
    },
    ScalarList: { fields: { values: { rule: 'repeated', type: 'Scalar', id: 1 } } },
    Scalar: {
      ...LENIENT,
      oneofs: { value: { oneof: ['text', 'whole'] } },
      fields: { text: { type: 'string', id: 1 }, whole: { type: 'int64', id: 3 } },
    },
  },
});

const TRACES_DATA = ROOT.lookupType('TracesData');
const ANY_VALUE = ROOT.lookupType('AnyValue');

/** 64 bits as protobufjs reads them with `long`. */
interface Words {
  low: number;
  high: number;
  toString(): string;
}

interface WireKeyValue {
  key: string;
  value: Uint8Array;
}

interface WireAttributes {
  attributes: WireKeyValue[];
}

interface WireScalar {
  value?: string;
  text?: string;
  whole?: Words;
  list?: { values: WireScalar[] } | null;
}

interface WireSpan extends WireAttributes {
  traceId: Uint8Array;
  spanId: Uint8Array;
  start: Words | number;
  end: Words | number;
  events: WireAttributes[];
  links: WireAttributes[];
}

interface WireScope {
  scope: (WireAttributes & { name: string }) | null;
  spans: WireSpan[];
}

interface WireResource {
  resource: WireAttributes | null;
  scopeSpans: WireScope[];
}

/**
 * A decoder for one input.
 * `decode` throws when the payload is not of the format; its message holds nothing of the payload. Zero bytes are a valid
 * empty export.
 */
export function createProtobufjsSpanDecoder(context: SpanContext): SpanDecoder {
  const projection = new SpanProjection<WireKeyValue>(context, PROTOBUF_ATTRIBUTES);
  return {
    decode(payload) {
      const resources = read(payload);
      const collector = new SpanCollector();
      for (const resource of resources) takeResource(resource, projection, collector);
      return collector.result;
    },
  };
}

function read(payload: Uint8Array): WireResource[] {
  const bytes = Buffer.isBuffer(payload)
    ? payload
    : Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
  let resources: WireResource[];
  try {
    ({ resourceSpans: resources } = TRACES_DATA.decode(bytes) as unknown as {
      resourceSpans: WireResource[];
    });
  } catch {
    throw new Error('not an OTLP trace payload: the bytes are no protobuf message, or break off');
  }
  if (resources.length === 0 && bytes.length > 0)
    throw new Error('not an OTLP trace payload: it has no resource spans');
  return resources;
}

function takeResource(
  value: WireResource,
  projection: SpanProjection<WireKeyValue>,
  collector: SpanCollector,
): void {
  const resource = projection.resource(value.resource?.attributes ?? []);
  collector.begin(resource.identity);
  for (const { scope, spans } of value.scopeSpans) {
    if (scope?.name === FALCO_SCOPE) {
      collector.ignoreFalco(spans.length);
      continue;
    }
    const found = nothingFound();
    if (scope !== null) projection.collect(scope.attributes, found);
    for (const span of spans) takeSpan(span, found, resource, projection, collector);
  }
}

function takeSpan(
  span: WireSpan,
  scope: Found,
  resource: ProjectedResource,
  projection: SpanProjection<WireKeyValue>,
  collector: SpanCollector,
): void {
  const traceId = idOf(span.traceId, 16);
  const spanId = idOf(span.spanId, 8);
  collector.add(traceId, spanId, timeOf(span.start), timeOf(span.end), () => {
    const found = nothingFound();
    projection.collect(span.attributes, found);
    for (const event of span.events) projection.collect(event.attributes, found);
    for (const link of span.links) projection.collect(link.attributes, found);
    return projection.idsOf(found, scope, resource);
  });
}

const PROTOBUF_ATTRIBUTES: AttributeReader<WireKeyValue> = {
  key: (attribute) => attribute.key,
  values(attribute) {
    let value: WireScalar;
    try {
      value = ANY_VALUE.decode(attribute.value) as unknown as WireScalar;
    } catch {
      return [];
    }
    if (value.value !== 'list') return scalarOf(value);
    return (value.list?.values ?? []).flatMap(scalarOf);
  },
};

function scalarOf(scalar: WireScalar): string[] {
  if (scalar.value === 'text') return [scalar.text ?? ''];
  return scalar.value === 'whole' ? [String(scalar.whole ?? 0)] : [];
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Lower-case hex of an id of that many bytes; null for another length, and for all zero. A table beats a native call. */
function idOf(bytes: Uint8Array, length: number): string | null {
  if (bytes.length !== length) return null;
  let hex = '';
  let any = 0;
  for (let i = 0; i < length; i += 1) {
    const byte = bytes[i] ?? 0;
    any |= byte;
    hex += HEX[byte] ?? '';
  }
  return any === 0 ? null : hex;
}

const TWO_32 = 2 ** 32;

/** Microseconds of 64-bit nanoseconds: high word first by 1000, the rest joined to the low word, all below 2^53. */
function timeOf(nanos: Words | number): DecodedTime {
  // The default of a field that is absent.
  if (typeof nanos === 'number') return nanos === 0 ? null : undefined;
  const high = nanos.high >>> 0;
  const low = nanos.low >>> 0;
  const quotient = Math.floor(high / 1000);
  const micros = quotient * TWO_32 + Math.floor(((high - quotient * 1000) * TWO_32 + low) / 1000);
  if (micros === 0) return null;
  return isInstant(micros) ? micros : undefined;
}
