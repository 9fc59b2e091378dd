/** The traffic of the benchmark as requests: exports of some hundred spans of some pods, alerts, payments, by time. */
import type { InputName } from '../src/model/accounting.ts';
import { ProtobufEncoder } from './span-encoders.ts';
import { Traffic, type BenchSizes } from './traffic.ts';

/** Resources in one export, and spans of each: what a collector's batch holds. */
const PODS_PER_REQUEST = 20;
const SPANS_PER_POD = 25;
/** Alerts and payments between two exports come as one request each. */
export interface BenchRequest {
  input: InputName;
  /** OTLP protobuf; null where the records are JSON. */
  body: Uint8Array | null;
  records: readonly unknown[];
  spans: number;
}

export function* requestsOf(sizes: BenchSizes): Generator<BenchRequest> {
  const traffic = new Traffic(sizes);
  const encoder = new ProtobufEncoder();
  const alerts = [...traffic.alerts()];
  const payments = [...traffic.payments()];
  const exports = Math.ceil(sizes.spans / (PODS_PER_REQUEST * SPANS_PER_POD));
  let held: Buffer[] = [];
  let pieces: Buffer[] = [];
  let sent = 0;
  const share = <T>(items: readonly T[]): T[] =>
    items.slice(
      Math.floor((items.length * sent) / exports),
      Math.floor((items.length * (sent + 1)) / exports),
    );
  for (const span of traffic.spans()) {
    held.push(encoder.span(span));
    if (held.length < SPANS_PER_POD) continue;
    const pod = traffic.pods[(sent * PODS_PER_REQUEST + pieces.length) % traffic.pods.length];
    if (pod === undefined) throw new Error('there are too few pods');
    // Messages of one type put one behind the other are one message with the resources of both.
    pieces.push(withoutLength(encoder.request(pod, held)));
    held = [];
    if (pieces.length < PODS_PER_REQUEST) continue;
    yield {
      input: 'spans',
      body: Buffer.concat(pieces),
      records: [],
      spans: PODS_PER_REQUEST * SPANS_PER_POD,
    };
    const [due, paid] = [share(alerts), share(payments)];
    if (paid.length > 0) yield { input: 'payments', body: null, records: paid, spans: 0 };
    if (due.length > 0) yield { input: 'alerts', body: null, records: due, spans: 0 };
    pieces = [];
    sent += 1;
  }
}

/** The message behind the length that the encoder writes in front, in a buffer of its own. */
export function withoutLength(delimited: Buffer): Buffer {
  let at = 0;
  while ((delimited[at] ?? 0) >= 0x80) at += 1;
  return Buffer.from(delimited.subarray(at + 1));
}
