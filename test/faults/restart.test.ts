/**
 * Goal: a worker that starts again does its work as soon as it runs, however much the window holds: there is no phase in which it
 * restores anything [K7]. Method: minutes of spans in the shared window, then each worker is stopped and started; measured is from the start
 * of the process to what it was needed for.
 */
import { describe, expect, test } from 'vitest';
import { Load, SPANS_PER_EXPORT } from '../../bench/live-load.ts';
import { Deployment, realServers, type DeploymentProducer } from '../e2e/deployment.ts';
import { until, type LiveProcess } from '../e2e/live-process.ts';

const EXPORTS = 400;
const TEMPLATES = 40;
const STARTS = 3;
const USEFUL_MS = 3_000;
/** Of a start with an empty window on the same machine, which may be busy: so much longer is the same. */
const SLACK = 1.5;

const servers = await realServers();

class Case {
  readonly #deployment: Deployment;
  readonly #producer: DeploymentProducer;
  readonly #url: string;
  readonly #load = new Load(TEMPLATES);
  #alerts = 0;
  #exports = 0;

  constructor(deployment: Deployment, producer: DeploymentProducer, url: string) {
    this.#deployment = deployment;
    this.#producer = producer;
    this.#url = url;
  }

  async spans(exports: number): Promise<void> {
    for (let at = 0; at < exports; at += 1) {
      this.#exports += 1;
      const value = Buffer.from(this.#load.export(Date.now()).body);
      await this.#producer.send('spans', [{ value, partition: at % this.#deployment.partitions }]);
    }
  }

  /** From the start of the process until the alert that waits for it is a document. */
  async incidents(): Promise<{ live: LiveProcess; ms: number }> {
    await this.#alert();
    const from = performance.now();
    const live = await this.#deployment.start('incidents');
    await until(async () => ((await this.#events()) === this.#alerts ? true : undefined));
    return { live, ms: performance.now() - from };
  }

  /** From the start of the process until the spans that wait for it are in the window. */
  async workers(): Promise<{ live: LiveProcess; ms: number }> {
    await this.spans(1);
    const from = performance.now();
    const live = await this.#deployment.start('spans');
    await until(async () => ((await spansWritten(live)) >= SPANS_PER_EXPORT ? true : undefined));
    return { live, ms: performance.now() - from };
  }

  async #alert(): Promise<void> {
    this.#alerts += 1;
    const value = JSON.stringify({
      uuid: `alert-${this.#alerts}`,
      rule: `Rule ${this.#alerts}`,
      priority: 'Notice',
      source: 'syscall',
      output: 'A shell was spawned in a container',
      time: new Date().toISOString(),
      output_fields: { 'k8s.ns.name': 'payments', 'k8s.pod.name': 'ledger-0' },
    });
    await this.#producer.send('alerts', [{ value, partition: 0 }]);
  }

  async #events(): Promise<number> {
    const index = `${this.#url}/${this.#deployment.namespace}-events-*`;
    await fetch(`${index}/_refresh`, { method: 'POST' });
    const answer = (await (await fetch(`${index}/_count`)).json()) as { count?: number };
    return answer.count ?? 0;
  }
}

async function spansWritten({ url }: LiveProcess): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^counterfoil_spans_written_total (\d+)/m.exec(text)?.[1] ?? 0);
}

/** The quickest of some: the machine may be busy with others. */
async function quickest(
  start: () => Promise<{ live: LiveProcess; ms: number }>,
  end: NodeJS.Signals,
): Promise<{ live: LiveProcess; ms: number }> {
  let best = await start();
  for (let at = 1; at < STARTS; at += 1) {
    await best.live.stop(end);
    const next = await start();
    best = { live: next.live, ms: Math.min(next.ms, best.ms) };
  }
  return best;
}

describe.skipIf(servers === null)('a restart', () => {
  if (servers === null) return;

  test('[K7] is at work at once with a full window', { timeout: 240_000 }, async () => {
    const deployment = await Deployment.open(servers, { options: { cluster: 'prod-eu' } });
    const producer = await deployment.producer();
    try {
      const work = new Case(deployment, producer, servers.elasticsearch.url);
      await deployment.start('events');
      const [spans, incidents] = [await work.workers(), await work.incidents()];
      await work.spans(EXPORTS);
      const all = EXPORTS * SPANS_PER_EXPORT;
      await until(async () => ((await spansWritten(spans.live)) >= all ? true : undefined), 120_000);
      await spans.live.stop();
      await incidents.live.stop('SIGKILL');
      const [again, anew] = [
        await quickest(() => work.workers(), 'SIGTERM'),
        await quickest(() => work.incidents(), 'SIGKILL'),
      ];
      console.log(spans.ms, incidents.ms, again.ms, anew.ms);
      expect(again.ms).toBeLessThan(Math.max(USEFUL_MS, SLACK * spans.ms));
      expect(anew.ms).toBeLessThan(Math.max(USEFUL_MS, SLACK * incidents.ms));
    } finally {
      await producer.close();
      await deployment.close();
    }
  });
});
