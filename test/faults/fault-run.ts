/**
 * One deployment on real servers that things happen to while records are produced, until everything is final; and what it came to, held
 * against the batch lane. A worker that dies is started again on its folder, as a supervisor does.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Redis } from 'ioredis';
import { expect } from 'vitest';
import { accountingErrors, type Accounting, type InputName } from '../../src/model/accounting.ts';
import {
  openFaultProxy,
  type FaultProxy,
  type Faults,
  type ProxiedRequest,
} from '../adapters/elasticsearch/fault-proxy.ts';
import {
  Deployment,
  type DeploymentProducer,
  type DeploymentSettings,
  type Documents,
  type Servers,
} from '../e2e/deployment.ts';
import type { PrivateServer } from '../servers/servers.ts';
import { feedOf } from './feed.ts';
import { planText, type Fault, type FaultPlan, type ServerName, type WorkerName } from './fault-plan.ts';
import type { Expected, World } from './records.ts';
import { faultsOf } from './sink-faults.ts';
import { Supervised } from './supervised.ts';

export interface RunSettings extends Pick<DeploymentSettings, 'partitions' | 'replication'> {
  /** Processes of the span workers; half as many of the others. */
  workers?: number;
}

export type OwnServers = Record<ServerName, PrivateServer>;

/** Everything is produced and no fault lasts; then so long at most. */
const FINISH_MS = 90_000;
const STOP_MS = 20_000;
const STORM = 3;
const KILL_AFTER_MS = 50;
const PROBE_MS = 1_000;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export class FaultRun {
  readonly #count: number;
  readonly #servers: OwnServers;
  readonly #world: World;
  readonly #plan: FaultPlan;
  readonly #deployment: Deployment;
  readonly #proxy: FaultProxy;
  readonly #workers: Record<WorkerName, Supervised[]> = { spans: [], records: [], incidents: [] };
  readonly #under: Promise<void>[] = [];
  readonly #produced: Record<InputName, number> = { audit: 0, alerts: 0, events: 0, spans: 0, payments: 0 };

  private constructor(
    servers: OwnServers,
    world: World,
    plan: FaultPlan,
    deployment: Deployment,
    proxy: FaultProxy,
    { workers = 2 }: RunSettings,
  ) {
    this.#count = workers;
    this.#servers = servers;
    this.#world = world;
    this.#plan = plan;
    this.#deployment = deployment;
    this.#proxy = proxy;
  }

  static async open(
    servers: OwnServers,
    world: World,
    plan: FaultPlan,
    settings: RunSettings = {},
  ): Promise<FaultRun> {
    const proxy = await openFaultProxy(servers.elasticsearch.address.url);
    const deployment = await Deployment.open(addressesOf(servers), {
      sessionTimeout: '3s',
      elasticUrl: proxy.url,
      ...settings,
      options: world.cluster === null ? {} : { cluster: world.cluster },
    });
    return new FaultRun(servers, world, plan, deployment, proxy, settings);
  }

  /**
   * All of it. What fails says what was done to whom, and what they said.
   * @param repeat a command that does the same again
   */
  async through(expected: Expected, repeat: string): Promise<void> {
    try {
      await this.#live();
      await this.#check(expected);
      if (process.env['DBG']) writeFileSync(`/tmp/faults-dbg-${this.#plan.seed}.txt`, this.#text());
    } catch (cause) {
      throw new Error(`${this.#text()}\n\nagain: ${repeat}\n\n${String(cause)}`, { cause });
    } finally {
      await this.#close();
    }
  }

  /** Lives through the plan, and until everything is final. */
  async #live(): Promise<void> {
    this.#start();
    const producer = await this.#deployment.producer();
    try {
      await Promise.all(this.#all().map((worker) => worker.up()));
      for (const step of this.#plan.steps) {
        if (step.kind === 'wait') await pause(step.ms);
        else if (step.kind === 'produce') await this.#produce(producer, step.input, step.from, step.to);
        else this.#under.push(this.#inflict(step.fault));
        await this.#probe();
      }
      await Promise.all(this.#under);
    } finally {
      await producer.close();
    }
    await within(FINISH_MS, 'everything is final', this.#incidents.done);
  }

  get #incidents(): Supervised {
    const [incidents] = this.#workers.incidents;
    if (incidents === undefined) throw new Error('it was not started');
    return incidents;
  }

  #all(): Supervised[] {
    return Object.values(this.#workers).flat();
  }

  #start(): void {
    const ends = join(this.#deployment.folder, 'ends.json');
    writeFileSync(ends, JSON.stringify(this.#ends()));
    const start = (roles: string): Supervised =>
      new Supervised(roles, () => this.#deployment.start(roles, { bounded: true, untilOffsets: ends }));
    this.#workers.incidents.push(start('incidents'));
    for (let at = 0; at < this.#count; at += 1) this.#workers.spans.push(start('spans'));
    for (let at = 0; at < this.#count; at += 2) this.#workers.records.push(start('events,payments'));
    this.#starter = start;
  }

  #starter: (roles: string) => Supervised = () => {
    throw new Error('it was not started');
  };

  /** How many records there will be, in each partition. */
  #ends(): Record<string, number[]> {
    return Object.fromEntries(
      Object.entries(this.#plan.partitionOf).map(([input, partitions]) => [
        this.#deployment.topic(input as InputName),
        Array.from(
          { length: this.#deployment.partitions },
          (_, at) => partitions.filter((each) => each === at).length,
        ),
      ]),
    );
  }

  async #produce(producer: DeploymentProducer, input: InputName, from: number, to: number): Promise<void> {
    const records = this.#world.records[input].slice(from, to).map((value, at) => ({
      value,
      partition: this.#plan.partitionOf[input][from + at] ?? 0,
    }));
    this.#produced[input] += records.length;
    await producer.send(input, records);
  }

  async #inflict(fault: Fault): Promise<void> {
    switch (fault.does) {
      case 'kill':
        this.#pick(fault.worker)?.kill();
        return;
      case 'kill while writing':
        this.#proxy.faults = (request) => this.#dieWriting(request);
        return;
      case 'restart':
        return this.#pick(fault.worker)?.restart();
      case 'pause':
        return this.#pick(fault.worker)?.pause(fault.ms);
      case 'join':
        this.#workers.spans.push(this.#starter('spans'));
        return;
      case 'leave':
        return this.#leave();
      case 'storm':
        return this.#storm();
      case 'crash':
        await this.#servers[fault.server].kill(fault.node);
        return this.#servers[fault.server].restart();
      case 'freeze':
        await this.#servers[fault.server].pause();
        await pause(fault.ms);
        return this.#servers[fault.server].resume();
      case 'flush':
        return this.#flush();
      case 'answer':
        this.#proxy.faults = faultsOf(fault.with);
        await pause(fault.ms);
        this.#proxy.faults = () => null;
        this.#proxy.release();
    }
  }

  /** Once: the server has the documents, and who gave them dies without an answer. */
  #dieWriting({ path }: ProxiedRequest): ReturnType<Faults> {
    if (!path.startsWith('/_bulk')) return null;
    this.#proxy.faults = () => null;
    setTimeout(() => this.#incidents.kill(), KILL_AFTER_MS);
    return { kind: 'lose' };
  }

  /** The one that has lived longest without anything. */
  #pick(worker: WorkerName): Supervised | undefined {
    return this.#workers[worker].toSorted((a, b) => a.lives.length - b.lives.length)[0];
  }

  /** One of several span workers goes, and nobody follows. */
  async #leave(): Promise<void> {
    if (this.#workers.spans.length < 2) return;
    const gone = this.#workers.spans.pop();
    if (gone !== undefined) this.#gone.push(gone);
    await gone?.stop();
  }

  readonly #gone: Supervised[] = [];

  /** Workers come and go, faster than they can be shared out. */
  async #storm(): Promise<void> {
    const guests = Array.from({ length: STORM }, () => this.#starter('spans'));
    for (const guest of guests) {
      await guest.up();
      await pause(100);
      guest.kill();
    }
    for (const guest of guests) {
      await guest.up();
      await guest.stop();
    }
  }

  async #flush(): Promise<void> {
    const redis = new Redis(this.#servers.redis.address.url, { retryStrategy: null, commandTimeout: 10_000 });
    redis.on('error', () => undefined);
    try {
      await redis.flushall();
    } catch {
      // It is down: then it has lost everything already.
    } finally {
      redis.disconnect();
    }
  }

  /** At any instant the accounts add up, and nothing is counted that was not produced. */
  async #probe(): Promise<void> {
    const accounting = await this.#accountingNow();
    if (accounting === null) return;
    expect(accountingErrors(accounting)).toEqual([]);
    for (const [input, { records }] of Object.entries(accounting.inputs))
      expect(records, input).toBeLessThanOrEqual(this.#produced[input as InputName]);
  }

  /** Null: it is not there to be asked. */
  async #accountingNow(): Promise<Accounting | null> {
    const { current } = this.#incidents;
    if (current === undefined) return null;
    try {
      const signal = AbortSignal.timeout(PROBE_MS);
      const answer = await fetch(`${current.url}/api/v1/accounting`, { signal });
      return answer.ok ? ((await answer.json()) as Accounting) : null;
    } catch {
      return null;
    }
  }

  /** Says what is lost, double or wrong. */
  async #check({ documents, accounting }: Expected): Promise<void> {
    const found = this.#accountingAtLast();
    expect(accountingErrors(found)).toEqual([]);
    expect(countsOf(found)).toEqual(countsOf(accounting));
    const refused = this.#refused();
    const left = without(await this.#deployment.documents(), refused);
    expect(left).toEqual(without(documents as Documents, refused));
    const feed = await feedOf(this.#servers.kafka.address.nodes, `${this.#deployment.namespace}.incidents`);
    for (const incident of left.incidents as { incident: { id: string } }[])
      expect(feed.get(incident.incident.id), 'the feed').toEqual(incident);
    const statuses = await within(STOP_MS, 'all workers stop', this.#stopAll());
    expect(statuses.filter((status) => status !== 0)).toEqual([]);
  }

  /** What the process has left on its disk. */
  #accountingAtLast(): Accounting {
    const file = join(this.#deployment.dataOf('incidents'), 'index.sqlite');
    const db = new DatabaseSync(file, { readOnly: true });
    const row = db.prepare('SELECT body FROM progress').get();
    db.close();
    return (JSON.parse(String(row?.['body'])) as { accounting: Accounting }).accounting;
  }

  /** Documents that the server would not take: they were named, and counted. */
  #refused(): ReadonlySet<string> {
    const lines = this.#incidents.log.filter((line) => line['event.action'] === 'document-refused');
    return new Set(lines.map(({ message }) => /\w+_\w{26}/.exec(String(message))?.[0] ?? ''));
  }

  async #stopAll(): Promise<(number | null)[]> {
    const stopped = [...this.#workers.spans, ...this.#workers.records].map((worker) => worker.stop());
    return await Promise.all(stopped);
  }

  /** What was done, and what the workers said of it. */
  #text(): string {
    const logs = [...this.#all(), ...this.#gone].flatMap(({ name, lives, failedStarts }) => [
      `${name}: ${lives.length} lives, ${failedStarts} failed starts`,
      ...lives.flatMap(({ log }, life) => log.slice(-40).map((line) => `  ${life}: ${JSON.stringify(line)}`)),
    ]);
    return `${this.#world.name}, ${planText(this.#plan)}\n${logs.join('\n')}`;
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#all(), ...this.#gone].map((worker) => worker.end()));
    await this.#proxy.close();
    await this.#deployment.close();
  }
}

