/**
 * Makes the topics that are needed, or looks whether those that are there will do.
 *
 * A topic that drops records too early, keeps only the newest of a key, or acknowledges what one broker has, loses facts without
 * a word. So all of it is looked at before the first record, every difference is told at once, each with the command that mends it,
 * and nothing that exists is changed: it may be shared with others.
 */
import type { Admin } from 'kafkajs';
import { CounterfoilError, type Problem } from '../../model/errors.ts';
import type { KafkaConnection } from './connection.ts';
import { driver } from './driver.ts';
import { kafkaFailed } from './kafka-errors.ts';
import { patiently, type Patience } from './patience.ts';

/** What a topic must have; more is as good, where more and less exist. */
export interface TopicNeed {
  topic: string;
  partitions: number;
  replication: number;
  minInsyncReplicas: number;
  /** Milliseconds; -1: for ever. */
  retentionMs: number;
  maxMessageBytes: number;
  /** Only the newest record of each key is kept, for ever. */
  compacted?: boolean;
  /** Others fill it, and may have settings of their own: of those only the retention is looked at. */
  shared?: boolean;
  /** How it is made where it is missing; default: with what is needed. */
  made?: { partitions: number; replication: number };
}

const KNOWN_WITHIN_MS = 15_000;

interface Setting {
  name: Exclude<DifferenceKind, 'missing' | 'partitions' | 'replication'>;
  wanted: string;
  suffices: (is: string) => boolean;
}

/** What is not as needed: the topic itself, a number of it, or the setting of this name. */
export type DifferenceKind =
  | 'missing'
  | 'partitions'
  | 'replication'
  | 'retention.ms'
  | 'cleanup.policy'
  | 'min.insync.replicas'
  | 'max.message.bytes';

export interface TopicDifference {
  kind: DifferenceKind;
  text: string;
  /** The command that mends it. */
  mend: string;
}

/**
 * Makes what is missing and checks what is there.
 * @param create false: a missing topic is a difference too
 * @throws CounterfoilError CF_SERVER_SETUP with every difference; CF_UNREACHABLE
 */
