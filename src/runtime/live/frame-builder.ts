/**
 * One request to one frame: its records decoded and projected, everything else about it counted.
 *
 * A request is taken whole or not at all: what cannot be decoded is refused item by item inside the frame (it becomes
 * dead letters), so a sender is answered once and never has to find out which part of its request was kept.
 */
import { SpanCollector, type SpanRefusal } from '../../formats/otlp/otlp-projection.ts';
import type { WalkedSpan } from '../../formats/otlp/otlp-span-reader.ts';
import type { SpanSink } from '../../formats/otlp/otlp-walker.ts';
import type { Redactor } from '../../formats/redaction/redact.ts';
import { SpanRowWriter, unpackSpans } from '../../join/span-chunk.ts';
import { wordsOfHex, hexWord } from '../../join/key-table.ts';
import { emptyInputAccounts, type InputAccounts, type InputName } from '../../model/accounting.ts';
import type { Instant } from '../../model/instant.ts';
import type { Observation } from '../../model/observation.ts';
import type { PaymentEvent } from '../../model/payment.ts';
import type { Refusal } from '../../model/refusal.ts';
import type { SpanBatch, SpanIdentity, SpanRecord } from '../../model/span-record.ts';
import type { LogEntry } from '../../ports/event-log.ts';
import type { RecordSource } from '../../ports/record-source.ts';
import { NOT_TRACES, type Decoders } from '../decoders.ts';
import { Ledger, ingest, type DecodedItems, type TakenRecord } from '../ingest.ts';
import { encodeFrame, identityIdOf, type CarriedId, type Frame } from './frame.ts';
import type { Origin } from './origin.ts';

interface Row extends Pick<SpanRecord, 'start' | 'end' | 'transactionIds'> {
  /** Four and two words. */
  traceId: ArrayLike<number>;
  spanId: ArrayLike<number>;
}

/** A frame as the log takes it, and what the sender is told. */
export interface BuiltFrame {
  entry: LogEntry;
  account: InputAccounts;
  refused: readonly Refusal[];
}

/** Spans of a frame, with what they name. */
type SpanItems = Pick<Frame, 'spans' | 'identities' | 'carried'>;

export type BuiltSpans = SpanItems & Pick<BuiltFrame, 'account' | 'refused'>;

export type FrameHead = Pick<Frame, 'input' | 'account' | 'refused' | 'ends' | 'origin'> &
  Partial<Pick<Frame, 'notes'>>;

export class FrameBuilder {
  readonly #decoders: Decoders;
  readonly #redactor: Redactor;
  /** Decoders hand out the same object for the same resource. */
  readonly #identityIds = new WeakMap<SpanIdentity, string>();

  constructor(decoders: Decoders, redactor: Redactor) {
    this.#decoders = decoders;
    this.#redactor = redactor;
  }

  /**
   * @param source the body of the request, or one record of a topic; its name stands in the places of refusals
   * @param origin where a worker read it
   */
  async build(input: InputName, source: RecordSource, origin: Origin | null = null): Promise<BuiltFrame> {
    const facts = new FrameFacts((identity) => this.#identityIdOf(identity));
    const ledger = new Ledger();
    switch (input) {
      case 'spans':
        await this.#readSpans(source, ledger, facts);
        break;
      case 'payments':
        await this.#read(input, source, ledger, this.#decoders.payments, (event) => facts.addPayment(event));
        break;
      default:
        await this.#read(input, source, ledger, this.#decoders[input], (each) => facts.addObservation(each));
    }
    const { refusals } = ledger;
    const account = inFlight(ledger.account(input));
    const entry = facts.entry({ input, account, refused: refusals, ends: false, origin });
    return { entry, account, refused: refusals };
  }

  /** The spans of one record of a topic, not written yet; those that were taken are counted as accepted. */
  async spans(source: RecordSource): Promise<BuiltSpans> {
    const facts = new FrameFacts((identity) => this.#identityIdOf(identity));
    const ledger = new Ledger();
    await this.#readSpans(source, ledger, facts);
    return { ...facts.spanItems(), account: ledger.account('spans'), refused: ledger.refusals };
  }

  /** A frame without records. @param head what it tells all the same */
  without(head: FrameHead): LogEntry {
    return new FrameFacts((identity) => this.#identityIdOf(identity)).entry(head);
  }

  /** In bounded mode: says that nothing more comes of an input. */
  end(input: InputName): LogEntry {
    return this.without({ input, account: emptyInputAccounts(), refused: [], ends: true, origin: null });
  }

  async #read<T>(
    input: InputName,
    source: RecordSource,
    ledger: Ledger,
    decode: (record: TakenRecord) => DecodedItems<T>,
    accept: (item: T) => void,
    size: (item: T) => number = one,
  ): Promise<void> {
    await ingest<T>([source], {
      input,
      ledger,
      decode,
      accept: (item) => {
        accept(item);
        return false;
      },
      size,
      redactor: this.#redactor,
    });
  }

  /** Spans in protobuf go straight into rows; those in JSON by way of records. */
  async #readSpans(source: RecordSource, ledger: Ledger, facts: FrameFacts): Promise<void> {
    const decode = (record: TakenRecord): DecodedItems<number> => {
      if (record.kind === 'protobuf') return this.#walk(record.payload, facts);
      const { items, ...rest } = this.#decoders.spans(record);
      for (const batch of items) facts.addSpans(batch);
      return { items: items.map(({ spans }) => spans.length), ...rest };
    };
    const written = (count: number): number => count;
    await this.#read('spans', source, ledger, decode, () => undefined, written);
  }

  #walk(payload: Uint8Array, facts: FrameFacts): DecodedItems<number> {
    const sink = new RowSink(facts);
    const mark = facts.mark();
    try {
      this.#decoders.walkSpans(payload, sink);
    } catch {
      facts.takeBack(mark);
      return { items: [], ignored: {}, refused: [NOT_TRACES] };
    }
    const { ignored, refused } = sink.others.result;
    return { items: sink.count === 0 ? [] : [sink.count], ignored, refused };
  }

