/**
 * What Counterfoil makes of raw records, one document for every fact, never one twice (DESIGN section 8): neither
 * folded nor judged by rules.
 *
 * Stages of one audited request are one fact (SPEC F3). A request that is complete is printed at once; an earlier
 * stage is held until its completion comes, and printed at the end if it never does. At most MAX_HELD are held; the
 * oldest are printed first, so a huge input costs no more memory than that and 16 bytes a fact.
 *
 * Worked example: RequestReceived a, RequestReceived b, ResponseComplete a -> prints a (complete), then b (received).
 */
import { ignoredAs, type Decoded } from '../formats/decoded.ts';
import { detectFormat, type DetectedFormat } from '../formats/detect.ts';
import { decodeInside } from '../formats/wrappings/envelope.ts';
import type { Said } from '../formats/wrappings/wrapping.ts';
import { normalizedObservation, normalizedPaymentEvent } from '../formats/normalized-document.ts';
import type { PaymentContext } from '../formats/payments/payment-context.ts';
import { PAYMENT_FORMATS, paymentWithin } from '../formats/payments/payment-formats.ts';
import { isMapped } from '../formats/payments/payment-mapping.ts';
import { observationWithin, SECURITY_FORMATS } from '../formats/security/security-formats.ts';
import { KeyTable } from '../join/key-table.ts';
import { countReason, emptyInputAccounts, type InputAccounts } from '../model/accounting.ts';
import { parseExactly } from '../model/exact-json.ts';
import { canonicalJson } from '../model/canonical-json.ts';
import { sha256Hex } from '../model/ids.ts';
import type { Json } from '../model/json.ts';
import type { Observation, SecuritySource } from '../model/observation.ts';
import { PAYMENT_SOURCES, type PaymentEvent, type PaymentSource } from '../model/payment.ts';
import type { Place } from '../model/place.ts';
import type { Refusal } from '../model/refusal.ts';
import type { RawRecord, RecordSource } from '../ports/record-source.ts';
import { valueOf } from './decoders.ts';
import { noteDecoded } from './ingest.ts';
import { shapeOfRecord } from './shape-of.ts';

/** The formats that hold facts; spans are evidence, not facts. */
export const RECORD_FORMATS: readonly RecordFormat[] = [
  ...SECURITY_FORMATS.map(({ source }) => source),
  ...PAYMENT_SOURCES,
];
export type RecordFormat = SecuritySource | PaymentSource;

const MAX_HELD = 100_000;
const COMPLETE = 2;

type Fact = { kind: 'observation'; observation: Observation } | { kind: 'payment'; event: PaymentEvent };

export class Normalizer {
  readonly accounts: InputAccounts = emptyInputAccounts();
  readonly #context: PaymentContext;
  readonly #format: RecordFormat | null;
  readonly #refuse: (refusal: Refusal) => void;
  readonly #seen = new KeyTable();
  readonly #printed = new KeyTable();
  readonly #held = new Map<string, Observation>();

  /**
   * @param format of every record; null: found out record by record
   * @param refuse takes each record or item that is refused
   */
  constructor(context: PaymentContext, format: RecordFormat | null, refuse: (refusal: Refusal) => void) {
    this.#context = context;
    this.#format = format;
    this.#refuse = refuse;
  }