export async function ensureTopics(
  connection: KafkaConnection,
  needs: readonly TopicNeed[],
  create: boolean,
): Promise<void> {
  const admin = connection.admin();
  try {
    await admin.connect();
    const made = create ? await createMissing(admin, needs) : [];
    const problems: Problem[] = [];
    const existing = new Set([...made, ...(await admin.listTopics())]);
    for (const need of needs) {
      const differences = existing.has(need.topic)
        ? await onceKnown(connection, () => differencesOf(admin, need))
        : [missingTopic(need)];
      for (const { text, mend } of differences)
        problems.push({ at: `topic ${need.topic}`, text: `${text}; ${mend}` });
    }
    if (problems.length > 0) throw notAsNeeded(connection, problems);
  } catch (error) {
    throw kafkaFailed(connection.brokers, 'to look at its topics', error);
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}

/**
 * The partitions of topics that exist, as the brokers list them.
 * @throws CounterfoilError CF_SERVER_SETUP when one does not exist; CF_UNREACHABLE
 */
export async function topicPartitions(
  connection: KafkaConnection,
  topics: readonly string[],
): Promise<ReadonlyMap<string, readonly number[]>> {
  const admin = connection.admin();
  try {
    await admin.connect();
    const { topics: found } = await admin.fetchTopicMetadata({ topics: [...topics] });
    return new Map(
      found.map(({ name, partitions }) => [
        name,
        partitions.map(({ partitionId }) => partitionId).toSorted((a, b) => a - b),
      ]),
    );
  } catch (error) {
    throw kafkaFailed(connection.brokers, 'to look at its topics', error);
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}

/** What was just made is not known to every broker at once. */
async function onceKnown<T>({ brokers, log }: KafkaConnection, look: () => Promise<T>): Promise<T> {
  const patience: Patience = {
    brokers,
    giveUpMs: KNOWN_WITHIN_MS,
    doing: 'to look at its topics',
    signal: new AbortController().signal,
    onRetry: () => log({ name: 'kafka_retry', level: 'debug', text: 'a topic is not known everywhere yet' }),
  };
  return await patiently(patience, look, async () => undefined);
}

/** @returns names of those that were missing */
async function createMissing(admin: Admin, needs: readonly TopicNeed[]): Promise<string[]> {
  const existing = new Set(await admin.listTopics());
  const topics = needs
    .filter(({ topic }) => !existing.has(topic))
    .map((need) => ({
      topic: need.topic,
      numPartitions: need.made?.partitions ?? need.partitions,
      replicationFactor: need.made?.replication ?? need.replication,
      configEntries: settingsOf(need).map(({ name, wanted }) => ({ name, value: wanted })),
    }));
  // Of several workers that start together one makes it; for the others it exists, which is no error.
  // The driver's own waiting for leaders fails where the broker that it asks has not heard of the topic yet.
  for (const topic of topics) await admin.createTopics({ topics: [topic], waitForLeaders: false });
  return topics.map(({ topic }) => topic);
}

function settingsOf(need: TopicNeed): Setting[] {
  const atLeast = (name: Setting['name'], wanted: number): Setting => ({
    name,
    wanted: String(wanted),
    suffices: (is) => Number(is) >= wanted,
  });
  const { retentionMs, compacted = false, shared = false } = need;
  const policy = compacted ? 'compact' : 'delete';
  const retention: Setting = {
    name: 'retention.ms',
    wanted: String(retentionMs),
    suffices: (is) => Number(is) === -1 || (retentionMs !== -1 && Number(is) >= retentionMs),
  };
  if (shared) return [retention];
  return [
    { name: 'cleanup.policy', wanted: policy, suffices: (is) => is === policy },
    ...(compacted ? [] : [retention]),
    atLeast('min.insync.replicas', need.minInsyncReplicas),
    atLeast('max.message.bytes', need.maxMessageBytes),
  ];
}

/** What is not as needed of a topic that exists. @throws Error of the driver, also when this user may not look */
export async function differencesOf(admin: Admin, need: TopicNeed): Promise<TopicDifference[]> {
  const { topic } = need;
  const differences: TopicDifference[] = [];
  const metadata = await admin.fetchTopicMetadata({ topics: [topic] });
  const partitions = metadata.topics[0]?.partitions ?? [];
  if (partitions.length < need.partitions)
    differences.push({
      kind: 'partitions',
      text: `it has ${partitions.length} partitions, and ${need.partitions} are needed`,
      mend: `kafka-topics --alter --topic ${topic} --partitions ${need.partitions}`,
    });
  const replication = Math.min(...partitions.map(({ replicas }) => replicas.length));
  if (replication < need.replication)
    differences.push({
      kind: 'replication',
      text: `it has ${replication} replicas, and ${need.replication} are needed`,
      mend: 'kafka-reassign-partitions --execute with a plan that names more brokers',
    });
  const settings = settingsOf(need);
  const is = await configOf(admin, topic, settings);
  for (const { name, wanted, suffices } of settings) {
    const value = is.get(name) ?? '';
    if (suffices(value)) continue;
    differences.push({
      kind: name,
      text: `${name} is ${value || 'not known'}, and ${wanted} is needed`,
      mend: `kafka-configs --alter --entity-type topics --entity-name ${topic} --add-config ${name}=${wanted}`,
    });
  }
  return differences;
}

async function configOf(
  admin: Admin,
  topic: string,
  settings: readonly Setting[],
): Promise<ReadonlyMap<string, string>> {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [
      {
        type: driver.ConfigResourceTypes.TOPIC,
        name: topic,
        configNames: settings.map(({ name }) => name),
      },
    ],
  });
  return new Map(
    (resources[0]?.configEntries ?? []).map(({ configName, configValue }) => [configName, configValue]),
  );
}

/** The difference of a topic that does not exist. */
export function missingTopic({ topic, partitions, replication, made }: TopicNeed): TopicDifference {
  const { partitions: parts, replication: copies } = made ?? { partitions, replication };
  const options = `--topic ${topic} --partitions ${parts} --replication-factor ${copies}`;
  return { kind: 'missing', text: 'it does not exist', mend: `kafka-topics --create ${options}` };
}

function notAsNeeded({ brokers }: KafkaConnection, problems: Problem[]): CounterfoilError {
  return new CounterfoilError(
    'CF_SERVER_SETUP',
    `Topics of Kafka at ${brokers} are not as they must be; mend them with these commands:`,
    problems,
  );
}
