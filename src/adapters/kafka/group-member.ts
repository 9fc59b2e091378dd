/**
 * One member of a consumer group: joins, learns its partitions, says that it lives, commits, leaves. What Kafka calls the
 * classic protocol, with eager rebalancing.
 *
 * How a group agrees: all members send `join`; the broker answers when all are there, and names one leader; the leader shares out the
 * partitions and sends the plan with `sync`, the others get their part of it. That is a generation. When a member comes, leaves or falls silent,
 * heartbeats are answered with "rebalance in progress": everybody gives its partitions back and joins again.
 *
 * What a member commits in a generation that is over is refused by the broker, so nobody can set back who owns a partition now.
 *
 * Source: Kafka protocol guide, group membership API; the assigner and the encoding of plans are kafkajs's own.
 */
import type { Assigner } from 'kafkajs';
import type { KafkaConnection } from './connection.ts';
import { driver, type Broker } from './driver.ts';
import { findCoordinator } from './find-coordinator.ts';
import { isTransient, kafkaFailed, protocolType } from './kafka-errors.ts';
import { pauseUnless } from './patience.ts';
import type { TopicAccess } from './topic-access.ts';

export interface GroupSettings {
  group: string;
  topics: readonly string[];
  /** Silent for so long, and the others share out its partitions. */
  sessionMs: number;
  /** How long the others wait for one that is finishing its work. */
  rebalanceMs: number;
}

export interface TopicPartition {
  topic: string;
  partition: number;
}

/** What a request to the group's broker came to. */
export type Standing = 'member' | 'rebalance' | 'expelled' | 'unknown';

/** Between two attempts to join a group that is not settled. */
const AGAIN_MS = 50;

const EXPELLED = new Set(['UNKNOWN_MEMBER_ID', 'ILLEGAL_GENERATION', 'FENCED_INSTANCE_ID']);
const MOVED = new Set([
  'NOT_COORDINATOR_FOR_GROUP',
  'GROUP_COORDINATOR_NOT_AVAILABLE',
  'GROUP_LOAD_IN_PROGRESS',
]);

export class GroupMember {
  readonly #connection: KafkaConnection;
  readonly #access: TopicAccess;
  readonly #settings: GroupSettings;
  readonly #assigner: Assigner;
  #coordinator: Broker | null = null;
  #memberId = '';
  #generation = -1;