  /** The documents of all records, in the order in which their facts are complete. */
  async *documents(sources: readonly RecordSource[]): AsyncIterable<object> {
    for (const source of sources) {
      for await (const batch of source.records()) {
        for (const record of batch) {
          for (const fact of this.#factsOf(record)) {
            const document = this.#documentOf(fact);
            if (document !== undefined) yield document;
          }
        }
      }
    }
    for (const observation of this.#held.values()) yield this.#print(observation);
  }

  #factsOf(record: RawRecord): Fact[] {
    this.accounts.records += 1;
    if (record.kind === 'refused') {
      this.accounts.dead_lettered += 1;
      countReason(this.accounts.refused, record.refusal.reason);
      this.#refuse(record.refusal);
      return [];
    }
    const decoded = this.#decode(record);
    noteDecoded(this.accounts, decoded, decoded.items.length);
    for (const { reason, text } of decoded.refused) {
      const excerpt = shapeOfRecord(record, this.#context.redactor);
      countReason(this.accounts.refused, reason);
      this.#refuse({ reason, text, place: record.place, excerpt });
    }
    return decoded.items;
  }

  #decode(record: Exclude<RawRecord, { kind: 'refused' }>): Decoded<Fact> {
    const whole = valueOf(record);
    if (whole === null && record.kind === 'protobuf') {
      return refusal(
        'unknown_format',
        'Binary records are logs (OTLP), or spans, which are no facts; correlate --spans reads them.',
      );
    }
    if (this.#format === null) return this.#decodeEither(whole, record);
    return this.#decodeInside(whole, readsExactly(this.#format) ? parseExactly : JSON.parse, (value, found) =>
      this.#factsIn(value, this.#chosen(found), record.place),
    );
  }

