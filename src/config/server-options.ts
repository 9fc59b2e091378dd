/** Options of the servers that Counterfoil runs on where it does not run alone: Kafka, Redis, Elasticsearch (decision 14). */
import * as kind from './option-kinds.ts';
import { option, type Option } from './option.ts';

const MIB = 1024 * 1024;
const NONE: readonly string[] = [];

const address = kind.text(
  'host:port',
  /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9]([A-Za-z0-9.-]{0,252}[A-Za-z0-9])?):\d{1,5}$/,
  'a host and a port, such as kafka-1:9092',
);
const url = kind.text(
  'URL',
  /^https?:\/\/[^\s@/]+(\/\S*)?$/,
  'an http or https address without a password in it',
);
const topic = kind.text(
  'topic',
  /^[A-Za-z0-9._-]{1,249}$/,
  'a topic of letters, digits, ".", "_" and "-", at most 249',
);
const path = kind.text('path', /^\S(.*\S)?$/, 'a path');
const name = kind.text(
  'name',
  /^\S(.{0,252}\S)?$/,
  'a name of at most 254 characters without blanks around it',
);
const prefix = kind.text(
  'prefix',
  /^[a-z0-9][a-z0-9-]{0,40}$/,
  'a prefix of lower-case letters, digits and "-", at most 41',
);

const file = (prose: string, example: string): Option<string | null> =>
  option({ kind: kind.optional(path), default: null, prose, example });

const topicsOf = (input: string, prose: string, names: readonly string[]): Option<readonly string[]> =>
  option({
    kind: kind.listOf(topic),
    default: names,
    prose: `${prose} Empty: there are none.`,
    example: `${input}-eu,${input}-us`,
  });

/** Certificates are given by files, never as text. */
const tlsOf = (what: string) => ({
  tls: option({
    kind: kind.onOff,
    default: false,
    prose: `Whether ${what} is spoken to over TLS.`,
    example: 'true',
  }),
  ca: file(
    `Certificates that are trusted when ${what} is spoken to, PEM; without it those of the system.`,
    '/etc/counterfoil/ca.pem',
  ),
  cert: file(`The client certificate for ${what}, PEM, for mutual TLS.`, '/etc/counterfoil/client.pem'),
  key: file(`The key of the client certificate for ${what}, PEM.`, '/etc/counterfoil/client-key.pem'),
});

const kafkaTls = tlsOf('Kafka');
const redisTls = tlsOf('Redis');

