/**
 * A sender that keeps a running process under load, and knows at any instant what must have been counted: everything it was
 * answered for, and nothing that it has not begun to send.
 *
 * It sends what real senders send: exports of spans, payments, alerts; some of them twice, some broken, some late or from the future.
 */
import { Agent, request } from 'node:http';
import { Load, SPANS_PER_EXPORT } from '../../bench/live-load.ts';

export interface Counts {
  spans: number;
  payments: number;
  alerts: number;
}

export interface Answer {
  status: number;
  text: string;
}

const EXPORTS_PER_SECOND = 20;
const ALERT_EVERY = EXPORTS_PER_SECOND;
const TEMPLATES = 40;
const MINUTE_MS = 60_000;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const isoOf = (ms: number): string => new Date(ms).toISOString();

export class SteadyLoad {
  /** Items of requests that were begun, and of requests that were answered. */
  readonly sent: Counts = { spans: 0, payments: 0, alerts: 0 };
  readonly taken: Counts = { spans: 0, payments: 0, alerts: 0 };
  /** Requests that were told to come again. */
  refused = 0;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 16 });
  readonly #url: string;
  readonly #load = new Load(TEMPLATES);
  #round = 0;

  constructor(url: string) {
    this.#url = url;
  }

  /** Sends at a constant rate until then; falls behind rather than leaving out. */
  async run(untilMs: number): Promise<void> {
    const waiting = new Set<Promise<void>>();
    for (let due = performance.now(); due < untilMs; due += 1_000 / EXPORTS_PER_SECOND) {
      const early = due - performance.now();
      if (early > 0) await pause(early);
      const sending = this.#send().finally(() => waiting.delete(sending));
      waiting.add(sending);
    }
    await Promise.all(waiting);
  }

  close(): void {
    this.#agent.destroy();
  }

  async get(path: string): Promise<Answer> {
    return await this.#request('GET', path, null, '');
  }

  async #send(): Promise<void> {
    const round = (this.#round += 1);
    const { body, payments } = this.#load.export(timeOf(round));
    const spans = Buffer.from(body);
    await this.#post('spans', SPANS_PER_EXPORT, '/v1/traces', spans, 'application/x-protobuf');
    if (round % 50 === 0)
      await this.#post('spans', SPANS_PER_EXPORT, '/v1/traces', spans, 'application/x-protobuf');
    const lines = payments.map(({ id }) => JSON.stringify(paymentOf(id)));
    // One that cannot be read is counted as a record that became a dead letter.
    if (round % 7 === 0) lines.push('{"id": "pay_broken", "amount":');
    await this.#post('payments', lines.length, '/intake/payments', jsonLines(lines), 'application/x-ndjson');
    const [passed] = payments;
    if (round % ALERT_EVERY !== 0 || passed === undefined) return;
    const alert = jsonLines([JSON.stringify(alertOf(passed.pod, round))]);
    await this.#post('alerts', 1, '/intake/falco', alert, 'application/x-ndjson');
  }

  /** Sends until it is taken. */
  async #post(input: keyof Counts, items: number, path: string, body: Buffer, type: string): Promise<void> {
    this.sent[input] += items;
    for (;;) {
      const { status } = await this.#request('POST', path, body, type);
      if (status === 200 || status === 202) break;
      if (status !== 429 && status !== 503) throw new Error(`${path} answered ${status}`);
      this.refused += 1;
      await pause(200);
    }
    this.taken[input] += items;
  }

  #request(method: string, path: string, body: Buffer | null, type: string): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const headers = type === '' ? {} : { 'content-type': type };
      const sending = request(new URL(path, this.#url), { agent: this.#agent, method, headers }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () =>
          resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString() }),
        );
      });
      sending.on('error', reject);
      sending.end(body ?? undefined);
    });
  }
}

/** Most spans are of now; some come late, some too late, some have a clock that is far ahead. */
function timeOf(round: number): number {
  if (round % 29 === 0) return Date.now() - MINUTE_MS / 10;
  if (round % 31 === 0) return Date.now() - MINUTE_MS;
  return round % 37 === 0 ? Date.now() + 10 * MINUTE_MS : Date.now();
}

function paymentOf(id: string): object {
  const now = Date.now();
  const attributes = { capture_at: isoOf(now + 60 * MINUTE_MS) };
  return {
    id,
    time: isoOf(now),
    rail: 'card',
    state: 'authorized',
    amount: '12.34',
    currency: 'EUR',
    attributes,
  };
}

function alertOf(pod: { containerId: string; name: string; namespace: string }, round: number): object {
  return {
    uuid: `load-${round}`,
    rule: 'Terminal shell in container',
    priority: 'Notice',
    source: 'syscall',
    output: 'A shell was spawned in a container',
    time: isoOf(Date.now()),
    output_fields: {
      'container.id': pod.containerId.slice(0, 12),
      'k8s.ns.name': pod.namespace,
      'k8s.pod.name': pod.name,
      'proc.cmdline': `sh -c ${round}`,
    },
  };
}

function jsonLines(lines: readonly string[]): Buffer {
  return Buffer.from(lines.map((line) => `${line}\n`).join(''));
}
