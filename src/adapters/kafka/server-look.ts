/**
 * Looks at the brokers for `doctor`: each address by itself, topics, groups. Only looks: nothing is made, joined, committed or produced.
 * Nothing that is found keeps from looking at the rest.
 */
import { CounterfoilError } from '../../model/errors.ts';
import { connectKafka, type KafkaConnection, type KafkaSettings } from './connection.ts';
import { lookAtGroup, type GroupLook } from './groups-look.ts';
import { kafkaFailed } from './kafka-errors.ts';
import { differencesOf, missingTopic, type TopicDifference, type TopicNeed } from './topics.ts';
import { lookAtTopics, NO_TOPIC, type MetadataLook, type Right, type TopicLook } from './topics-look.ts';

export interface KafkaQuestions {
  needs: readonly TopicNeed[];
  groups: readonly { group: string; topics: readonly string[] }[];
  /** What was appended before, milliseconds since 1970, counts as long ago. */
  sinceMs: number;
}

export interface KafkaLook {
  addresses: readonly AddressLook[];
  /** Null: no broker answers. */
  cluster: KafkaClusterLook | null;
}

export interface AddressLook {
  address: string;
  /** `advertised`: brokers tell everybody to come there, and the configuration does not name it. */
  named: 'configured' | 'advertised';
  fault: CounterfoilError | null;
}

export interface KafkaClusterLook {
  /** What may be done with the cluster; empty where nothing is said of it. */
  may: ReadonlySet<Right>;
  topics: readonly CheckedTopic[];
  groups: readonly GroupLook[];
}

export interface CheckedTopic extends TopicLook {
  need: TopicNeed;
  /** Null: they could not be looked at; `fault` says why. */
  differences: readonly TopicDifference[] | null;
  fault: CounterfoilError | null;
}

/** Short: somebody waits for the answer. */
const PROBE_RETRIES = 1;
const TIMEOUTS = { connectMs: 4_000, requestMs: 10_000, giveUpMs: 3_000 };

/** Looks at all of it. */
export async function lookAtKafka(settings: KafkaSettings, asked: KafkaQuestions): Promise<KafkaLook> {
  const configured = await Promise.all(
    settings.brokers.map((address) => lookAtAddress(settings, address, 'configured')),
  );
  const reached = configured.find(({ fault }) => fault === null);
  if (reached === undefined) return { addresses: configured, cluster: null };
  try {
    return await lookFrom(settings, reached.address, configured, asked);
  } catch (error) {
    return { addresses: [...configured, { ...reached, fault: ours(error) }], cluster: null };
  }
}

/** All that one broker tells, and the addresses that it names. @throws CounterfoilError CF_UNREACHABLE */
async function lookFrom(
  settings: KafkaSettings,
  address: string,
  configured: readonly AddressLook[],
  asked: KafkaQuestions,
): Promise<KafkaLook> {
  const only = { ...settings, brokers: [address], timeouts: TIMEOUTS };
  const connection = await connectKafka(only, () => undefined);
  const topics = [...new Set(asked.needs.map(({ topic }) => topic))];
  const metadata = await lookAtTopics(connection, topics);
  const others = metadata.brokers.filter((each) => !settings.brokers.includes(each));
  const advertised = await Promise.all(others.map((each) => lookAtAddress(settings, each, 'advertised')));
  const cluster = await clusterOf(connection, metadata, asked);
  return { addresses: [...configured, ...advertised], cluster };
}

async function lookAtAddress(
  settings: KafkaSettings,
  address: string,
  named: AddressLook['named'],
): Promise<AddressLook> {
  try {
    const one = { ...settings, brokers: [address], timeouts: TIMEOUTS, retries: PROBE_RETRIES };
    await connectKafka(one, () => undefined);
    return { address, named, fault: null };
  } catch (error) {
    return { address, named, fault: ours(error) };
  }
}

async function clusterOf(
  connection: KafkaConnection,
  metadata: MetadataLook,
  { needs, groups, sinceMs }: KafkaQuestions,
): Promise<KafkaClusterLook> {
  const topics = await checkedTopics(connection, metadata, needs);
  const seen = new Set(topics.filter(({ error }) => error === null).map(({ topic }) => topic));
  const looked = [];
  for (const { group, topics: read } of groups) {
    const there = read.filter((topic) => seen.has(topic));
    looked.push(await lookAtGroup(connection, group, there, sinceMs));
  }
  return { may: metadata.may, topics, groups: looked };
}

async function checkedTopics(
  connection: KafkaConnection,
  metadata: MetadataLook,
  needs: readonly TopicNeed[],
): Promise<CheckedTopic[]> {
  const admin = connection.admin();
  const checked: CheckedTopic[] = [];
  try {
    for (const need of needs) {
      const found = metadata.topics.find(({ topic }) => topic === need.topic);
      const look = found ?? { topic: need.topic, error: NO_TOPIC, may: new Set<Right>(), partitions: [] };
      const differences = async (): Promise<TopicDifference[]> => {
        await admin.connect();
        return await differencesOf(admin, need);
      };
      checked.push(await checkedTopic(connection, look, need, differences));
    }
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
  return checked;
}

async function checkedTopic(
  connection: KafkaConnection,
  look: TopicLook,
  need: TopicNeed,
  differences: () => Promise<TopicDifference[]>,
): Promise<CheckedTopic> {
  if (look.error === NO_TOPIC) return { ...look, need, differences: [missingTopic(need)], fault: null };
  if (look.error !== null) return { ...look, need, differences: null, fault: null };
  try {
    return { ...look, need, differences: await differences(), fault: null };
  } catch (error) {
    const failed = kafkaFailed(connection.brokers, `to read the settings of topic ${need.topic}`, error);
    return { ...look, need, differences: null, fault: ours(failed) };
  }
}

function ours(error: unknown): CounterfoilError {
  if (error instanceof CounterfoilError) return error;
  throw error;
}
