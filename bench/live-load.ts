/**
 * Load for a running process, made once and sent many times: exports of 500 spans whose ids and times are written anew into
 * the bytes before each sending, so that the generator costs less than what it measures.
 *
 * Every hundredth span carries the id of a payment; payments are records of their own, sent in the same second.
 */
import { randomFillSync } from 'node:crypto';
import { ProtobufEncoder } from './span-encoders.ts';
import { withoutLength } from './live-traffic.ts';
import { Traffic, type BenchPod } from './traffic.ts';

const PODS_PER_EXPORT = 20;
const SPANS_PER_POD = 25;
export const SPANS_PER_EXPORT = PODS_PER_EXPORT * SPANS_PER_POD;
const SPANS_PER_PAYMENT = 100;
const SPANS_PER_TRACE = 5;
const NAME = 'POST /v1/entries';
const ID_DIGITS = 9;
const TRACE_BYTES = 16;
/** From the trace id: itself, tag and length and span id, the name, the kind, the tag of the start. */
const SPAN_ID_AT = TRACE_BYTES + 2;
const START_AT = SPAN_ID_AT + 8 + 2 + NAME.length + 2 + 1;
const END_AT = START_AT + 8 + 1;

interface Template {
  body: Buffer;
  /** Where the trace id of each span stands. */
  spans: number[];
  /** Where the digits of payment ids stand, and in which pod's container that is. */
  payments: { at: number; pod: BenchPod }[];
}

export interface LoadExport {
  body: Buffer;
  /** Payments that its spans carry, and where they passed. */
  payments: { id: string; pod: BenchPod }[];
}

export class Load {
  readonly #templates: Template[];
  #next = 0;
  #payment = 0;
  #trace = 0;
  #span = 0;

  constructor(templates: number) {
    const traffic = new Traffic({ spans: 0, events: 0, payments: 0 });
    const encoder = new ProtobufEncoder();
    this.#templates = Array.from({ length: templates }, (_, at) => templateOf(traffic, encoder, at));
  }

  /** The next export, of spans that end now. The bytes are the template's: send them before asking for the same one again. */
  export(nowMs: number): LoadExport {
    const template = this.#templates[this.#next % this.#templates.length];
    this.#next += 1;
    if (template === undefined) throw new Error('there are no templates');
    const { body, spans } = template;
    const end = BigInt(nowMs) * 1_000_000n;
    for (const [i, at] of spans.entries()) {
      if (i % SPANS_PER_TRACE === 0) this.#trace += 1;
      this.#span += 1;
      // The rest of both ids stays as it is: what matters is that no two are the same.
      body.writeUInt32BE(this.#trace, at);
      body.writeUInt32BE(this.#span, at + SPAN_ID_AT);
      body.writeBigUInt64LE(end - 20_000_000n, at + START_AT);
      body.writeBigUInt64LE(end, at + END_AT);
    }
    const payments = template.payments.map(({ at, pod }) => {
      const digits = String((this.#payment += 1)).padStart(ID_DIGITS, '0');
      body.write(digits, at, 'latin1');
      return { id: `pay_${digits}`, pod };
    });
    return { body, payments };
  }
}

function templateOf(traffic: Traffic, encoder: ProtobufEncoder, number: number): Template {
  const pieces: Buffer[] = [];
  const marks: { trace: Buffer; id: string | null; pod: BenchPod }[] = [];
  for (let piece = 0; piece < PODS_PER_EXPORT; piece += 1) {
    const pod = traffic.pods[(number * PODS_PER_EXPORT + piece) % traffic.pods.length];
    if (pod === undefined) throw new Error('there are too few pods');
    let trace = Buffer.alloc(0);
    const spans = Array.from({ length: SPANS_PER_POD }, (_, i) => {
      if (i % SPANS_PER_TRACE === 0) trace = randomFillSync(Buffer.alloc(TRACE_BYTES));
      const id =
        marks.length % SPANS_PER_PAYMENT === 0
          ? `pay_${String(marks.length).padStart(ID_DIGITS, '#')}`
          : null;
      marks.push({ trace, id, pod });
      return encoder.span(spanOf(trace, id));
    });
    pieces.push(withoutLength(encoder.request(pod, spans)));
  }
  const body = Buffer.concat(pieces);
  const payments = marks.flatMap(({ id, pod }) =>
    id === null ? [] : [{ at: body.indexOf(id) + 'pay_'.length, pod }],
  );
  let from = 0;
  const spans = marks.map(({ trace }) => {
    const at = body.indexOf(trace, from);
    from = at + TRACE_BYTES;
    return at;
  });
  return { body, spans, payments };
}

function spanOf(trace: Buffer, id: string | null) {
  const plain: [string, string][] = [
    ['http.request.method', 'POST'],
    ['http.response.status_code', '201'],
    ['url.path', '/v1/entries'],
    ['url.scheme', 'https'],
    ['server.address', 'ledger.payments.svc.cluster.local'],
    ['http.route', '/v1/entries/{id}'],
    ['client.address', '10.42.7.113'],
    ['user_agent.original', 'okhttp/4.12.0 (payments-gateway)'],
    ['network.protocol.version', '1.1'],
  ];
  const attributes = id === null ? plain : [...plain, ['payment.transaction_id', id] as [string, string]];
  const ids = { traceId: trace.toString('hex'), spanId: '0000000000000000' };
  return { pod: 0, ...ids, name: NAME, startNanos: 0n, endNanos: 0n, attributes };
}
