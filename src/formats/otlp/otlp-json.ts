/**
 * OTLP traces in JSON, in every spelling that exporters use (reference/formats 3.10): camelCase as the specification
 * says, or snake_case as protojson may; ids in hex of any case, or base64 as plain protojson writes bytes; 64-bit integers as
 * text or number; `scopeSpans` or the older `instrumentationLibrarySpans`; `resourceSpans` or Tempo's `batches`.
 *
 * Hex is tested first: 32 hex digits are also valid base64, of 24 bytes. A nanosecond time as a JSON number has lost
 * digits before we see it, so it is refused unless it is a safe integer.
 */
import type { DecodedSpans } from '../../ports/span-decoder.ts';
import { otlpSpanId, otlpTime, otlpTraceId } from './otlp-json-values.ts';
import {
  FALCO_SCOPE,
  nothingFound,
  SpanCollector,
  SpanProjection,
  type AttributeReader,
  type Found,
  type ProjectedResource,
} from './otlp-projection.ts';
import type { SpanContext } from './span-context.ts';

type JsonObject = Record<string, unknown>;

const NOT_TRACES = 'expected an object with resourceSpans (OTLP traces)';

/**
 * Decodes one record. A record that is no OTLP trace export as a whole gives nothing but one refusal `wrong_shape`.
 * @param value what JSON.parse gave
 */
export function decodeOtlpJson(value: unknown, context: SpanContext): DecodedSpans {
  const resources = resourcesOf(value);
  if (resources === null) {
    return { batches: [], ignored: {}, refused: [{ reason: 'wrong_shape', text: NOT_TRACES }] };
  }
  const projection = projectionOf(context);
  const collector = new SpanCollector();
  for (const resource of resources) {
    if (isObject(resource)) takeResource(resource, projection, collector);
    else collector.refuse('wrong_shape');
  }
  return collector.result;
}

/** One per context, so that equal resources of many records share an identity. */
const projections = new WeakMap<SpanContext, SpanProjection<unknown>>();

function projectionOf(context: SpanContext): SpanProjection<unknown> {
  let projection = projections.get(context);
  if (projection === undefined) {
    projection = new SpanProjection(context, JSON_ATTRIBUTES);
    projections.set(context, projection);
  }
  return projection;
}

/** The list of resources, or null when the record is something else; an empty object is an empty export. */
function resourcesOf(value: unknown): unknown[] | null {
  if (!isObject(value)) return null;
  const resources = value['resourceSpans'] ?? value['resource_spans'] ?? value['batches'];
  if (Array.isArray(resources)) return resources;
  if (resources !== undefined && resources !== null) return null;
  // A bare ResourceSpans, as some exporters write one to a line.
  if (scopesOf(value) !== undefined) return [value];
  return Object.keys(value).length === 0 ? [] : null;
}

function scopesOf(resource: JsonObject): unknown {
  return (
    resource['scopeSpans'] ??
    resource['scope_spans'] ??
    resource['instrumentationLibrarySpans'] ??
    resource['instrumentation_library_spans']
  );
}

function takeResource(
  value: JsonObject,
  projection: SpanProjection<unknown>,
  collector: SpanCollector,
): void {
  const resource = projection.resource(attributesOf(value['resource']));
  collector.begin(resource.identity);
  for (const scope of listOf(scopesOf(value))) {
    if (isObject(scope)) takeScope(scope, resource, projection, collector);
    else collector.refuse('wrong_shape');
  }
}

function takeScope(
  value: JsonObject,
  resource: ProjectedResource,
  projection: SpanProjection<unknown>,
  collector: SpanCollector,
): void {
  const scope = value['scope'] ?? value['instrumentationLibrary'] ?? value['instrumentation_library'];
  const spans = listOf(value['spans']);
  if (isObject(scope) && scope['name'] === FALCO_SCOPE) return collector.ignoreFalco(spans.length);
  const found = nothingFound();
  projection.collect(attributesOf(scope), found);
  for (const span of spans) {
    if (isObject(span)) takeSpan(span, found, resource, projection, collector);
    else collector.refuse('wrong_shape');
  }
}

function takeSpan(
  span: JsonObject,
  scope: Found,
  resource: ProjectedResource,
  projection: SpanProjection<unknown>,
  collector: SpanCollector,
): void {
  const traceId = otlpTraceId(span['traceId'] ?? span['trace_id']);
  const spanId = otlpSpanId(span['spanId'] ?? span['span_id']);
  const start = otlpTime(span['startTimeUnixNano'] ?? span['start_time_unix_nano']);
  const end = otlpTime(span['endTimeUnixNano'] ?? span['end_time_unix_nano']);
  collector.add(traceId, spanId, start, end, () => {
    const found = nothingFound();
    projection.collect(listOf(span['attributes']), found);
    for (const event of listOf(span['events'])) projection.collect(attributesOf(event), found);
    for (const link of listOf(span['links'])) projection.collect(attributesOf(link), found);
    return projection.idsOf(found, scope, resource);
  });
}

const JSON_ATTRIBUTES: AttributeReader<unknown> = {
  key(attribute) {
    if (!isObject(attribute)) return '';
    const key = attribute['key'];
    return typeof key === 'string' ? key : '';
  },
  values(attribute) {
    const value = isObject(attribute) ? attribute['value'] : undefined;
    if (!isObject(value)) return [];
    const list = value['arrayValue'] ?? value['array_value'];
    if (!isObject(list)) return scalarOf(value);
    return listOf(list['values']).flatMap(scalarOf);
  },
};

function scalarOf(value: unknown): string[] {
  if (!isObject(value)) return [];
  const text = value['stringValue'] ?? value['string_value'];
  if (typeof text === 'string') return [text];
  const whole = value['intValue'] ?? value['int_value'];
  if (typeof whole === 'string' && /^-?\d{1,19}$/.test(whole)) return [whole];
  return Number.isSafeInteger(whole) ? [String(whole)] : [];
}

function attributesOf(value: unknown): unknown[] {
  return isObject(value) ? listOf(value['attributes']) : [];
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
