/**
 * From OTLP resources, scopes and spans to what the join keeps of them; shared by the encodings, which differ only in how
 * they spell an attribute.
 *
 * What: the identity of the resource, and every transaction id on the span, its events, its links, its scope or its
 * resource (the OpenTelemetry demo puts the id in an event). Each recognised attribute counts for itself; a list counts by
 * element. Names that also mean other transactions (`weak`) are left out on database spans and from Elastic APM agents.
 *
 * Cost: one map lookup an attribute; nothing is allocated for spans that carry no id.
 * Worked example: span {payment.id: "P1"} with event {order.id: 7} -> [payment.id P1, order.id 7].
 * Source: reference/formats 3.10 and 4; SPEC J13, J15.
 */
import type { Instant } from '../../model/instant.ts';
import type { RefusalReason } from '../../model/refusal.ts';
import type { SpanIdentity, SpanRecord, SpanTransactionId } from '../../model/span-record.ts';
import { normalTransactionId } from '../../model/transaction-id.ts';
import type { DecodedSpans } from '../../ports/span-decoder.ts';
import { IdentityTable, RawIdentity, type ReadIdentity } from './otlp-identity.ts';
import type { SpanContext } from './span-context.ts';

/** Longer values are no ids of anything. */
const MAX_ID_LENGTH = 512;
/** Of one span; a trace with that many payments is bulk and links none of them anyhow. */
const MAX_IDS = 10_000;

/** Scope under which a forwarder writes security events as spans; never a sign of life of the workload. */
export const FALCO_SCOPE = 'falco-event';
const FALCO_IGNORED = 'falco_event_scope';

/** How an encoding spells an attribute. */
export interface AttributeReader<A> {
  key(attribute: A): string;
  /** Texts and integers as text, a list as its elements; nothing for what can be no id. */
  values(attribute: A): readonly string[];
}

interface FoundId extends SpanTransactionId {
  weak: boolean;
}

/** What the attributes of one thing (resource, scope, span) said. */
export interface Found {
  ids: FoundId[];
  database: boolean;
}

export interface ProjectedResource extends Found, ReadIdentity {
  elastic: boolean;
}

const NO_IDS: FoundId[] = [];

/** Attributes of a resource that name the agent which wrote its spans. */
const AGENT_NAMES = ['telemetry.sdk.name', 'agent.name'];

/** Every attribute that is read on a resource, each name once. */
export function resourceAttributeNames(context: SpanContext): string[] {
  return [...new Set([...RawIdentity.names(), ...AGENT_NAMES, ...context.attributes.names])];
}

export class SpanProjection<A> {
  readonly #context: SpanContext;
  readonly #reader: AttributeReader<A>;
  readonly #identities: IdentityTable;

  constructor(context: SpanContext, reader: AttributeReader<A>) {
    this.#context = context;
    this.#reader = reader;
    this.#identities = new IdentityTable(context);
  }