  #identityIdOf(identity: SpanIdentity): string {
    let id = this.#identityIds.get(identity);
    if (id === undefined) {
      id = identityIdOf(identity);
      this.#identityIds.set(identity, id);
    }
    return id;
  }
}

const one = (): number => 1;

/** What was decoded is on its way until the engine has applied it. */
function inFlight(account: InputAccounts): InputAccounts {
  const { items } = account;
  return { ...account, items: { ...items, accepted: 0, in_flight: items.accepted } };
}

/** What the walker tells, as rows. */
class RowSink implements SpanSink {
  count = 0;
  /** Counts what is no row. */
  readonly others = new SpanCollector();
  readonly #facts: FrameFacts;
  #identity = 0;

  constructor(facts: FrameFacts) {
    this.#facts = facts;
  }

  resource(identity: SpanIdentity): void {
    this.#identity = this.#facts.identity(identity);
  }

  span(span: WalkedSpan): void {
    this.#facts.addRow(span, this.#identity);
    this.count += 1;
  }

  refused(reason: SpanRefusal): void {
    this.others.refuse(reason);
  }

  falcoSpans(count: number): void {
    this.others.ignoreFalco(count);
  }
}

class FrameFacts {
  readonly #identityIdOf: (identity: SpanIdentity) => string;
  readonly #observations: Observation[] = [];
  readonly #payments: PaymentEvent[] = [];
  readonly #identities: SpanIdentity[] = [];
  readonly #carried: CarriedId[] = [];
  readonly #rows = new SpanRowWriter();
  #from: Instant = Infinity;
  #to: Instant = -Infinity;

  constructor(identityIdOf: (identity: SpanIdentity) => string) {
    this.#identityIdOf = identityIdOf;
  }

  addObservation(observation: Observation): void {
    this.#observations.push(observation);
    this.#widen(observation.start, observation.end);
  }

  addPayment(event: PaymentEvent): void {
    this.#payments.push(event);
    this.#widen(event.time, event.time);
  }

  /** Number of an identity in the frame. */
  identity(identity: SpanIdentity): number {
    const ordinal = this.#rows.intern(this.#identityIdOf(identity));
    this.#identities[ordinal] ??= identity;
    return ordinal;
  }

  addSpans({ identity, spans }: SpanBatch): void {
    const ordinal = this.identity(identity);
    for (const { traceId, spanId, ...rest } of spans) {
      const ids = { traceId: wordsOfHex(traceId), spanId: [hexWord(spanId, 0), hexWord(spanId, 8)] };
      this.addRow({ ...rest, ...ids }, ordinal);
    }
  }

  addRow({ start, end, traceId, spanId, transactionIds }: Row, identity: number): void {
    for (const { attribute, value } of transactionIds)
      this.#carried.push({ row: this.#rows.length, attribute, value });
    this.#rows.push(start, end, traceId, spanId, identity);
    this.#widen(start, end);
  }

  mark(): { rows: number; carried: number } {
    return { rows: this.#rows.length, carried: this.#carried.length };
  }

  /** Forgets the rows since a mark; the times of the frame may stay wider, which costs a scan and no more. */
  takeBack({ rows, carried }: { rows: number; carried: number }): void {
    this.#rows.truncate(rows);
    this.#carried.length = carried;
  }

  #widen(from: Instant, to: Instant): void {
    if (from < this.#from) this.#from = from;
    if (to > this.#to) this.#to = to;
  }

  spanItems(): SpanItems {
    const spans = this.#rows.length === 0 ? null : unpackSpans(this.#rows.pack());
    return { spans, identities: this.#identities, carried: this.#carried };
  }

  entry(head: FrameHead): LogEntry {
    const value = encodeFrame({
      ...head,
      observations: this.#observations,
      payments: this.#payments,
      identities: this.#identities,
      carried: this.#carried,
      packed: this.#rows.length === 0 ? null : this.#rows.pack(),
    });
    const empty = this.#from > this.#to;
    return { value, from: empty ? null : this.#from, to: empty ? null : this.#to };
  }
}