export const SERVER_OPTIONS = {
  'kafka.brokers': option({
    kind: kind.listOf(address),
    default: NONE,
    prose:
      'Some brokers of the Kafka cluster; the others are found. Empty: everything runs in one process, on its own disk.',
    example: 'kafka-1:9092,kafka-2:9092',
  }),
  'kafka.client_id': option({
    kind: name,
    default: 'counterfoil',
    prose: 'What brokers call us in their logs and quotas.',
    example: 'counterfoil-eu',
  }),
  'kafka.tls': kafkaTls.tls,
  'kafka.ca_file': kafkaTls.ca,
  'kafka.cert_file': kafkaTls.cert,
  'kafka.key_file': kafkaTls.key,
  'kafka.sasl.mechanism': option({
    kind: kind.optional(kind.oneOf(['scram-sha-256', 'scram-sha-512', 'plain', 'oauthbearer'])),
    default: null,
    prose:
      'How we log in at Kafka. oauthbearer takes its token from the password file, read anew at each login.',
    example: 'scram-sha-512',
  }),
  'kafka.sasl.username': option({
    kind: kind.optional(name),
    default: null,
    prose: 'The user that logs in at Kafka.',
    example: 'counterfoil',
  }),
  'kafka.sasl.password_file': file(
    'The file that holds the password, or the token, for Kafka; COUNTERFOIL_KAFKA_PASSWORD instead of it.',
    '/run/secrets/kafka',
  ),
  'kafka.replication': option({
    kind: kind.integer({ min: 1, max: 15 }),
    default: 3,
    prose:
      'On how many brokers the topics are kept that we create; of three, two must have a record before it counts.',
    example: '1',
  }),
  'kafka.session_timeout': option({
    kind: kind.duration({ min: '1s', max: '30m' }),
    default: 30_000_000,
    prose: 'After how long without a sign of life a worker counts as dead, and its partitions go to others.',
    example: '10s',
  }),
  'kafka.partitions': option({
    kind: kind.integer({ min: 1, max: 10_000 }),
    default: 6,
    prose:
      'How many partitions the topics of inputs get that `counterfoil setup` makes: as many workers can share one.',
    example: '24',
  }),
  'kafka.topics.audit': topicsOf('audit', 'Topics of Kubernetes audit records.', ['kubernetes-audit']),
  'kafka.topics.alerts': topicsOf('alerts', 'Topics of alerts, of Falco and Tetragon.', ['falco-alerts']),
  'kafka.topics.events': topicsOf(
    'events',
    'Topics of other security events: any format that is read, our own form, and logs of the Collector (`otlp_logs`).',
    ['security-events'],
  ),
  'kafka.topics.spans': topicsOf('spans', 'Topics of spans, OTLP in protobuf or JSON.', ['otlp_spans']),
  'kafka.topics.payments': topicsOf('payments', 'Topics of payments.', ['payments']),
  'kafka.topics.links': option({
    kind: topic,
    default: 'counterfoil.links',
    prose:
      'The topic by which workers tell the incidents worker what they found. It is the durable home of all facts, and kept for ever.',
    example: 'counterfoil.links',
  }),
  'kafka.topics.incidents': option({
    kind: topic,
    default: 'counterfoil.incidents',
    prose: 'The topic in which incidents are told to whoever follows them, compacted by incident.',
    example: 'counterfoil.incidents',
  }),
  'kafka.topics.dead_letters': option({
    kind: topic,
    default: 'counterfoil.dead-letters',
    prose:
      'The topic in which records and items that could not be used are told, with reason, place and a redacted excerpt.',
    example: 'counterfoil.dead-letters',
  }),
  'redis.nodes': option({
    kind: kind.listOf(address),
    default: NONE,
    prose: 'The Redis that holds the window which the workers share; of a Cluster any of its nodes.',
    example: 'redis-1:6379',
  }),
  'redis.cluster': option({
    kind: kind.onOff,
    default: false,
    prose: 'Whether the Redis is a Cluster.',
    example: 'true',
  }),
  'redis.tls': redisTls.tls,
  'redis.ca_file': redisTls.ca,
  'redis.cert_file': redisTls.cert,
  'redis.key_file': redisTls.key,
  'redis.username': option({
    kind: kind.optional(name),
    default: null,
    prose: 'The ACL user for Redis; without it the default user.',
    example: 'counterfoil',
  }),
  'redis.password_file': file(
    'The file that holds the password for Redis; COUNTERFOIL_REDIS_PASSWORD instead of it.',
    '/run/secrets/redis',
  ),
  'redis.max_bytes': option({
    kind: kind.byteSize({ min: '1MiB', max: '16TiB' }),
    default: 4096 * MIB,
    prose:
      'What the spans of the window may take on all Redis servers together; beyond it workers wait, and their lag grows.',
    example: '32GiB',
  }),
  'elasticsearch.nodes': option({
    kind: kind.listOf(url),
    default: NONE,
    prose: 'The Elasticsearch that documents are written to and read from.',
    example: 'https://elasticsearch:9200',
  }),
  'elasticsearch.ca_file': file(
    'Certificates that are trusted when Elasticsearch is spoken to, PEM; without it those of the system.',
    '/etc/counterfoil/ca.pem',
  ),
  'elasticsearch.api_key_file': file(
    'The file that holds the API key for Elasticsearch; COUNTERFOIL_ELASTICSEARCH_API_KEY instead of it.',
    '/run/secrets/elasticsearch',
  ),
  'elasticsearch.username': option({
    kind: kind.optional(name),
    default: null,
    prose: 'The user for Elasticsearch, where there is no API key.',
    example: 'counterfoil',
  }),
  'elasticsearch.password_file': file(
    'The file that holds the password for Elasticsearch; COUNTERFOIL_ELASTICSEARCH_PASSWORD instead of it.',
    '/run/secrets/elasticsearch',
  ),
  'elasticsearch.max_waiting': option({
    kind: kind.integer({ min: 1, max: 10_000_000 }),
    default: 100_000,
    prose:
      'How many documents may wait on the disk of the incidents worker while Elasticsearch takes none. Beyond it no more records are taken up, and the lag of the topic of links grows instead.',
    example: '500000',
  }),
  namespace: option({
    kind: prefix,
    default: 'counterfoil',
    prose:
      'Begins the names of all that we make on shared servers: consumer groups, keys of Redis, indices of Elasticsearch. One for each tenant.',
    example: 'counterfoil-acme',
  }),
};
