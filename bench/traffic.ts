/**
 * The company of the benchmark: an hour of traffic over 2,000 pods of 400 services. Traces have five spans on five
 * pods; every so many of them is the trace of a payment, whose id one of the spans carries.
 */
import { SeededRandom } from '../tools/seeded-random.ts';

export interface BenchSizes {
  spans: number;
  events: number;
  payments: number;
  /** When it begins, and for how long it goes on, in milliseconds; an hour of March 2026 where it is not given. */
  startMs?: number;
  lengthMs?: number;
}

export interface BenchPod {
  namespace: string;
  name: string;
  uid: string;
  containerId: string;
  container: string;
  attributes: (readonly [string, string])[];
}

export interface BenchSpan {
  pod: number;
  traceId: string;
  spanId: string;
  name: string;
  startNanos: bigint;
  endNanos: bigint;
  attributes: (readonly [string, string])[];
}

const PODS = 2_000;
/** Five pods each. Links by workload grow with the square of it. */
const SERVICES = 400;
const SPANS_PER_TRACE = 5;
/** 2026-03-10T14:00:00Z and an hour, in milliseconds. */
const START_MS = Date.UTC(2026, 2, 10, 14);
const LENGTH_MS = 3_600_000;
const SEED = 20_260_310;

/** Attributes that a span has whether or not it is about a payment. */
const PLAIN = [
  ['http.request.method', 'POST'],
  ['http.response.status_code', '201'],
  ['url.path', '/v1/entries'],
] as const;

export class Traffic {
  readonly pods: readonly BenchPod[];
  readonly #sizes: BenchSizes;
  readonly #startMs: number;
  readonly #lengthMs: number;

  constructor(sizes: BenchSizes) {
    this.#sizes = sizes;
    this.#startMs = sizes.startMs ?? START_MS;
    this.#lengthMs = sizes.lengthMs ?? LENGTH_MS;
    const random = new SeededRandom(SEED).fork('pods');
    this.pods = Array.from({ length: PODS }, (_, index) => podOf(index, random));
  }

  /** All spans, roughly by time. */
  *spans(): Generator<BenchSpan> {
    const random = new SeededRandom(SEED).fork('spans');
    const traces = Math.ceil(this.#sizes.spans / SPANS_PER_TRACE);
    const every = Math.max(1, Math.floor(traces / Math.max(1, this.#sizes.payments)));
    let left = this.#sizes.spans;
    for (let trace = 0; trace < traces; trace += 1) {
      const traceId = random.hex(32);
      const startMs = this.#startMs + Math.floor((trace / traces) * this.#lengthMs);
      const payment = trace % every === 0 ? trace / every : this.#sizes.payments;
      for (let hop = 0; hop < SPANS_PER_TRACE && left > 0; hop += 1, left -= 1) {
        const startNanos = (BigInt(startMs + hop * 8) * 1_000n + BigInt(random.integer(0, 999))) * 1_000n;
        const names = hop === 2 && payment < this.#sizes.payments;
        yield {
          pod: random.integer(0, PODS - 1),
          traceId,
          spanId: random.hex(16),
          name: 'POST /v1/entries',
          startNanos,
          endNanos: startNanos + BigInt(random.integer(2_000_000, 60_000_000)),
          attributes: names ? [...PLAIN, ['payment.transaction_id', paymentId(payment)]] : [...PLAIN],
        };
      }
    }
  }

  /** Falco alerts, each in a container of its own while there are enough of them. */
  *alerts(): Generator {
    const random = new SeededRandom(SEED).fork('alerts');
    for (let index = 0; index < this.#sizes.events; index += 1) {
      const pod = this.pods[(index * 7) % PODS];
      if (pod === undefined) continue;
      const time = new Date(
        this.#startMs + random.integer(this.#lengthMs / 60, (this.#lengthMs * 59) / 60),
      ).toISOString();
      yield {
        uuid: random.uuid(),
        output: 'A shell was spawned in a container with an attached terminal',
        priority: 'Notice',
        rule: 'Terminal shell in container',
        source: 'syscall',
        tags: ['mitre_execution', 'T1059'],
        time: `${time.slice(0, -1)}000000Z`,
        hostname: 'node',
        output_fields: {
          'container.id': pod.containerId.slice(0, 12),
          'k8s.ns.name': pod.namespace,
          'k8s.pod.name': pod.name,
          'proc.cmdline': `sh -c "run ${index}"`,
        },
      };
    }
  }

  /** Payment records: every payment once, every fourth a second time in its next state. */
  *payments(): Generator {
    const random = new SeededRandom(SEED).fork('payments');
    for (let index = 0; index < this.#sizes.payments; index += 1) {
      const ms = this.#startMs + Math.floor((index / this.#sizes.payments) * this.#lengthMs);
      const captureAt = new Date(this.#startMs + 2 * this.#lengthMs).toISOString();
      yield {
        id: paymentId(index),
        ids: [{ type: 'order_id', value: `ord-${random.hex(12)}` }],
        time: new Date(ms).toISOString(),
        rail: 'card',
        state: 'authorized',
        amount: `${random.integer(1, 900)}.${String(random.integer(0, 99)).padStart(2, '0')}`,
        currency: 'EUR',
        customer: { id: `cus_${random.integer(1, 20_000)}` },
        attributes: { capture_at: captureAt },
      };
      if (index % 4 === 0) {
        const time = new Date(ms + 30_000).toISOString();
        yield { id: paymentId(index), time, rail: 'card', state: 'captured' };
      }
    }
  }
}

function paymentId(index: number): string {
  return `pay_${index.toString(36).padStart(6, '0')}`;
}

function podOf(index: number, random: SeededRandom): BenchPod {
  const service = `service-${String(index % SERVICES).padStart(3, '0')}`;
  const namespace = `team-${String(index % 8)}`;
  const name = `${service}-${random.hex(9)}-${random.hex(5)}`;
  const uid = random.uuid();
  const containerId = random.hex(64);
  const attributes = [
    ['service.name', service],
    ['service.namespace', namespace],
    ['k8s.cluster.name', 'bench'],
    ['k8s.namespace.name', namespace],
    ['k8s.deployment.name', service],
    ['k8s.pod.name', name],
    ['k8s.pod.uid', uid],
    ['k8s.container.name', 'app'],
    ['k8s.node.name', `node-${String(index % 50)}`],
    ['container.id', containerId],
  ] as const;
  return { namespace, name, uid, containerId, container: 'app', attributes: [...attributes] };
}