  /** Payments are read exactly, all else as its inputs read it: which it is stands in the record, and one envelope may hold both. */
  #decodeEither(exact: unknown, record: Exclude<RawRecord, { kind: 'refused' }>): Decoded<Fact> {
    const payments: (Decoded<Fact> | null)[] = [];
    const decoded = this.#decodeInside(exact, parseExactly, (value, found) => {
      const isPayment = found !== undefined && PAYMENT_SOURCES.some((source) => source === found);
      const payment = isPayment ? this.#factsIn(value, found, record.place) : null;
      payments.push(payment);
      return payment ?? NOTHING;
    });
    if (!payments.includes(null)) return decoded;
    const rounded = record.kind === 'json' ? (record.rounded ?? exact) : exact;
    let at = 0;
    return this.#decodeInside(
      rounded,
      JSON.parse,
      (value, found) => payments[at++] ?? this.#factsIn(value, found, record.place),
    );
  }

  #decodeInside(
    whole: unknown,
    parse: (text: string) => unknown,
    decode: (value: unknown, found: DetectedFormat | undefined) => Decoded<Fact>,
  ): Decoded<Fact> {
    const formatOf = (value: unknown): DetectedFormat | undefined => this.#formatOf(value);
    return decodeInside(whole, {
      formatOf,
      decode,
      told: factWithin,
      redactor: this.#context.redactor,
      parse,
    });
  }

  /** The format that was asked for; our own form of payments stands for payments of any form. */
  #chosen(found: DetectedFormat | undefined): DetectedFormat | undefined {
    const isPayment = PAYMENT_SOURCES.some((source) => source === found);
    return this.#format === null || (this.#format === 'payments' && isPayment) ? found : this.#format;
  }

  #factsIn(value: unknown, format: DetectedFormat | undefined, place: Place): Decoded<Fact> {
    if (format === undefined) {
      return refusal(
        'unknown_format',
        `The record looks like none of ${RECORD_FORMATS.join(', ')}; name one with --format.`,
      );
    }
    if (format === 'traces') return ignoredAs('spans');
    const payment = PAYMENT_FORMATS.find(({ source }) => source === format);
    if (payment !== undefined) {
      const decoded = payment.decode(value, place, this.#context);
      return { ...decoded, items: decoded.items.map((event) => ({ kind: 'payment', event })) };
    }
    const known = SECURITY_FORMATS.find(({ source }) => source === format);
    if (known === undefined) throw new TypeError(`${format} has no decoder`);
    const decoded = known.decode(value, place, this.#context);
    return { ...decoded, items: decoded.items.map((observation) => ({ kind: 'observation', observation })) };
  }

  /** By its content; what only a mapping makes a payment is one where nothing else is. */
  #formatOf(value: unknown): DetectedFormat | undefined {
    const { mapping } = this.#context;
    return detectFormat(value) ?? (mapping !== null && isMapped(value, mapping) ? 'payments' : undefined);
  }

  /** The document of a fact; none when it was seen before, or waits for a later stage. */
  #documentOf(fact: Fact): object | undefined {
    if (isRepeat(this.#seen, identityOf(fact))) {
      this.accounts.items.duplicate += 1;
      return undefined;
    }
    if (fact.kind === 'payment') return documentOf(normalizedPaymentEvent(fact.event));
    const { observation } = fact;
    if (observation.stage === null) return this.#print(observation);
    const request = requestOf(observation);
    if (observation.stage.rank >= COMPLETE) {
      this.#held.delete(request);
      return isRepeat(this.#printed, request) ? undefined : this.#print(observation);
    }
    return this.#hold(request, observation);
  }

  /** Keeps the later of two stages; gives back the oldest that is held when there are too many. */
  #hold(request: string, observation: Observation): object | undefined {
    if (holdsKey(this.#printed, request)) return undefined;
    const known = this.#held.get(request);
    if (known === undefined || isLater(observation, known)) this.#held.set(request, observation);
    if (this.#held.size <= MAX_HELD) return undefined;
    const [oldest] = this.#held;
    if (oldest === undefined) return undefined;
    this.#held.delete(oldest[0]);
    return isRepeat(this.#printed, oldest[0]) ? undefined : this.#print(oldest[1]);
  }

  #print(observation: Observation): object {
    return documentOf(normalizedObservation(observation, this.#context.tenant));
  }
}

/** Whether records of a format are read without rounding a number: amounts and ids of payments, as their inputs do. */
export function readsExactly(format: RecordFormat | null): boolean {
  return PAYMENT_FORMATS.some(({ source }) => source === format);
}

function factWithin(fact: Fact, said: Said): Fact {
  return fact.kind === 'payment'
    ? { kind: 'payment', event: paymentWithin(fact.event, said) }
    : { kind: 'observation', observation: observationWithin(fact.observation, said) };
}

const NOTHING: Decoded<Fact> = { items: [], ignored: {}, refused: [] };

function refusal(reason: Refusal['reason'], text: string): Decoded<Fact> {
  return { items: [], ignored: {}, refused: [{ reason, text }] };
}

function documentOf(value: Json): object {
  return value !== null && typeof value === 'object' ? value : { value };
}

function isLater(a: Observation, b: Observation): boolean {
  const rank = (a.stage?.rank ?? 0) - (b.stage?.rank ?? 0);
  return rank > 0 || (rank === 0 && a.end > b.end);
}

/** Stages of one request share more than the auditID, which a client may choose (join/audit-stages.ts). */
function requestOf({ stage, actor, action, detail }: Observation): string {
  return sha256Hex(canonicalJson(['request', stage?.auditId ?? null, actor, action, detail]));
}

/** What makes two records the same record; a sensor gives what two of its rules saw one id. */
function identityOf(fact: Fact): string {
  if (fact.kind === 'payment') return sha256Hex(canonicalJson(['payment', fact.event.id]));
  const { source, nativeTuple, start, end, actor, action, detail, stage, rule } = fact.observation;
  const stageKey = stage === null ? null : [stage.rank, end, action];
  return sha256Hex(canonicalJson([source, nativeTuple, start, actor, detail, stageKey, rule?.id ?? null]));
}

/** Notes 128 bits of a hash; true when they were noted before. */
function isRepeat(table: KeyTable, hex: string): boolean {
  const known = table.size;
  table.insert(...wordsOf(hex));
  return table.size === known;
}

function holdsKey(table: KeyTable, hex: string): boolean {
  return table.find(...wordsOf(hex)) >= 0;
}

function wordsOf(hex: string): [number, number, number, number] {
  const word = (from: number): number => Number.parseInt(hex.slice(from, from + 8), 16);
  return [word(0), word(8), word(16), word(24)];
}
