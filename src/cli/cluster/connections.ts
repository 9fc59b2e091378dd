/** Connections to the servers, each opened when somebody first asks for it, and closed together. */
import { connectElastic, type ElasticConnection } from '../../adapters/elasticsearch/connection.ts';
import type { BulkSurroundings } from '../../adapters/elasticsearch/bulk.ts';
import { IndexNames } from '../../adapters/elasticsearch/stored-document.ts';
import { systemClock } from '../../adapters/embedded/clock.ts';
import { systemTimers } from '../../adapters/embedded/timers.ts';
import { connectKafka, type KafkaConnection, type KafkaNote } from '../../adapters/kafka/connection.ts';
import { openKafkaLog } from '../../adapters/kafka/event-log.ts';
import { RedisConnection } from '../../adapters/redis/connection.ts';
import { openRedisTraces } from '../../adapters/redis/trace-store.ts';
import { openRedisWindow } from '../../adapters/redis/window-store.ts';
import type { Config } from '../../config/options.ts';
import type { EventLog } from '../../ports/event-log.ts';
import type { TraceStore } from '../../ports/trace-store.ts';
import type { WindowStore } from '../../ports/window-store.ts';
import type { Logger } from '../../telemetry/log.ts';
import type { ServerSettings } from './settings.ts';
import { groupOf } from './topics.ts';

export class Connections {
  readonly names: IndexNames;
  readonly #config: Config;
  readonly #settings: ServerSettings;
  readonly #logger: Logger;
  #kafka: Promise<KafkaConnection> | null = null;
  #redis: Promise<RedisConnection> | null = null;
  #elastic: ElasticConnection | null = null;
  #links: Promise<EventLog> | null = null;

  constructor(config: Config, settings: ServerSettings, logger: Logger) {
    this.#config = config;
    this.#settings = settings;
    this.#logger = logger;
    this.names = new IndexNames(config.namespace);
  }

  /** What the bulk loop of Elasticsearch waits and rolls dice with. */
  get around(): BulkSurroundings {
    return { clock: systemClock, timers: systemTimers, random: Math.random };
  }

  /** @throws CounterfoilError CF_UNREACHABLE */
  kafka(): Promise<KafkaConnection> {
    return (this.#kafka ??= connectKafka(this.#settings.kafka, (note) => this.#say(note)));
  }

  elastic(): ElasticConnection {
    return (this.#elastic ??= connectElastic(this.#settings.elastic));
  }

  /** The topic of links; one producer for all roles of a process. @throws CounterfoilError CF_UNREACHABLE, CF_SERVER_SETUP */
  links(): Promise<EventLog> {
    return (this.#links ??= this.#openLinks());
  }

  async #openLinks(): Promise<EventLog> {
    const { tenant } = this.#config;
    const topic = this.#config['kafka.topics.links'];
    return await openKafkaLog(await this.kafka(), {
      topic,
      tenant,
      group: groupOf(this.#config, 'incidents'),
    });
  }

  /** @throws CounterfoilError CF_UNREACHABLE, CF_SERVER_SETUP */
  async windows(): Promise<WindowStore> {
    return await openRedisWindow(await this.redis(), { maxBytes: this.#config['redis.max_bytes'] });
  }

  async traces(): Promise<TraceStore> {
    return await openRedisTraces(await this.redis());
  }

  /** @throws CounterfoilError CF_UNREACHABLE, CF_SERVER_SETUP */
  redis(): Promise<RedisConnection> {
    return (this.#redis ??= this.#openRedis());
  }

  async #openRedis(): Promise<RedisConnection> {
    const connection = new RedisConnection(this.#settings.redis);
    await connection.open();
    return connection;
  }

  /** Stores must be closed before. */
  async close(): Promise<void> {
    const links = await settled(this.#links);
    await links?.close();
    (await settled(this.#redis))?.close();
    await this.#elastic?.close();
  }

  /** What the driver says at every step is of no use in a log: it tries again, and what it gives up is an error of ours. */
  #say({ level, name, text, topic, partition }: KafkaNote): void {
    if (name === 'kafka_driver' || level === 'debug' || level === 'info') return;
    const where = topic === undefined ? {} : { 'kafka.topic': topic, 'kafka.partition': partition ?? -1 };
    this.#logger.log(level, 'kafka-trouble', `${name}: ${text}`, where);
  }
}

async function settled<T>(opened: Promise<T> | null): Promise<T | null> {
  return opened === null ? null : await opened.catch(() => null);
}
