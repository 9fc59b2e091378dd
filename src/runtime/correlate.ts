/**
 * The batch lane (DESIGN 4.5): files in, documents out, end of input = final. One process, one pass over the inputs,
 * one over the packed spans.
 *
 * Order of reading: payments first, because ids on spans are resolved while spans are read; then the security inputs;
 * spans last. The result does not depend on the order inside any of them.
 */
import { decodeFalco } from '../formats/falco.ts';
import { decodeKubernetesAudit } from '../formats/kubernetes-audit.ts';
import { decodeNativeEvent } from '../formats/native-event.ts';
import { decodeOtlpJson } from '../formats/otlp-json.ts';
import { createProtobufSpanDecoder } from '../formats/otlp-protobuf.ts';
import { decodePayment } from '../formats/payment-json.ts';
import type { Decoded } from '../formats/decoded.ts';
import type { FormatContext } from '../formats/context.ts';
import type { Redactor } from '../formats/redact.ts';
import type { AttributeTable } from '../formats/transaction-attributes.ts';
import { BatchJoin } from '../join/batch-join.ts';
import { KeyTable } from '../join/key-table.ts';
import type { Accounting } from '../model/accounting.ts';
import type { EventDocument } from '../model/documents/event.ts';
import type { IncidentDocument } from '../model/documents/incident.ts';
import type { LinkDocument } from '../model/documents/link.ts';
import type { PaymentDocument } from '../model/documents/payment.ts';
import type { Provenance } from '../model/identity.ts';
import { canonicalJson, sha256Hex } from '../model/ids.ts';
import type { Instant } from '../model/instant.ts';
import type { JoinSettings } from '../model/join-settings.ts';
import type { Observation } from '../model/observation.ts';
import type { PaymentEvent } from '../model/payment.ts';
import type { Place } from '../model/place.ts';
import type { Refusal } from '../model/refusal.ts';
import type { SpanBatch } from '../model/span-record.ts';
import type { RawRecord, RecordSource } from '../ports/record-source.ts';
import type { DecodedSpans, SpanDecoder } from '../ports/span-decoder.ts';
import type { SpanLog } from '../ports/span-log.ts';
import type { CompiledRules } from '../rules/compile.ts';
import { matchesOf } from '../rules/evaluate.ts';
import type { RecoverabilityTable } from '../impact/recoverability.ts';
import { assemble } from './assemble.ts';
import type { LazyList } from './lazy-list.ts';
import { Ledger, ingest, type DecodedItems, type Progress } from './ingest.ts';

export interface CorrelateInputs {
  audit: RecordSource[];
  alerts: RecordSource[];
  events: RecordSource[];
  spans: RecordSource[];
  payments: RecordSource[];
}

export interface GroupingSettings {
  /** Longest pause between connected events, microseconds. */
  gap: number;
  maxSpan: number;
  maxEvents: number;
  hubDegree: number;
}

export interface CorrelateOptions {
  tenant: string;
  /** Cluster of records that name none; null: none configured. */
  cluster: string | null;
  identity: { spans: Provenance; payments: Provenance };
  /** Services that the payments input stands for, where a payment names none. */
  services: string[];
  settings: JoinSettings;
  fold: boolean;
  minP: number;
  grouping: GroupingSettings;
  report: { currency: string; rates: Record<string, string> } | null;
  /** Null: the latest event time of the input. */
  asOf: Instant | null;
  rules: CompiledRules;
  attributes: AttributeTable;
  recoverability: RecoverabilityTable;
  redactor: Redactor;
  openSpanLog: () => SpanLog;
  onProgress?: (progress: Progress) => void;
}

export interface CorrelateResult {
  /** By event start, then link id. */
  links: LazyList<LinkDocument>;
  events: EventDocument[];
  /** By payment id. */
  payments: LazyList<PaymentDocument>;
  incidents: IncidentDocument[];
  accounting: Accounting;
  /** Events without a link, and ids on spans that named no payment, by reason. */
  unlinked: Record<string, number>;
  refusals: Refusal[];
  refusalCount: number;
  asOf: Instant;
  spans: number;
}

/** Reads all inputs and joins them. The span log is closed whatever happens. */
export async function correlate(
  inputs: CorrelateInputs,
  options: CorrelateOptions,
): Promise<CorrelateResult> {
  const log = options.openSpanLog();
  try {
    const join = new BatchJoin({
      tenant: options.tenant,
      cluster: options.cluster,
      paymentsProvenance: options.identity.payments,
      settings: options.settings,
      fold: options.fold,
      rank: (rail, state) => options.recoverability.rank(rail, state),
      attribute: (name) => options.attributes.lookup(name),
      log,
    });
    const ledger = new Ledger();
    await readPayments(inputs.payments, join, ledger, options);
    await readObservations('audit', inputs.audit, decodeKubernetesAudit, join, ledger, options);
    await readObservations('alerts', inputs.alerts, decodeFalco, join, ledger, options);
    await readObservations('events', inputs.events, decodeNativeEvent, join, ledger, options);
    await readSpans(inputs.spans, join, ledger, options);
    const joined = join.finish();
    const spans = ledger.accounting.inputs.spans;
    if (spans !== undefined) spans.items.duplicate = joined.duplicateSpans;
    const { refusals, refusalCount, accounting } = ledger;
    return {
      ...assemble(joined, options),
      accounting,
      refusals,
      refusalCount,
      spans: spans?.items.accepted ?? 0,
    };
  } finally {
    log.close();
  }
}

