/**
 * How to reach Kafka, Redis and Elasticsearch, from configuration, environment and the files that it names. Everything that is missing
 * or cannot be read is found at once, before any server is asked; no secret is in any message.
 */
import { readFileSync } from 'node:fs';
import type { ElasticSettings } from '../../adapters/elasticsearch/connection.ts';
import type { KafkaLogin, KafkaSettings } from '../../adapters/kafka/connection.ts';
import type { RedisSettings } from '../../adapters/redis/settings.ts';
import type { Config, OptionName } from '../../config/options.ts';
import { CounterfoilError, type Problem } from '../../model/errors.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** Variables that hold secrets; they are no options, so that no file of ours and no help text ever shows them. */
export const SECRET_VARIABLES = {
  kafka: 'COUNTERFOIL_KAFKA_PASSWORD',
  redis: 'COUNTERFOIL_REDIS_PASSWORD',
  elasticsearch: 'COUNTERFOIL_ELASTICSEARCH_PASSWORD',
  elasticsearchApiKey: 'COUNTERFOIL_ELASTICSEARCH_API_KEY',
} as const;

export interface ServerSettings {
  kafka: KafkaSettings;
  redis: RedisSettings;
  elastic: ElasticSettings;
}

/** Whether the configuration asks for servers at all: one that names only some of them is not meant for one process. */
export function isDistributed(config: Config): boolean {
  const named = [config['kafka.brokers'], config['redis.nodes'], config['elasticsearch.nodes']];
  return named.some((nodes) => nodes.length > 0);
}

/** @throws CounterfoilError CF_CONFIG with every fault */
export function serverSettings(config: Config, env: Env): ServerSettings {
  const reader = new SettingsReader(config, env);
  const settings = { kafka: kafkaOf(reader), redis: redisOf(reader), elastic: elasticOf(reader) };
  reader.check();
  return settings;
}

/** For who asks Kafka alone. @throws CounterfoilError CF_CONFIG with every fault */
export function kafkaSettings(config: Config, env: Env): KafkaSettings {
  const reader = new SettingsReader(config, env);
  const settings = kafkaOf(reader);
  reader.check();
  return settings;
}

const ELASTIC_TIMEOUT_MS = 30_000;

class SettingsReader {
  readonly config: Config;
  readonly #env: Env;
  readonly #problems: Problem[] = [];

  constructor(config: Config, env: Env) {
    this.config = config;
    this.#env = env;
  }

  fault(at: OptionName, text: string): void {
    this.#problems.push({ at, text });
  }

  /** The content of a file that an option names; null where it names none. */
  file(name: OptionName): string | null {
    const path = this.config[name];
    if (typeof path !== 'string') return null;
    try {
      return readFileSync(path, 'utf8');
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
      this.fault(name, `${path} cannot be read (${code})`);
      return null;
    }
  }

  /** A secret from its file or its variable; without the line end that editors add. */
  secret(name: OptionName, variable: string): string | null {
    const given = this.#env[variable];
    const text = given === undefined || given === '' ? this.file(name) : given;
    return text?.replace(/\r?\n$/, '') ?? null;
  }

  tls(server: 'kafka' | 'redis'): KafkaSettings['tls'] {
    const [ca, cert, key] = [
      this.file(`${server}.ca_file`),
      this.file(`${server}.cert_file`),
      this.file(`${server}.key_file`),
    ];
    if ((cert === null) !== (key === null))
      this.fault(`${server}.cert_file`, `a client certificate needs its key: set ${server}.key_file too`);
    const on = this.config[`${server}.tls`];
    if (!on && (ca ?? cert) !== null)
      this.fault(`${server}.tls`, 'certificates are given, and TLS is off: set it to true');
    return on ? { ca, cert, key } : null;
  }

  check(): void {
    if (this.#problems.length === 0) return;
    const many = this.#problems.length === 1 ? 'a problem' : `${this.#problems.length} problems`;
    throw new CounterfoilError('CF_CONFIG', `The configuration of the servers has ${many}.`, this.#problems);
  }
}

function kafkaOf(reader: SettingsReader): KafkaSettings {
  const { config } = reader;
  if (config['kafka.brokers'].length === 0)
    reader.fault('kafka.brokers', 'name some brokers, such as kafka-1:9092');
  return {
    brokers: config['kafka.brokers'],
    clientId: config['kafka.client_id'],
    tls: reader.tls('kafka'),
    sasl: loginOf(reader),
  };
}

function loginOf(reader: SettingsReader): KafkaLogin | null {
  const { config } = reader;
  const mechanism = config['kafka.sasl.mechanism'];
  if (mechanism === null) return null;
  const password = reader.secret('kafka.sasl.password_file', SECRET_VARIABLES.kafka);
  if (password === null)
    reader.fault(
      'kafka.sasl.password_file',
      `a login needs a password: name its file, or set ${SECRET_VARIABLES.kafka}`,
    );
  if (mechanism === 'oauthbearer')
    return {
      mechanism,
      token: async () => reader.secret('kafka.sasl.password_file', SECRET_VARIABLES.kafka) ?? '',
    };
  const username = config['kafka.sasl.username'];
  if (username === null) reader.fault('kafka.sasl.username', `a login by ${mechanism} needs a user`);
  return { mechanism, username: username ?? '', password: password ?? '' };
}

function redisOf(reader: SettingsReader): RedisSettings {
  const { config } = reader;
  if (config['redis.nodes'].length === 0) reader.fault('redis.nodes', 'name a node, such as redis-1:6379');
  return {
    nodes: config['redis.nodes'].map(nodeOf),
    cluster: config['redis.cluster'],
    username: config['redis.username'],
    password: reader.secret('redis.password_file', SECRET_VARIABLES.redis),
    tls: reader.tls('redis'),
    namespace: config.namespace,
  };
}

function nodeOf(address: string): RedisSettings['nodes'][number] {
  const colon = address.lastIndexOf(':');
  return {
    host: address.slice(0, colon).replace(/^\[(.*)\]$/, '$1'),
    port: Number(address.slice(colon + 1)),
  };
}

function elasticOf(reader: SettingsReader): ElasticSettings {
  const { config } = reader;
  if (config['elasticsearch.nodes'].length === 0)
    reader.fault('elasticsearch.nodes', 'name a node, such as https://elasticsearch:9200');
  const ca = reader.file('elasticsearch.ca_file');
  const apiKey = reader.secret('elasticsearch.api_key_file', SECRET_VARIABLES.elasticsearchApiKey);
  const username = config['elasticsearch.username'];
  const password = reader.secret('elasticsearch.password_file', SECRET_VARIABLES.elasticsearch);
  if (apiKey === null && (username === null) !== (password === null))
    reader.fault('elasticsearch.username', 'a user needs a password, and a password a user');
  return {
    nodes: config['elasticsearch.nodes'],
    requestTimeoutMs: ELASTIC_TIMEOUT_MS,
    ...(ca === null ? {} : { ca }),
    ...(apiKey !== null ? { apiKey } : username !== null ? { username, password: password ?? '' } : {}),
  };
}
