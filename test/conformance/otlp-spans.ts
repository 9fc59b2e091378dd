/** OTLP traces as plain values in the spelling of the specification, for the tests of decoders. */

export interface Attribute {
  key: string;
  value: Record<string, unknown>;
}

export const text = (key: string, value: string): Attribute => ({ key, value: { stringValue: value } });
export const whole = (key: string, value: number | string): Attribute => ({
  key,
  value: { intValue: String(value) },
});
export const list = (key: string, ...values: string[]): Attribute => ({
  key,
  value: { arrayValue: { values: values.map((each) => ({ stringValue: each })) } },
});

export interface Span {
  traceId: string;
  spanId: string;
  name?: string;
  startTimeUnixNano?: string;
  endTimeUnixNano?: string;
  attributes?: Attribute[];
  events?: { name: string; timeUnixNano?: string; attributes: Attribute[] }[];
  links?: { traceId: string; spanId: string; attributes: Attribute[] }[];
}

export interface Scope {
  scope?: { name: string; attributes?: Attribute[] };
  spans: Span[];
}

export interface Traces {
  resourceSpans: { resource?: { attributes: Attribute[] }; scopeSpans: Scope[] }[];
}

export const TRACE = '5b8efff798038103d269b633813fc60c';
export const SPAN = 'eee19b7ec3c1b174';
export const START = '1544712660000001999';
export const END = '1544712661000000001';

export function span(differences: Partial<Span> = {}): Span {
  return { traceId: TRACE, spanId: SPAN, startTimeUnixNano: START, endTimeUnixNano: END, ...differences };
}

export function traces(spans: Span[], resource: Attribute[] = [], scope?: Scope['scope']): Traces {
  const scopeSpans = scope === undefined ? { spans } : { scope, spans };
  return { resourceSpans: [{ resource: { attributes: resource }, scopeSpans: [scopeSpans] }] };
}
