/**
 * What the payments left on their way: spans of three to six services' calls a payment, and some traffic without one.
 */
import type { SeededRandom } from '../../../tools/seeded-random.ts';
import { podNamed, servingPods, type Pod, type ServiceName } from './company.ts';
import { BIG_PAYMENT, SEPA_FILE, type StoryPayment } from './payments.ts';
import { at, END_MS } from './time.ts';

export interface StorySpan {
  pod: Pod;
  traceId: string;
  spanId: string;
  parentSpanId: string;
  name: string;
  /** OTLP span kind: 2 server, 3 client, 5 consumer. */
  kind: 2 | 3 | 5;
  startMs: number;
  endMs: number;
  attributes: Record<string, string>;
  events: { name: string; ms: number; attributes: Record<string, string> }[];
}

/** The container in which the attacker opens a shell. */
export const ATTACKED_LEDGER = 'ledger-7d9f6c5b8-x2x4q';

export class TraceWriter {
  readonly spans: StorySpan[] = [];
  readonly #pods: readonly Pod[];
  readonly #random: SeededRandom;

  constructor(pods: readonly Pod[], random: SeededRandom) {
    this.#pods = pods;
    this.#random = random;
  }

  /** Checkout, fraud, ledger, then payout or notify, nested as they call each other. */
  payment(payment: StoryPayment): void {
    const random = this.#random;
    const booked = payment.ms;
    const root = this.#span(
      'checkout',
      payment.traceId,
      '',
      2,
      'POST /v1/payments',
      booked - random.integer(60, 240),
      0,
    );
    root.attributes = {
      'http.request.method': 'POST',
      'url.path': '/v1/payments',
      'http.response.status_code': '201',
    };
    const score = this.#span(
      'fraud',
      payment.traceId,
      root.spanId,
      2,
      'score',
      root.startMs + 9,
      random.integer(12, 48),
    );
    score.attributes = { 'rpc.service': 'fraud.Scoring', 'rpc.method': 'Score' };
    const entry = this.#ledgerSpan(payment, root);
    root.endMs = entry.endMs + random.integer(4, 22);
    if (payment.rail !== 'card') this.#payout(payment, entry);
    if (random.chance(payment.rail === 'card' ? 0.5 : 0.3)) this.#receipt(payment, root);
    if (payment.binding === 'checkout_event') {
      // Both spellings of the OpenTelemetry demo are in use, here on different versions of one service.
      const key = booked < at('03:20') ? 'app.payment.transaction.id' : 'demo.payment.transaction.id';
      root.events.push({ name: 'charged', ms: entry.endMs + 1, attributes: { [key]: payment.id } });
    }
    if (payment.binding === 'order_id') root.attributes['order.id'] = payment.orderId;
  }

  #ledgerSpan(payment: StoryPayment, root: StorySpan): StorySpan {
    const entry = this.#span('ledger', payment.traceId, root.spanId, 2, 'POST /entries', payment.ms - 20, 0);
    if (payment.ms === BIG_PAYMENT.ms) entry.pod = podNamed(this.#pods, ATTACKED_LEDGER);
    entry.endMs = payment.ms + this.#random.integer(6, 60);
    entry.attributes = { 'http.request.method': 'POST', 'http.response.status_code': '201' };
    if (payment.binding === 'ledger_span') entry.attributes['payment.transaction_id'] = payment.id;
    const insert = this.#span(
      'ledger',
      payment.traceId,
      entry.spanId,
      3,
      'INSERT ledger.entries',
      payment.ms - 14,
      12,
    );
    insert.pod = entry.pod;
    insert.attributes = {
      'db.system': 'postgresql',
      'transaction.id': String(this.#random.integer(700_000, 999_999)),
    };
    return entry;
  }

  #payout(payment: StoryPayment, entry: StorySpan): void {
    const start = entry.endMs + this.#random.integer(3, 30);
    const span = this.#span(
      'payout',
      payment.traceId,
      entry.spanId,
      5,
      'payout.enqueue',
      start,
      this.#random.integer(8, 90),
    );
    span.attributes = { 'messaging.system': 'kafka', 'messaging.destination.name': `payout.${payment.rail}` };
    // As the bank's library spells it; UUIDs compare without regard to case.
    if (payment.binding === 'uetr') span.attributes['payment.uetr'] = payment.uetr.toUpperCase();
    if (payment.binding === 'end_to_end_id') span.attributes['payment.end_to_end_id'] = payment.endToEndId;
  }

  #receipt(payment: StoryPayment, root: StorySpan): void {
    const start = root.endMs + this.#random.integer(300, 9_000);
    const span = this.#span(
      'notify',
      payment.traceId,
      root.spanId,
      5,
      'send receipt',
      start,
      this.#random.integer(30, 180),
    );
    span.attributes = {
      'messaging.system': 'kafka',
      'notify.channel': this.#random.pick(['mail', 'push', 'sms']),
    };
  }

  /** Requests that pay nothing: balances, settings, the shop's own probes. */
  browsing(count: number): void {
    for (let n = 0; n < count; n += 1) {
      const ms = this.#random.integer(2_000, END_MS - 2_000);
      const traceId = this.#random.hex(32);
      const root = this.#span(
        'checkout',
        traceId,
        '',
        2,
        'GET /v1/balance',
        ms,
        this.#random.integer(20, 90),
      );
      const read = this.#span(
        'ledger',
        traceId,
        root.spanId,
        2,
        'GET /balances',
        ms + 4,
        this.#random.integer(3, 14),
      );
      read.attributes = { 'http.request.method': 'GET', 'http.response.status_code': '200' };
      const score = this.#random.chance(0.4);
      if (score)
        this.#span('fraud', traceId, root.spanId, 2, 'session.check', ms + 2, this.#random.integer(3, 20));
    }
  }

  /** The SEPA file leaves: one trace that names every payment in it, each on an event of its own. */
  dispatch(payments: readonly StoryPayment[]): void {
    const file = payments.filter(({ states }) =>
      states.some(({ state, ms }) => state === 'sent' && ms === SEPA_FILE.leaves),
    );
    const leaves = SEPA_FILE.leaves - 40;
    const span = this.#span('payout', this.#random.hex(32), '', 3, 'dispatch sepa file', leaves, 900);
    span.events = file.map(({ uetr }, n) => ({
      name: 'added',
      ms: leaves + 5 + n,
      attributes: { 'iso20022.uetr': uetr },
    }));
  }

  #span(
    service: ServiceName,
    traceId: string,
    parentSpanId: string,
    kind: StorySpan['kind'],
    name: string,
    startMs: number,
    durationMs: number,
  ): StorySpan {
    const pod = this.#random.pick(servingPods(this.#pods, service, startMs / 1_000));
    // Microseconds of their own, so that two spans rarely begin at the same instant.
    const start = startMs + this.#random.integer(0, 999) / 1_000;
    const span: StorySpan = {
      pod,
      traceId,
      spanId: this.#random.hex(16),
      parentSpanId,
      name,
      kind,
      startMs: start,
      endMs: start + durationMs,
      attributes: {},
      events: [],
    };
    this.spans.push(span);
    return span;
  }
}
