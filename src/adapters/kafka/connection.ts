/**
 * The way to a Kafka cluster: addresses, TLS, login, timeouts; and the log of what happens on it.
 *
 * Every reader gets connections of its own (`cluster`), since the broker answers the requests of a connection one after the other,
 * and a fetch waits for records. What all share is this description and the log.
 */
import { type ConnectionOptions } from 'node:tls';
import type { Admin, Kafka, LogEntry, SASLOptions } from 'kafkajs';
import { driver, newCluster, type Cluster } from './driver.ts';
import { kafkaFailed } from './kafka-errors.ts';
import { partitionProducer, type PartitionProducer } from './partition-producer.ts';

export interface KafkaSettings {
  /** host:port of some brokers; the others are learned from them. */
  brokers: readonly string[];
  clientId: string;
  /** PEM texts; `ca` null: the authorities that Node knows; `cert` and `key` null: no client certificate. */
  tls: { ca: string | null; cert: string | null; key: string | null } | null;
  sasl: KafkaLogin | null;
  timeouts?: Partial<KafkaTimeouts>;
  /** How often the driver itself tries again; default 3. */
  retries?: number;
}

export type KafkaLogin =
  | { mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'; username: string; password: string }
  /** The token is asked for at each login, so the provider may renew it. */
  | { mechanism: 'oauthbearer'; token: () => Promise<string> };

export interface KafkaTimeouts {
  /** Until a connection stands; default 10 s. */
  connectMs: number;
  /** Until a request is answered; default 30 s. */
  requestMs: number;
  /** How long brokers may be away before who waits for them is told; default 2 min. */
  giveUpMs: number;
}

/** Something that happened, for the log: never a secret, never the text of a record. */
export interface KafkaNote {
  /** `kafka_driver`: what the driver says; the others are in KafkaNotes. */
  name: string;
  level: 'debug' | 'info' | 'warn' | 'error';
  text: string;
  broker?: string;
  topic?: string;
  partition?: number;
}

export type KafkaLog = (note: KafkaNote) => void;

export interface KafkaConnection {
  /** As configured, for messages. */
  readonly brokers: string;
  readonly timeouts: KafkaTimeouts;
  readonly log: KafkaLog;
  /** Connections of its own, not connected yet; whoever asks disconnects it. */
  cluster(): Cluster;
  admin(): Admin;
  /** Idempotent; while brokers are away, who uses it sends the same again. */
  producer(): PartitionProducer;
}

const DEFAULT_TIMEOUTS: KafkaTimeouts = { connectMs: 10_000, requestMs: 30_000, giveUpMs: 120_000 };

/** Growing pauses of the driver between its own attempts; all given, since its defaults differ where NODE_ENV is "test". */
const RETRY = { initialRetryTime: 100, maxRetryTime: 2_000, factor: 0.2, multiplier: 2, retries: 3 };

/** New partitions of a topic are seen within this time. */
const METADATA_MAX_AGE_MS = 30_000;

/**
 * Describes the way to a cluster and goes it once.
 * @throws CounterfoilError CF_UNREACHABLE when no broker answers, or the login is refused
 */
export async function connectKafka(settings: KafkaSettings, log: KafkaLog): Promise<KafkaConnection> {
  const connection = describeKafka(settings, log);
  const cluster = connection.cluster();
  try {
    await cluster.connect();
    await cluster.refreshMetadata();
  } catch (error) {
    throw kafkaFailed(connection.brokers, 'to start', error);
  } finally {
    await cluster.disconnect().catch(() => undefined);
  }
  return connection;
}

function describeKafka(settings: KafkaSettings, log: KafkaLog): KafkaConnection {
  const timeouts = { ...DEFAULT_TIMEOUTS, ...settings.timeouts };
  const kafka = newKafka(settings, timeouts, log);
  return {
    brokers: settings.brokers.join(', '),
    timeouts,
    log,
    cluster: () => newCluster(kafka, METADATA_MAX_AGE_MS),
    admin: () => kafka.admin({ retry: { ...RETRY, retries: 5 } }),
    producer: () =>
      partitionProducer(
        kafka.producer({
          idempotent: true,
          maxInFlightRequests: 1,
          allowAutoTopicCreation: false,
          metadataMaxAge: METADATA_MAX_AGE_MS,
          createPartitioner: driver.Partitioners.DefaultPartitioner,
          retry: { ...RETRY, retries: 5 },
        }),
      ),
  };
}

function newKafka(settings: KafkaSettings, timeouts: KafkaTimeouts, log: KafkaLog): Kafka {
  const { connectMs, requestMs } = timeouts;
  return new driver.Kafka({
    brokers: [...settings.brokers],
    clientId: settings.clientId,
    connectionTimeout: connectMs,
    authenticationTimeout: connectMs,
    requestTimeout: requestMs,
    retry: { ...RETRY, retries: settings.retries ?? RETRY.retries },
    logLevel: driver.logLevel.WARN,
    logCreator: () => (entry) => log(noteOf(entry)),
    ...(settings.tls === null ? {} : { ssl: tlsOf(settings.tls) }),
    ...(settings.sasl === null ? {} : { sasl: saslOf(settings.sasl) }),
  });
}

function tlsOf({ ca, cert, key }: NonNullable<KafkaSettings['tls']>): ConnectionOptions {
  return {
    ...(ca === null ? {} : { ca }),
    ...(cert === null ? {} : { cert }),
    ...(key === null ? {} : { key }),
  };
}

function saslOf(login: KafkaLogin): SASLOptions {
  if (login.mechanism !== 'oauthbearer') return login;
  return {
    mechanism: 'oauthbearer',
    oauthBearerProvider: async () => ({ value: await login.token() }),
  };
}

const MAX_TEXT = 300;

/** As the driver numbers them. */
const LEVELS: Readonly<Record<number, KafkaNote['level']>> = { 1: 'error', 2: 'warn', 4: 'info' };

/** Of what the driver logs only these fields: others hold stacks, requests and, in one of them, payloads. */
function noteOf({ namespace, level, log }: LogEntry): KafkaNote {
  const { broker, error } = log as { broker?: unknown; error?: unknown };
  const text = typeof error === 'string' ? `${log.message}: ${error}` : log.message;
  return {
    name: 'kafka_driver',
    level: LEVELS[level] ?? 'debug',
    text: `${namespace}: ${text}`.slice(0, MAX_TEXT),
    ...(typeof broker === 'string' ? { broker } : {}),
  };
}