export function addressesOf({ kafka, redis, elasticsearch }: OwnServers): Servers {
  return { kafka: kafka.address, redis: redis.address, elasticsearch: elasticsearch.address };
}

/** Of items that came twice or late, the lanes count what each sees. */
function countsOf({ inputs }: Accounting): object {
  return Object.fromEntries(
    Object.entries(inputs)
      .filter(([, { records }]) => records > 0)
      .map(([name, { records, decoded, ignored, dead_lettered: dead, items }]) => [
        name,
        { records, decoded, ignored, dead, accepted: items.accepted, refused: items.refused },
      ])
      .toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1)),
  );
}

function without(documents: Documents, ids: ReadonlySet<string>): Documents {
  const kept = (all: object[]): object[] => all.filter((each) => !ids.has(idOf(each)));
  const { events, links, payments, incidents } = documents;
  return { events: kept(events), links: kept(links), payments: kept(payments), incidents: kept(incidents) };
}

/** Links name their event, payment and incident too, so they come first. */
function idOf(document: object): string {
  const { link, incident, payment, event } = document as Partial<
    Record<'link' | 'incident' | 'payment' | 'event', { id: string }>
  >;
  return (link ?? (payment === undefined ? (incident ?? event) : payment))?.id ?? '';
}

async function within<T>(ms: number, what: string, promise: Promise<T>): Promise<T> {
  const timer = new AbortController();
  const late = pause(ms).then(() => {
    if (!timer.signal.aborted) throw new Error(`not within ${ms} ms: ${what}`);
    return promise;
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    timer.abort();
    late.catch(() => undefined);
  }
}