type JsonDecoder<T> = (value: unknown, place: Place, context: FormatContext) => Decoded<T>;

/** Formats that are JSON refuse protobuf; everything else about a record is theirs to say. */
function jsonOnly<T>(
  decode: JsonDecoder<T>,
  options: CorrelateOptions,
): (record: RawRecord) => DecodedItems<T> {
  const context: FormatContext = { tenant: options.tenant, redactor: options.redactor };
  return (record) => {
    if (record.kind === 'json') return decode(record.value, record.place, context);
    const text = 'This input takes JSON; the record is binary. Spans go to --spans.';
    return { items: [], ignored: {}, refused: [{ reason: 'not_json', text }] };
  };
}

async function readPayments(
  sources: RecordSource[],
  join: BatchJoin,
  ledger: Ledger,
  options: CorrelateOptions,
): Promise<void> {
  const seen = new Set<string>();
  await ingest<PaymentEvent>(sources, {
    input: 'payments',
    ledger,
    decode: jsonOnly(decodePayment, options),
    accept: (event) => {
      if (seen.has(event.id)) return true;
      seen.add(event.id);
      join.addPaymentEvent(event);
      return false;
    },
    redactor: options.redactor,
    ...progressOf(options),
  });
}

async function readObservations(
  input: 'audit' | 'alerts' | 'events',
  sources: RecordSource[],
  decode: JsonDecoder<Observation>,
  join: BatchJoin,
  ledger: Ledger,
  options: CorrelateOptions,
): Promise<void> {
  const seen = new KeyTable();
  await ingest<Observation>(sources, {
    input,
    ledger,
    decode: jsonOnly(decode, options),
    accept: (observation) => {
      // Joined all the same: it may differ in what its id does not tell, and folding does not mind repeats.
      join.addObservation(observation, matchesOf(observation, options.rules));
      return isRepeat(seen, observation);
    },
    redactor: options.redactor,
    ...progressOf(options),
  });
}

/** Whether this record (of a stage, this stage) was seen before; 128 bits of its hash are kept. */
function isRepeat(seen: KeyTable, observation: Observation): boolean {
  const stage =
    observation.stage === null ? null : [observation.stage.rank, observation.end, observation.action];
  // A client may choose its auditID: who asked for what tells two requests apart.
  const { nativeTuple, start, actor, detail } = observation;
  const key = sha256Hex(canonicalJson([nativeTuple, start, actor, detail, stage]));
  const known = seen.size;
  const word = (from: number): number => Number.parseInt(key.slice(from, from + 8), 16);
  seen.insert(word(0), word(8), word(16), word(24));
  return seen.size === known;
}

async function readSpans(
  sources: RecordSource[],
  join: BatchJoin,
  ledger: Ledger,
  options: CorrelateOptions,
): Promise<void> {
  const context = {
    cluster: options.cluster,
    provenance: options.identity.spans,
    attributes: options.attributes,
    redactor: options.redactor,
  };
  const protobuf = createProtobufSpanDecoder(context);
  await ingest<SpanBatch>(sources, {
    input: 'spans',
    ledger,
    decode: (record) => {
      if (record.kind === 'json') return batchesOf(decodeOtlpJson(record.value, context));
      return record.kind === 'protobuf' ? batchesOf(decodePayload(protobuf, record.payload)) : NOTHING;
    },
    accept: (batch) => {
      join.addSpans(batch);
      return false;
    },
    size: (batch) => batch.spans.length,
    redactor: options.redactor,
    ...progressOf(options),
  });
}

const NOTHING: DecodedItems<SpanBatch> = { items: [], ignored: {}, refused: [] };

function batchesOf({ batches, ignored, refused }: DecodedSpans): DecodedItems<SpanBatch> {
  return { items: batches, ignored, refused };
}

/** A payload that is no trace export is refused whole: nothing of it was taken. */
function decodePayload(decoder: SpanDecoder, payload: Uint8Array): DecodedSpans {
  try {
    return decoder.decode(payload);
  } catch {
    const text = 'The message is not an OTLP trace export (TracesData) in protobuf, or it is cut short.';
    return { batches: [], ignored: {}, refused: [{ reason: 'not_protobuf', text }] };
  }
}

function progressOf(options: CorrelateOptions): Pick<CorrelateOptions, 'onProgress'> {
  return options.onProgress === undefined ? {} : { onProgress: options.onProgress };
}
