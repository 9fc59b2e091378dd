/** How the records of each input are decoded: security and payment records by their content, protobuf beside JSON for spans. */
import { decodeFalco } from '../formats/security/falco.ts';
import { decodeKubernetesAudit } from '../formats/security/kubernetes-audit.ts';
import { decodeNativeEvent } from '../formats/security/native-event.ts';
import { decodeOtlpJson } from '../formats/otlp/otlp-json.ts';
import { otlpLogsOf } from '../formats/otlp/otlp-logs-protobuf.ts';
import { createProtobufSpanDecoder } from '../formats/otlp/otlp-protobuf.ts';
import type { PaymentReading } from '../formats/payments/payment-context.ts';
import { decodePayments, PAYMENT_FORMATS } from '../formats/payments/payment-formats.ts';
import type { Decoded } from '../formats/decoded.ts';
import { OtlpWalker, type SpanSink } from '../formats/otlp/otlp-walker.ts';
import type { Redactor } from '../formats/redaction/redact.ts';
import {
  decodeSecurity,
  SECURITY_FORMATS,
  type SecurityFormat,
} from '../formats/security/security-formats.ts';
import type { AttributeTable } from '../formats/otlp/transaction-attributes.ts';
import type { RecoverabilityTable } from '../impact/recoverability.ts';
import { countReason } from '../model/accounting.ts';
import type { Provenance } from '../model/identity.ts';
import type { Observation, SecuritySource } from '../model/observation.ts';
import { TEST_MODE, type PaymentEvent, type PaymentSource } from '../model/payment.ts';
import type { Place } from '../model/place.ts';
import type { SpanBatch } from '../model/span-record.ts';
import type { DecodedSpans, SpanDecoder } from '../ports/span-decoder.ts';
import type { DecodedItems, TakenRecord } from './ingest.ts';
import { stateGapOf } from './state-gap.ts';

/** The formats that an input is configured for; none: any, by content. */
export interface InputFormats {
  audit: readonly SecuritySource[];
  alerts: readonly SecuritySource[];
  events: readonly SecuritySource[];
  payments: readonly PaymentSource[];
}

const ANY_FORMAT: InputFormats = { audit: [], alerts: [], events: [], payments: [] };

export interface DecoderOptions {
  tenant: string;
  /** Cluster of spans that name none; null: none configured. */
  cluster: string | null;
  /** Who wrote the identities of spans. */
  provenance: Provenance;
  attributes: AttributeTable;
  /** What payment formats need to know. */
  payments: PaymentReading;
  /** Absent: any format on every input. */
  formats?: InputFormats;
  /** What is known of rails and states. */
  recoverability: Pick<RecoverabilityTable, 'gapOf'>;
  redactor: Redactor;
}

export interface Decoders {
  audit: (record: TakenRecord) => DecodedItems<Observation>;
  alerts: (record: TakenRecord) => DecodedItems<Observation>;
  events: (record: TakenRecord) => DecodedItems<Observation>;
  payments: (record: TakenRecord) => DecodedItems<PaymentEvent>;
  spans: (record: TakenRecord) => DecodedItems<SpanBatch>;
  /**
   * Spans in protobuf, told to a sink one by one.
   * @throws Error when the payload is no trace export: what the sink was told of it must be forgotten
   */
  walkSpans: (payload: Uint8Array, sink: SpanSink) => void;
}

export function createDecoders(options: DecoderOptions): Decoders {
  const context = { tenant: options.tenant, redactor: options.redactor };
  const { formats = ANY_FORMAT } = options;
  return {
    audit: valueOnly(securityReader('audit', formats, decodeKubernetesAudit), context),
    alerts: valueOnly(securityReader('alerts', formats, decodeFalco), context),
    events: valueOnly(securityReader('events', formats, decodeNativeEvent), context),
    payments: flagging(
      valueOnly(paymentReader(formats), { ...context, ...options.payments }),
      options.recoverability,
    ),
    spans: spanDecoder(options),
    walkSpans: spanWalker(options),
  };
}

