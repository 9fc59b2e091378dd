/**
 * What the brokers say of a consumer group: whether somebody is in it, what this user may do, and how far it has come in its topics.
 * Nobody joins for that and nothing is committed.
 *
 * Cost: four requests a group and one for each broker that leads. Source: Kafka's protocol guide, DescribeGroups version 3 (KIP-430).
 */
import { setTimeout as pause } from 'node:timers/promises';
import { CounterfoilError } from '../../model/errors.ts';
import type { KafkaConnection } from './connection.ts';
import { sendRaw, type Broker, type RawRequest } from './driver.ts';
import { findCoordinator } from './find-coordinator.ts';
import { kafkaFailed, protocolType } from './kafka-errors.ts';
import { ResponseReader } from './response-reader.ts';
import { TopicAccess } from './topic-access.ts';
import { errorName, rightsOf, type Right } from './topics-look.ts';

export interface GroupLook {
  group: string;
  /** It could not be looked at. */
  fault: CounterfoilError | null;
  /** Name of the protocol's error, such as GROUP_AUTHORIZATION_FAILED; null: none. */
  error: string | null;
  may: ReadonlySet<Right>;
  members: number;
  /** Of every partition that could be asked. */
  progress: readonly PartitionProgress[];
}

export interface PartitionProgress {
  topic: string;
  partition: number;
  /** Next offset that is read; null: none was ever committed. */
  next: number | null;
  begin: number;
  end: number;
  /** First offset appended after the instant asked about; null: nothing was. */
  since: number | null;
}

interface Described {
  error: string | null;
  members: number;
  may: ReadonlySet<Right>;
}

/**
 * Looks at a group.
 * @param topics that exist and may be described
 * @param sinceMs what was appended before it counts as long ago; milliseconds since 1970
 */
export async function lookAtGroup(
  connection: KafkaConnection,
  group: string,
  topics: readonly string[],
  sinceMs: number,
): Promise<GroupLook> {
  const access = new TopicAccess(connection, topics);
  const none = { group, error: null, may: rightsOf(0), members: 0, progress: [] };
  try {
    await access.open();
    const { coordinator, described } = await patientlyDescribed(access, group);
    if (described.error !== null) return { ...none, ...described, fault: null };
    const progress = [];
    for (const topic of topics)
      progress.push(...(await progressIn(access, coordinator, group, topic, sinceMs)));
    return { group, fault: null, ...described, progress };
  } catch (error) {
    if (protocolType(error) === FORBIDDEN_GROUP) return { ...none, error: FORBIDDEN_GROUP, fault: null };
    const failed = kafkaFailed(connection.brokers, `to look at group ${group}`, error);
    if (failed instanceof CounterfoilError) return { ...none, fault: failed };
    throw failed;
  } finally {
    await access.close();
  }
}

/** How a broker says that this user may not know of a group. */
export const FORBIDDEN_GROUP = 'GROUP_AUTHORIZATION_FAILED';
/** Where groups are kept for the first time, or have just moved, their coordinator needs a moment. */
const NOT_YET = new Set([
  'COORDINATOR_NOT_AVAILABLE',
  'GROUP_COORDINATOR_NOT_AVAILABLE',
  'NOT_COORDINATOR_FOR_GROUP',
  'GROUP_LOAD_IN_PROGRESS',
]);
const PAUSE_MS = 250;
const ATTEMPTS = 20;

async function patientlyDescribed(
  access: TopicAccess,
  group: string,
): Promise<{ coordinator: Broker; described: Described }> {
  for (let attempt = 1; ; attempt += 1) {
    const coordinator = await findCoordinator(access.cluster, group);
    const described = await sendRaw(coordinator, describeRequest(group));
    if (attempt === ATTEMPTS || !NOT_YET.has(described.error ?? '')) return { coordinator, described };
    await pause(PAUSE_MS);
  }
}

async function progressIn(
  access: TopicAccess,
  coordinator: Broker,
  groupId: string,
  topic: string,
  sinceMs: number,
): Promise<PartitionProgress[]> {
  const partitions = access.partitions(topic);
  const asked = { topic, partitions: partitions.map((partition) => ({ partition })) };
  const { responses } = await coordinator.offsetFetch({ groupId, topics: [asked] });
  const committed = new Map(
    responses.flatMap((one) => one.partitions.map(({ partition, offset }) => [partition, Number(offset)])),
  );
  const [begin, end, since] = [
    await access.offsets(topic, partitions, 'begin'),
    await access.offsets(topic, partitions, 'end'),
    await access.offsets(topic, partitions, sinceMs),
  ];
  return partitions.map((partition) => ({
    topic,
    partition,
    next: known(committed.get(partition)),
    begin: begin.get(partition) ?? 0,
    end: end.get(partition) ?? 0,
    since: known(since.get(partition)),
  }));
}

/** -1 is how the protocol says that there is none. */
function known(offset: number | undefined): number | null {
  return offset === undefined || offset < 0 ? null : offset;
}

function describeRequest(group: string): RawRequest<Described> {
  return {
    apiKey: 15,
    apiVersion: 3,
    apiName: 'DescribeGroups',
    fields: (encoder) => encoder.writeArray([group]).writeBoolean(true),
    read: describedOf,
  };
}

function describedOf(answer: Buffer): Described {
  const reader = new ResponseReader(answer);
  reader.int32();
  const [described] = reader.list(() => {
    const error = errorName(reader.int16());
    for (let texts = 0; texts < 4; texts += 1) reader.text();
    const members = reader.list(() => memberOf(reader)).length;
    return { error, members, may: rightsOf(reader.int32()) };
  });
  return described ?? { error: 'no answer', members: 0, may: rightsOf(0) };
}

function memberOf(reader: ResponseReader): void {
  for (let texts = 0; texts < 3; texts += 1) reader.text();
  reader.bytes();
  reader.bytes();
}