  constructor(connection: KafkaConnection, access: TopicAccess, settings: GroupSettings) {
    this.#connection = connection;
    this.#access = access;
    this.#settings = settings;
    const logger = { namespace: () => undefined };
    const config = { cluster: access.cluster, groupId: settings.group, logger };
    this.#assigner = driver.PartitionAssigners.roundRobin(
      config as unknown as Parameters<typeof driver.PartitionAssigners.roundRobin>[0],
    );
  }

  /**
   * Joins, for as long as it takes, and learns which partitions are its own.
   * @throws CounterfoilError CF_UNREACHABLE, CF_SERVER_SETUP
   */
  async join(signal: AbortSignal): Promise<TopicPartition[]> {
    return await this.#access.patiently(
      `to join group ${this.#settings.group}`,
      async () => {
        for (;;) {
          const joined = await this.#joinOnce();
          if (joined !== null) return joined;
          if (signal.aborted) return [];
          await pauseUnless(AGAIN_MS, signal);
        }
      },
      signal,
    );
  }

  /** Null: the group is not settled yet, or does not know this member any more; the next attempt may do. */
  async #joinOnce(): Promise<TopicPartition[] | null> {
    const { group: groupId, topics, sessionMs, rebalanceMs } = this.#settings;
    try {
      const coordinator = await findCoordinator(this.#access.cluster, groupId);
      this.#coordinator = coordinator;
      const joined = await coordinator.joinGroup({
        groupId,
        sessionTimeout: sessionMs,
        rebalanceTimeout: rebalanceMs,
        memberId: this.#memberId,
        groupProtocols: [this.#assigner.protocol({ topics: [...topics] })],
      });
      this.#memberId = joined.memberId;
      this.#generation = joined.generationId;
      let plan: { memberId: string; memberAssignment: Buffer }[] = [];
      if (joined.leaderId === joined.memberId) {
        await this.#access.cluster.refreshMetadata();
        plan = await this.#assigner.assign({ members: joined.members, topics: [...topics] });
      }
      const { generationId, memberId } = joined;
      const synced = await coordinator.syncGroup({ groupId, generationId, memberId, groupAssignment: plan });
      return partitionsOf(synced.memberAssignment, topics);
    } catch (error) {
      const standing = this.#standingAfter(error);
      if (standing === 'rebalance' || standing === 'expelled') return null;
      throw error;
    }
  }

  /** Says that it lives. */
  async heartbeat(): Promise<Standing> {
    return await this.#ask(async (coordinator) => {
      const { group: groupId } = this.#settings;
      await coordinator.heartbeat({ groupId, groupGenerationId: this.#generation, memberId: this.#memberId });
    });
  }

  /** Writes next offsets; only of a `member` they are written. */
  async commit(offsets: readonly (TopicPartition & { offset: number })[]): Promise<Standing> {
    if (offsets.length === 0) return 'member';
    const topics = [...Map.groupBy(offsets, ({ topic }) => topic)].map(([topic, partitions]) => ({
      topic,
      partitions: partitions.map(({ partition, offset }) => ({ partition, offset: String(offset) })),
    }));
    return await this.#ask(async (coordinator) => {
      const { group: groupId } = this.#settings;
      await coordinator.offsetCommit({
        groupId,
        groupGenerationId: this.#generation,
        memberId: this.#memberId,
        topics,
      });
    });
  }

  /** Next offsets as the group committed them; -1: never. */
  async committed(partitions: readonly TopicPartition[]): Promise<(TopicPartition & { offset: number })[]> {
    const { group: groupId } = this.#settings;
    const topics = [...Map.groupBy(partitions, ({ topic }) => topic)].map(([topic, of]) => ({
      topic,
      partitions: of.map(({ partition }) => ({ partition })),
    }));
    const coordinator = await findCoordinator(this.#access.cluster, groupId);
    const { responses } = await coordinator.offsetFetch({ groupId, topics });
    return responses.flatMap(({ topic, partitions: of }) =>
      of.map(({ partition, offset }) => ({ topic, partition, offset: Number(offset) })),
    );
  }

  /** Its partitions are shared out at once, and not only when it has been silent for long. */
  async leave(): Promise<void> {
    if (this.#memberId === '' || this.#coordinator === null) return;
    const { group: groupId } = this.#settings;
    await this.#coordinator.leaveGroup({ groupId, memberId: this.#memberId }).catch(() => undefined);
    this.#memberId = '';
  }

  async #ask(request: (coordinator: Broker) => Promise<void>): Promise<Standing> {
    const { group: groupId } = this.#settings;
    // Without its id it would speak for nobody, and the broker would take that when the group is empty.
    if (this.#memberId === '') return 'expelled';
    try {
      this.#coordinator ??= await findCoordinator(this.#access.cluster, groupId);
      await request(this.#coordinator);
      return 'member';
    } catch (error) {
      const standing = this.#standingAfter(error);
      if (standing !== 'unknown') return standing;
      if (!isTransient(error)) throw kafkaFailed(this.#connection.brokers, `by group ${groupId}`, error);
      this.#coordinator = null;
      return standing;
    }
  }

  #standingAfter(error: unknown): Standing {
    const type = protocolType(error) ?? '';
    if (type === 'REBALANCE_IN_PROGRESS') return 'rebalance';
    if (MOVED.has(type)) this.#coordinator = null;
    if (!EXPELLED.has(type)) return 'unknown';
    this.#memberId = '';
    this.#generation = -1;
    return 'expelled';
  }
}

function partitionsOf(assignment: Buffer, topics: readonly string[]): TopicPartition[] {
  const decoded = driver.AssignerProtocol.MemberAssignment.decode(assignment);
  return Object.entries(decoded?.assignment ?? {})
    .filter(([topic]) => topics.includes(topic))
    .flatMap(([topic, partitions]) => partitions.map((partition) => ({ topic, partition })));
}
