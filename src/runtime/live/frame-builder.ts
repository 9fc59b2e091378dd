/**
 * One request to one frame: its records decoded and projected, everything else about it counted.
 *
 * A request is taken whole or not at all: what cannot be decoded is refused item by item inside the frame (it becomes
 * dead letters), so a sender is answered once and never has to find out which part of its request was kept.
 */
import type { Redactor } from '../../formats/redact.ts';
import { SpanRowWriter } from '../../join/span-chunk.ts';
import { wordsOfHex, hexWord } from '../../join/key-table.ts';
import type { InputAccounts, InputName } from '../../model/accounting.ts';
import type { Instant } from '../../model/instant.ts';
import type { Observation } from '../../model/observation.ts';
import type { PaymentEvent } from '../../model/payment.ts';
import type { Refusal } from '../../model/refusal.ts';
import type { SpanBatch, SpanIdentity, SpanRecord } from '../../model/span-record.ts';
import type { LogEntry } from '../../ports/event-log.ts';
import type { RecordSource } from '../../ports/record-source.ts';
import type { Decoders } from '../decoders.ts';
import { Ledger, ingest, type DecodedItems, type TakenRecord } from '../ingest.ts';
import { encodeFrame, identityIdOf, type CarriedId } from './frame.ts';

/** A frame as the log takes it, and what the sender is told. */
export interface BuiltFrame {
  entry: LogEntry;
  account: InputAccounts;
  refused: readonly Refusal[];
}

export class FrameBuilder {
  readonly #decoders: Decoders;
  readonly #redactor: Redactor;
  /** Decoders hand out the same object for the same resource. */
  readonly #identityIds = new WeakMap<SpanIdentity, string>();

  constructor(decoders: Decoders, redactor: Redactor) {
    this.#decoders = decoders;
    this.#redactor = redactor;
  }

  /** @param source the body of the request; its name stands in the places of refusals */
  async build(input: InputName, source: RecordSource): Promise<BuiltFrame> {
    const facts = new FrameFacts((identity) => this.#identityIdOf(identity));
    const ledger = new Ledger();
    switch (input) {
      case 'spans':
        await this.#read(
          input,
          source,
          ledger,
          this.#decoders.spans,
          (batch) => facts.addSpans(batch),
          countOf,
        );
        break;
      case 'payments':
        await this.#read(input, source, ledger, this.#decoders.payments, (event) => facts.addPayment(event));
        break;
      default:
        await this.#read(input, source, ledger, this.#decoders[input], (each) => facts.addObservation(each));
    }
    const { refusals } = ledger;
    const account = inFlight(ledger.account(input));
    return { entry: facts.entry(input, account, refusals, false), account, refused: refusals };
  }

  /** In bounded mode: says that nothing more comes of an input. */
  end(input: InputName): LogEntry {
    const facts = new FrameFacts((identity) => this.#identityIdOf(identity));
    return facts.entry(input, new Ledger().account(input), [], true);
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
const countOf = (batch: SpanBatch): number => batch.spans.length;

/** What was decoded is on its way until the engine has applied it. */
function inFlight(account: InputAccounts): InputAccounts {
  const { items } = account;
  return { ...account, items: { ...items, accepted: 0, in_flight: items.accepted } };
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

  addSpans({ identity, spans }: SpanBatch): void {
    const ordinal = this.#rows.intern(this.#identityIdOf(identity));
    this.#identities[ordinal] ??= identity;
    for (const span of spans) this.#addSpan(span, ordinal);
  }

  #addSpan(span: SpanRecord, identity: number): void {
    const { start, end, traceId, spanId, transactionIds } = span;
    for (const { attribute, value } of transactionIds)
      this.#carried.push({ row: this.#rows.length, attribute, value });
    this.#rows.push(start, end, wordsOfHex(traceId), [hexWord(spanId, 0), hexWord(spanId, 8)], identity);
    this.#widen(start, end);
  }

  #widen(from: Instant, to: Instant): void {
    if (from < this.#from) this.#from = from;
    if (to > this.#to) this.#to = to;
  }

  entry(input: InputName, account: InputAccounts, refused: readonly Refusal[], ends: boolean): LogEntry {
    const value = encodeFrame({
      input,
      account,
      refused,
      ends,
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
