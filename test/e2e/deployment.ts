/**
 * Counterfoil on real servers as it is deployed: a process for each worker, records produced to topics, documents read out of
 * Elasticsearch. Everything has names of its own, so that several may share the servers; only processes that were started here are
 * ever stopped or killed.
 */
import { randomBytes } from 'node:crypto';
import { chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kafka, logLevel, Partitioners } from 'kafkajs';
import { parse, stringify } from 'yaml';
import type { InputName } from '../../src/model/accounting.ts';
import { runCli, type Program } from '../cli/run-cli.ts';
import { serverFor, type ServerAddress } from '../servers/servers.ts';
import { startLive, until, type LiveProcess } from './live-process.ts';

export interface Servers {
  kafka: ServerAddress;
  redis: ServerAddress;
  elasticsearch: ServerAddress;
}

/** Null where one of them cannot be had. */
export async function realServers(): Promise<Servers | null> {
  const [kafka, redis, elasticsearch] = [
    await serverFor('kafka'),
    await serverFor('redis'),
    await serverFor('elasticsearch'),
  ];
  return kafka === null || redis === null || elasticsearch === null ? null : { kafka, redis, elasticsearch };
}

const INPUTS: readonly InputName[] = ['audit', 'alerts', 'events', 'spans', 'payments'];
const KINDS = ['events-*', 'links-*', 'payments', 'incidents'] as const;
const PAGE = 10_000;
/** Of card numbers, the same for all. */
const KEY = '00'.repeat(32);

export interface DeploymentSettings {
  partitions?: number;
  /** Further options. */
  options?: Record<string, unknown>;
  /** Where Elasticsearch is believed to be, when it is not where it is: a way with faults. */
  elasticUrl?: string;
  /** A file whose settings are these too, but for how servers are reached and what is named on them. */
  pipeline?: string;
  /** Runs the workers; default: the sources. */
  program?: Program;
  /** After so long a worker that says nothing has lost its partitions. */
  sessionTimeout?: string;
  /** Of our own topics, and of the inputs. */
  replication?: number;
}

export interface StartSettings {
  bounded?: boolean;
  /** Of the incidents worker; its own folder, unless another is named. */
  data?: string;
  /** A file: where a bounded run ends. */
  untilOffsets?: string;
  /** Further flags. */
  more?: readonly string[];
}

/** Appends records, each where it is to go. */
export interface DeploymentProducer {
  send(input: InputName, records: readonly { value: string | Buffer; partition: number }[]): Promise<void>;
  close(): Promise<void>;
}

/** How somebody logs in, which servers of a test do not ask for. */
const LOGIN = ['sasl', 'username', 'password_file'];

export type Documents = Record<'events' | 'links' | 'payments' | 'incidents', object[]>;

export class Deployment {
  readonly namespace = `t${randomBytes(4).toString('hex')}`;
  readonly processes: LiveProcess[] = [];
  readonly folder = mkdtempSync(join(tmpdir(), 'counterfoil-deployment-'));
  readonly #servers: Servers;
  readonly #partitions: number;
  readonly #program: Program | undefined;

  private constructor(servers: Servers, partitions: number, program: Program | undefined) {
    this.#servers = servers;
    this.#partitions = partitions;
    this.#program = program;
    if (program?.uid !== undefined) chownSync(this.folder, program.uid, program.uid);
  }

  get partitions(): number {
    return this.#partitions;
  }

  /** Sets up topics and templates. */
  static async open(servers: Servers, settings: DeploymentSettings = {}): Promise<Deployment> {
    const { partitions = 3, program } = settings;
    const deployment = new Deployment(servers, partitions, program);
    deployment.#configure(settings);
    const { status, stderr } = await runCli(
      ['setup', '-c', deployment.config],
      program === undefined ? {} : { program },
    );
    if (status !== 0) throw new Error(stderr);
    return deployment;
  }

  get config(): string {
    return join(this.folder, 'counterfoil.yaml');
  }

  topic(input: InputName): string {
    return `${this.namespace}.${input}`;
  }