/**
 * Every security input takes any security format, unless some are named.
 * @param otherwise the input's own form: it says why a record is refused that is of none
 */
function securityReader(
  input: 'audit' | 'alerts' | 'events',
  formats: InputFormats,
  otherwise: SecurityFormat['decode'],
): SecurityFormat['decode'] {
  const named = {
    formats: SECURITY_FORMATS.filter(({ source }) => formats[input].includes(source)),
    option: optionOf(input),
  };
  return (value, place, context) => decodeSecurity(value, place, context, otherwise, named);
}

function paymentReader({ payments }: InputFormats): typeof decodePayments {
  const named = {
    formats: PAYMENT_FORMATS.filter(({ source }) => payments.includes(source)),
    option: optionOf('payments'),
  };
  return (value, place, context) => decodePayments(value, place, context, named);
}

const optionOf = (input: keyof InputFormats): string => `inputs.${input}.formats`;

/** What is binary is an export of logs here, or nothing; everything else about a record is for its format to say. */
function valueOnly<T, C>(
  decode: (value: unknown, place: Place, context: C) => Decoded<T>,
  context: C,
): (record: TakenRecord) => DecodedItems<T> {
  return (record) => {
    const value = valueOf(record);
    if (value !== null || record.kind !== 'protobuf') return decode(value, record.place, context);
    return { items: [], ignored: {}, refused: [NOT_LOGS] };
  };
}

/** Counts states that no table of deadlines knows, and what a provider sends of its test mode. */
function flagging(
  decode: Decoders['payments'],
  recoverability: DecoderOptions['recoverability'],
): Decoders['payments'] {
  return (record) => {
    const decoded = decode(record);
    const flagged: Record<string, number> = {};
    for (const event of decoded.items) {
      const gap = stateGapOf(event, recoverability);
      if (gap !== null) countReason(flagged, gap);
      if (event.attributes[TEST_MODE] !== undefined) countReason(flagged, TEST_MODE);
    }
    return { ...decoded, flagged };
  };
}

/** What a record holds for formats: a JSON value, or text; null: it is binary, and no export of logs. */
export function valueOf(record: TakenRecord): unknown {
  if (record.kind === 'protobuf') return otlpLogsOf(record.payload);
  return record.kind === 'json' ? record.value : record.text;
}

/** Why a binary record is refused that is none of spans. */
export const NOT_LOGS = {
  reason: 'not_protobuf',
  text: 'The record is binary, and no OTLP log export (LogsData); this input takes JSON, XML, text and logs. Spans go to --spans or /v1/traces.',
} as const;

function spanWalker({ cluster, provenance, attributes, redactor }: DecoderOptions): Decoders['walkSpans'] {
  const walker = new OtlpWalker({ cluster, provenance, attributes, redactor });
  return (payload, sink) => walker.walkTraces(payload, sink);
}

function spanDecoder(options: DecoderOptions): Decoders['spans'] {
  const { cluster, provenance, attributes, redactor } = options;
  const context = { cluster, provenance, attributes, redactor };
  const protobuf = createProtobufSpanDecoder(context);
  return (record) =>
    batchesOf(
      record.kind === 'protobuf'
        ? decodePayload(protobuf, record.payload)
        : decodeOtlpJson(record.kind === 'json' ? record.value : record.text, context),
    );
}

function batchesOf({ batches, ignored, refused }: DecodedSpans): DecodedItems<SpanBatch> {
  return { items: batches, ignored, refused };
}

/** A payload that is no trace export is refused whole: nothing of it was taken. */
function decodePayload(decoder: SpanDecoder, payload: Uint8Array): DecodedSpans {
  try {
    return decoder.decode(payload);
  } catch {
    return { batches: [], ignored: {}, refused: [NOT_TRACES] };
  }
}

/** Why a payload is refused whole. */
export const NOT_TRACES = {
  reason: 'not_protobuf',
  text: 'The message is not an OTLP trace export (TracesData) in protobuf, or it is cut short.',
} as const;