  resource(attributes: readonly A[]): ProjectedResource {
    const raw = new RawIdentity();
    let elastic = false;
    for (const attribute of attributes) {
      const key = this.#reader.key(attribute);
      const slot = RawIdentity.slot(key);
      const agent = AGENT_NAMES.includes(key);
      if (slot === undefined && !agent) continue;
      const [value] = this.#reader.values(attribute);
      if (value === undefined) continue;
      if (slot !== undefined) raw.set(slot, value);
      else elastic ||= value.toLowerCase().includes('elastic');
    }
    const found = nothingFound();
    this.collect(attributes, found);
    return { ...found, ...this.#identities.identityOf(raw), elastic };
  }

  /** Adds the transaction ids among these attributes. */
  collect(attributes: readonly A[], into: Found): void {
    for (const attribute of attributes) {
      const key = this.#reader.key(attribute);
      const known = this.#context.attributes.lookup(key);
      if (known !== undefined) this.#add(key, known.weak, attribute, into);
      else if (key.startsWith('db.') && key.includes('system')) into.database = true;
    }
  }

  #add(key: string, weak: boolean, attribute: A, into: Found): void {
    for (const raw of this.#reader.values(attribute)) {
      const value = normalTransactionId(raw);
      if (value.length > MAX_ID_LENGTH || this.#context.attributes.isPlaceholder(value)) continue;
      if (into.ids === NO_IDS) into.ids = [];
      if (into.ids.length >= MAX_IDS) return;
      into.ids.push({ attribute: key, value: this.#context.redactor.idValue(value), weak });
    }
  }

  /** The ids that a span has of its own, from its scope and from its resource, each once. */
  idsOf(span: Found, scope: Found, resource: ProjectedResource): SpanTransactionId[] {
    if (span.ids.length + scope.ids.length + resource.ids.length === 0) return [];
    const skipWeak = span.database || scope.database || resource.elastic;
    const distinct = new Map<string, SpanTransactionId>();
    for (const { attribute, value, weak } of [...span.ids, ...scope.ids, ...resource.ids]) {
      if (!(weak && skipWeak)) distinct.set(`${attribute}\0${value}`, { attribute, value });
    }
    return [...distinct.values()];
  }
}

export function nothingFound(): Found {
  return { ids: NO_IDS, database: false };
}

/** A time as decoded: null where there is none (absent or 0), undefined where it is none. */
export type DecodedTime = Instant | null | undefined;

const REFUSED = {
  bad_trace_id: 'the trace id is not 16 bytes, or all zero',
  bad_span_id: 'the span id is not 8 bytes, or all zero',
  missing_time: 'the span has no start time',
  bad_time:
    'a time of the span is not nanoseconds since 1970 (as text, where JSON numbers are too small) before 2255',
  time_order: 'the span ends before it starts',
  wrong_shape: 'expected an object of the OTLP trace format',
} as const satisfies Partial<Record<RefusalReason, string>>;

export type Refused = DecodedSpans['refused'][number];
export type SpanRefusal = keyof typeof REFUSED;

/** One object per reason: a payload of a million bad spans is a million references. */
const REFUSALS: ReadonlyMap<RefusalReason, Refused> = new Map(
  Object.entries(REFUSED).map(([reason, text]) => [
    reason as RefusalReason,
    Object.freeze({ reason, text }) as Refused,
  ]),
);

/** Collects what one payload gives. */
export class SpanCollector {
  readonly result: DecodedSpans = { batches: [], ignored: {}, refused: [] };
  #identity: SpanIdentity | null = null;
  #spans: SpanRecord[] | null = null;

  /** Spans added from now on are of this resource; without any it leaves no batch. */
  begin(identity: SpanIdentity): void {
    this.#identity = identity;
    this.#spans = null;
  }

  ignoreFalco(spans: number): void {
    if (spans > 0) this.result.ignored[FALCO_IGNORED] = (this.result.ignored[FALCO_IGNORED] ?? 0) + spans;
  }

  refuse(reason: SpanRefusal): void {
    const refusal = REFUSALS.get(reason);
    if (refusal !== undefined) this.result.refused.push(refusal);
  }

  /** Takes the span or refuses it; ids are null where they are none. Without an end it ends where it starts. */
  add(
    traceId: string | null,
    spanId: string | null,
    start: DecodedTime,
    end: DecodedTime,
    ids: () => SpanTransactionId[],
  ): void {
    if (traceId === null) return this.refuse('bad_trace_id');
    if (spanId === null) return this.refuse('bad_span_id');
    if (start === undefined || end === undefined) return this.refuse('bad_time');
    if (start === null) return this.refuse('missing_time');
    if (end !== null && end < start) return this.refuse('time_order');
    this.take({ traceId, spanId, start, end: end ?? start, transactionIds: ids() });
  }

  /** Takes a span that is one. */
  take(span: SpanRecord): void {
    if (this.#identity === null) throw new Error('a span before its resource');
    if (this.#spans === null) {
      this.#spans = [];
      this.result.batches.push({ identity: this.#identity, spans: this.#spans });
    }
    this.#spans.push(span);
  }
}
