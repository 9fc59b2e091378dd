/**
 * One deployment on real servers that things happen to while records are produced, until everything is final; and what it came to, held
 * against the batch lane. A worker that dies is started again on its folder, as a supervisor does.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import type { Accounting, InputName } from '../../src/model/accounting.ts';
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
  type Servers,
} from '../e2e/deployment.ts';
import type { PrivateServer } from '../servers/servers.ts';
import { accountingIn, wrongAccounts, wrongCounts, wrongDocuments, wrongFeed } from './fault-check.ts';
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
  /** That have left for good. */
  readonly #gone: Supervised[] = [];
  readonly #under: Promise<void>[] = [];
  readonly #wrong: string[] = [];
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
   * All of it.
   * @param repeat a command that does the same again
   * @returns what is wrong, with what was done to whom and what they said; '' where nothing is
   */
  async through(expected: Expected, repeat: string): Promise<string> {
    try {
      await this.#live();
      await this.#check(expected);
    } catch (error) {
      this.#wrong.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
    } finally {
      await this.#close();
    }
    const wrong = [...new Set(this.#wrong)];
    return wrong.length === 0 ? '' : `${wrong.join('\n')}\n\nagain: ${repeat}\n\n${this.#text()}`;
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
    writeFileSync(this.#endsFile, JSON.stringify(this.#ends()));
    this.#workers.incidents.push(this.#worker('incidents'));
    for (let at = 0; at < this.#count; at += 1) this.#workers.spans.push(this.#worker('spans'));
    for (let at = 0; at < this.#count; at += 2) this.#workers.records.push(this.#worker('events,payments'));
  }

  #worker(roles: string): Supervised {
    const settings = { bounded: true, untilOffsets: this.#endsFile };
    return new Supervised(roles, () => this.#deployment.start(roles, settings));
  }

  get #endsFile(): string {
    return join(this.#deployment.folder, 'ends.json');
  }

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
        this.#workers.spans.push(this.#worker('spans'));
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

  /** Workers come and go, faster than they can be shared out. */
  async #storm(): Promise<void> {
    const guests = Array.from({ length: STORM }, () => this.#worker('spans'));
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

  /** At any instant. */
  async #probe(): Promise<void> {
    const accounting = await this.#accountingNow();
    if (accounting !== null) this.#wrong.push(...wrongAccounts(accounting, this.#produced));
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

  /** What is lost, double or wrong. */
  async #check(expected: Expected): Promise<void> {
    const refused = this.#refused();
    const found = await this.#deployment.documents();
    const feed = await feedOf(this.#servers.kafka.address.nodes, `${this.#deployment.namespace}.incidents`);
    const accounting = accountingIn(this.#deployment.dataOf('incidents'));
    this.#wrong.push(
      ...wrongCounts(accounting, expected.accounting),
      ...wrongDocuments(found, expected, refused),
      ...wrongFeed(feed, found, refused),
    );
    for (const status of await within(STOP_MS, 'all workers stop', this.#stopAll()))
      if (status !== 0) this.#wrong.push(`a worker that was asked to stop has ended with ${status}`);
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
      `${name}: ${lives.length} lives, ${failedStarts.length} failed starts`,
      ...failedStarts.map((why) => `  not started: ${why.slice(-400)}`),
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