  #configure(settings: DeploymentSettings): void {
    const { options = {}, sessionTimeout = '6s', replication = 1, elasticUrl, pipeline } = settings;
    const { kafka, redis, elasticsearch } = this.#servers;
    const topics = Object.fromEntries(INPUTS.map((input) => [input, [this.topic(input)]]));
    const base = pipeline === undefined ? {} : (parse(readFileSync(pipeline, 'utf8')) as Sections);
    const config = {
      ...base,
      namespace: this.namespace,
      kafka: {
        ...withoutLogin(base['kafka']),
        brokers: kafka.nodes,
        replication,
        partitions: this.#partitions,
        session_timeout: sessionTimeout,
        topics: {
          ...topics,
          links: `${this.namespace}.links`,
          incidents: `${this.namespace}.incidents`,
          dead_letters: `${this.namespace}.dead-letters`,
        },
      },
      redis: {
        ...withoutLogin(base['redis']),
        nodes: redis.nodes,
        cluster: redis.kind === 'redis-cluster',
      },
      elasticsearch: {
        ...withoutLogin(base['elasticsearch']),
        nodes: [elasticUrl ?? elasticsearch.url],
      },
      ...options,
    };
    mkdirSync(this.folder, { recursive: true });
    writeFileSync(this.config, stringify(config));
  }

  /** Starts one process. */
  async start(
    roles: string,
    { bounded = false, data = 'incidents', untilOffsets, more = [] }: StartSettings = {},
  ): Promise<LiveProcess> {
    const folder = this.dataOf(roles, data);
    const until = untilOffsets === undefined ? [] : ['--until-offsets', untilOffsets];
    const ends = bounded ? ['--bounded', ...until] : [];
    const args = ['-c', this.config, '--role', roles, '--data', folder, ...ends, ...more];
    const process = await startLive(args, false, { COUNTERFOIL_REDACTION_KEY: KEY }, this.#program);
    this.processes.push(process);
    return process;
  }

  dataOf(roles: string, data = 'incidents'): string {
    return join(this.folder, roles.includes('incidents') ? data : roles);
  }

  /** Idempotent, and patient with brokers that are away. */
  async producer(): Promise<DeploymentProducer> {
    const { nodes } = this.#servers.kafka;
    const retry = { initialRetryTime: 100, maxRetryTime: 1_000, retries: 60 };
    const kafka = new Kafka({ brokers: [...nodes], logLevel: logLevel.NOTHING, retry });
    const producer = kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      createPartitioner: Partitioners.DefaultPartitioner,
      retry,
    });
    await producer.connect();
    return {
      send: async (input, records) => {
        // The driver loses records of several partitions when one of them moves.
        for (const share of Map.groupBy(records, ({ partition }) => partition).values())
          for (let at = 0; at < share.length; at += 500)
            await producer.send({ topic: this.topic(input), messages: share.slice(at, at + 500) });
      },
      close: () => producer.disconnect(),
    };
  }

  /** Records as they are, spread over the partitions of an input's topic. */
  async produce(input: InputName, values: readonly string[]): Promise<void> {
    const producer = await this.producer();
    try {
      const records = values.map((value, at) => ({ value, partition: at % this.#partitions }));
      await producer.send(input, records);
    } finally {
      await producer.close();
    }
  }

  /** What Elasticsearch has, in order of id, without `meta`; links that hold. */
  async documents(): Promise<Documents> {
    const { events, links, payments, incidents } = await this.wholeDocuments();
    const live = links.filter(isLive);
    return {
      events: events.map(bare),
      links: live.map(bare),
      payments: payments.map(bare),
      incidents: incidents.map(bare),
    };
  }

  /** With `meta`; links that do not hold any more, too. */
  async wholeDocuments(): Promise<Documents> {
    const [events = [], links = [], payments = [], incidents = []] = await Promise.all(
      KINDS.map((kind) => this.#all(`${this.namespace}-${kind}`)),
    );
    return { events, links, payments, incidents };
  }

  async #all(index: string): Promise<object[]> {
    const { url } = this.#servers.elasticsearch;
    await fetch(`${url}/${index}/_refresh`, { method: 'POST' });
    const query = { size: PAGE, query: { bool: { must_not: { term: { 'key.removed': true } } } } };
    const answer = await fetch(`${url}/${index}/_search`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(query),
    });
    const { hits } = (await answer.json()) as { hits?: { hits: { _source: StoredSource }[] } };
    // An index that is being made cannot be searched for a moment.
    return (hits?.hits ?? [])
      .map(({ _source }) => _source)
      .toSorted((a, b) => (a.key.id < b.key.id ? -1 : 1))
      .map((stored) => {
        const { key: _, ...document } = stored;
        return document;
      });
  }

  /** Waits until the last process of the incidents worker has said that everything is final. */
  async untilFinished(deadlineMs = 120_000): Promise<void> {
    await until(() => {
      const ended = this.processes.some(({ log }) =>
        log.some((line) => line['event.action'] === 'engine-finished'),
      );
      return ended || undefined;
    }, deadlineMs);
  }

  async close(): Promise<void> {
    await Promise.all(this.processes.filter((each) => !each.over()).map((each) => each.stop('SIGKILL')));
    const { url } = this.#servers.elasticsearch;
    const indices = await fetch(`${url}/_cat/indices/${this.namespace}-*?h=index&format=json`);
    for (const { index } of (await indices.json()) as { index: string }[])
      await fetch(`${url}/${index}`, { method: 'DELETE' });
    rmSync(this.folder, { recursive: true, force: true });
  }
}

type Sections = Record<string, Record<string, unknown> | undefined>;

function withoutLogin(section: Record<string, unknown> = {}): Record<string, unknown> {
  return Object.fromEntries(Object.entries(section).filter(([name]) => !LOGIN.includes(name)));
}

interface StoredSource {
  key: { id: string };
  meta: unknown;
}

/** Without what is not the engine's. */
function bare(document: object): object {
  const { meta: _, ...rest } = document as { meta: unknown };
  return rest;
}

function isLive(document: object): boolean {
  return (document as { link: { status: string } }).link.status === 'live';
}
