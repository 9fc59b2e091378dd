/** Kafka: whether brokers are reached, topics will do, and this user may do what the workers do. */
import { FORBIDDEN_GROUP } from '../../adapters/kafka/groups-look.ts';
import type { CheckedTopic } from '../../adapters/kafka/server-look.ts';
import type { DifferenceKind } from '../../adapters/kafka/topics.ts';
import { formatDuration } from '../../config/durations.ts';
import { MICROS_PER_MS } from '../../model/instant.ts';
import type { KafkaRight } from '../cluster/rights.ts';
import { counted } from '../texts/parts.ts';
import { notChecked, ok, problem, warning, type Finding, type Looks } from './check.ts';
import { faultProblem, faultText, type ServerCheck } from './server-check.ts';
import type { ServersLook } from './servers-look.ts';

export const KAFKA_CHECKS: readonly ServerCheck[] = [
  {
    name: 'kafka.reachable',
    looksFor:
      'every broker takes connection, TLS and login: those of `kafka.brokers`, and the addresses that brokers tell everybody to use',
    run: reachable,
  },
  {
    name: 'kafka.topics',
    looksFor:
      'every topic is there, with enough partitions and replicas, and keeps what it must for long enough',
    run: topics,
  },
  { name: 'kafka.replicas', looksFor: 'every partition has a leader and all its replicas', run: replicas },
  {
    name: 'kafka.permission',
    looksFor: 'the user may read, write and describe what the workers do (`--role` says which)',
    run: permission,
  },
];

/** Where a finding is about all brokers. */
export const KAFKA = 'Kafka';
const UNSEEN = 'no broker answers';

const WHY: Record<DifferenceKind, string> = {
  missing: 'Workers do not start without it.',
  partitions: 'Every partition is read by one worker: fewer bear fewer workers.',
  replication: 'When the broker that has the only copy is lost, so is what was acknowledged.',
  'retention.ms':
    'What is dropped before it is asked for again is in no link: late events miss their spans, and a restart finds a gap.',
  'cleanup.policy':
    'Facts of which only the newest is kept are lost; incidents that are not compacted are never forgotten.',
  'min.insync.replicas': 'What one broker alone has acknowledged is lost with that broker.',
  'max.message.bytes': 'Larger records are refused, and the worker that sends them stops.',
};

function reachable({ kafka }: ServersLook): Finding[] {
  return kafka.addresses.map(({ address, named, fault }) => {
    const place = `${KAFKA} at ${address}`;
    if (fault === null) return ok(place, 'answers');
    if (named === 'configured')
      return faultProblem(
        place,
        fault,
        'Without a broker that answers, no worker starts and those that run wait.',
      );
    return problem(`${place} (advertised)`, {
      found: faultText(fault),
      why: 'Brokers send everybody to this address for some partitions; from here it cannot be used.',
      toDo: 'Correct advertised.listeners of that broker, start it, or open the way to it; kafka.brokers alone is not enough.',
    });
  });
}

function topics({ kafka: { cluster } }: ServersLook): Finding[] {
  if (cluster === null) return [notChecked(KAFKA, UNSEEN)];
  return cluster.topics.flatMap((topic) => topicFindings(topic, cluster.may.has('create')));
}

function topicFindings(topic: CheckedTopic, mayCreate: boolean): Finding[] {
  const place = `topic ${topic.topic}`;
  const { differences, fault } = topic;
  if (differences === null)
    return [
      notChecked(place, fault === null ? `may not be seen by this user (${topic.error})` : faultText(fault)),
    ];
  if (differences.length === 0)
    return [ok(place, `${counted(topic.partitions.length, 'partition')}, as it must be`)];
  return differences.map(({ kind, text, mend }) => {
    const found = kind === 'retention.ms' ? `${text}${inWords(topic)}` : text;
    if (kind !== 'missing') return problem(place, { found, why: WHY[kind], toDo: mend });
    const right =
      mayCreate || topic.may.has('create') ? '' : ', as a user who may create topics: this one may not';
    const how = `Run \`counterfoil setup\`${right}. By hand: ${mend}`;
    return problem(place, { found, why: WHY[kind], toDo: how });
  });
}

function inWords({ need }: CheckedTopic): string {
  return need.retentionMs < 0 ? ' (for ever)' : ` (${formatDuration(need.retentionMs * MICROS_PER_MS)})`;
}

function replicas({ kafka: { cluster } }: ServersLook): Finding[] {
  if (cluster === null) return [notChecked(KAFKA, UNSEEN)];
  const found = cluster.topics.flatMap(replicaFindings);
  if (found.length > 0) return found;
  if (cluster.topics.every(({ partitions }) => partitions.length === 0))
    return [notChecked(KAFKA, 'topics are missing, or may not be seen')];
  const count = cluster.topics.reduce((sum, { partitions }) => sum + partitions.length, 0);
  return [ok(KAFKA, `${counted(count, 'partition')}, every one with its leader and all its replicas`)];
}

function replicaFindings({ topic, partitions, need }: CheckedTopic): Finding[] {
  const place = `topic ${topic}`;
  const headless = partitions.filter(({ hasLeader }) => !hasLeader);
  if (headless.length > 0)
    return [
      problem(place, {
        found: `${counted(headless.length, 'partition')} of ${partitions.length} have no leader`,
        why: 'Nothing can be read of them or written to them; workers wait.',
        toDo: 'Start the brokers that have them: kafka-topics --describe --unavailable-partitions',
      }),
    ];
  const behind = partitions.filter(({ insync, replicas: all }) => insync < all);
  if (behind.length === 0) return [];
  const trouble = {
    found: `${counted(behind.length, 'partition')} of ${partitions.length} lack replicas that are up to date`,
    why: 'One more broker that goes down stops writing, or takes records with it.',
    toDo: 'Look at the brokers: kafka-topics --describe --under-replicated-partitions',
  };
  const stops = behind.some(({ insync }) => insync < need.minInsyncReplicas);
  return [stops ? problem(place, trouble) : warning(place, trouble)];
}

function permission({ kafka: { cluster }, kafkaRights, roles }: ServersLook, { config }: Looks): Finding[] {
  if (cluster === null) return [notChecked(KAFKA, UNSEEN)];
  const user = config['kafka.sasl.username'];
  const lacking = kafkaRights.filter((right) => !isAllowed(right, cluster));
  if (lacking.length === 0) return [ok(userText(user), `may do what ${roles.join(', ')} need`)];
  return lacking.map(({ what, name, right }) =>
    problem(`${what} ${name}`, {
      found: `${userText(user)} may not ${right} it`,
      why: 'The worker that needs it does not start, or stops there.',
      toDo: `kafka-acls --add --allow-principal User:${user ?? 'NAME'} --operation ${operation(right)} --${what} ${name}`,
    }),
  );
}

function isAllowed(
  { what, name, right }: KafkaRight,
  { topics: seen, groups }: NonNullable<ServersLook['kafka']['cluster']>,
): boolean {
  if (what === 'topic') return seen.find(({ topic }) => topic === name)?.may.has(right) !== false;
  const group = groups.find((each) => each.group === name);
  // An error other than this one says nothing of what may be done.
  if (group === undefined || group.fault !== null) return true;
  return group.error === null ? group.may.has(right) : group.error !== FORBIDDEN_GROUP;
}

function userText(user: string | null): string {
  return user === null ? 'this user of Kafka' : `user ${user} of Kafka`;
}

function operation(right: KafkaRight['right']): string {
  return right.charAt(0).toUpperCase() + right.slice(1);
}
