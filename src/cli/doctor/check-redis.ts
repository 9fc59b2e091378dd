/** Redis: whether it is reached, keeps what it is given, and has room. */
import type { RedisInfo, RedisLook, RedisNodeLook } from '../../adapters/redis/server-look.ts';
import { formatByteSize } from '../../config/byte-sizes.ts';
import { counted } from '../texts/parts.ts';
import { notChecked, ok, problem, warning, type Finding, type Looks } from './check.ts';
import { faultProblem, type ServerCheck } from './server-check.ts';
import { bytesText } from './words.ts';

const REDIS = 'Redis';
const OLDEST_VERSION = 7;
/** Beyond it writes are soon refused. */
const NEARLY_FULL = 0.9;
/** docs/reference/redis.md: a third to spare. */
const SPARE = 4 / 3;

type Judge = (info: RedisInfo, place: string, looks: Looks) => Finding;

export const REDIS_CHECKS: readonly ServerCheck[] = [
  {
    name: 'redis.reachable',
    looksFor: 'every server takes connection, TLS and login',
    run: ofRedis(reachable),
  },
  {
    name: 'redis.permission',
    looksFor: 'the user may send the commands that workers send, on keys of `namespace`',
    run: ofRedis(permission),
  },
  { name: 'redis.version', looksFor: 'it is version 7 or later, and a primary', run: ofEach(version) },
  {
    name: 'redis.eviction',
    looksFor: 'it never drops keys by itself (`maxmemory-policy noeviction`)',
    run: ofEach(eviction),
  },
  {
    name: 'redis.cluster',
    looksFor: '`redis.cluster` says what it is, and every slot is served',
    run: ofRedis(cluster),
  },
  {
    name: 'redis.memory',
    looksFor: 'there is memory for `redis.max_bytes`, and it is not used up',
    run: ofRedis(memory),
  },
  {
    name: 'redis.window',
    looksFor: 'the window of spans is whole, and below `redis.max_bytes`',
    run: ofRedis(window),
  },
];

function ofRedis(judge: (redis: RedisLook, looks: Looks) => Finding[]): ServerCheck['run'] {
  return ({ redis }, looks) =>
    redis === null ? [notChecked(REDIS, 'none of these workers uses it')] : judge(redis, looks);
}

/** Judges what each server says of itself. */
function ofEach(judge: Judge): ServerCheck['run'] {
  return ofRedis(({ nodes }, looks) =>
    nodes.map((node) => (node.info === null ? unseen(node) : judge(node.info, placeOf(node), looks))),
  );
}

const placeOf = ({ address }: RedisNodeLook): string => `${REDIS} at ${address}`;
const unseen = (node: RedisNodeLook): Finding => notChecked(placeOf(node), 'it could not be asked');

function reachable({ nodes }: RedisLook): Finding[] {
  return nodes.map((node) =>
    node.fault === null
      ? ok(placeOf(node), 'answers')
      : faultProblem(
          placeOf(node),
          node.fault,
          'Spans cannot be kept: their workers wait, and nothing is linked by them.',
        ),
  );
}

function permission({ nodes }: RedisLook, { config }: Looks): Finding[] {
  return nodes.map((node) => {
    const { rights } = node;
    if (rights === null) return unseen(node);
    const user = config['redis.username'] ?? 'default';
    const toDo =
      'Give the user the rights that docs/reference/redis.md lists, with ACL SETUSER, and keep them in the file of the server.';
    const why = 'A worker stops at the first command that is refused.';
    if (rights.keysDenied)
      return problem(placeOf(node), {
        found: `user ${user} may not use keys of ${config.namespace}:`,
        why,
        toDo,
      });
    if (rights.denied === null)
      return notChecked(
        placeOf(node),
        `user ${user} may not send MULTI, by which rights are found out without writing`,
      );
    if (rights.denied.length === 0) return ok(placeOf(node), `user ${user} may do what workers do`);
    return problem(placeOf(node), {
      found: `user ${user} may not send ${rights.denied.join(', ')}`,
      why,
      toDo,
    });
  });
}

function version({ version: is, role, hasHistory }: RedisInfo, place: string): Finding {
  if (!(Number.parseInt(is, 10) >= OLDEST_VERSION))
    return problem(place, {
      found: `version ${is || 'unknown'}`,
      why: 'Scripts and commands of workers need a later one; they do not start.',
      toDo: `Use version ${OLDEST_VERSION} or later.`,
    });
  if (role !== 'master' && role !== '')
    return problem(place, {
      found: 'it is a replica',
      why: 'What a replica answers may be old, and it takes no writes.',
      toDo: 'Name the primary in redis.nodes.',
    });
  if (!hasHistory)
    return problem(place, {
      found: 'it does not say its master_replid',
      why: 'Without it a failover that loses writes would go unseen.',
      toDo: 'Use a server that says it in INFO replication.',
    });
  return ok(place, `version ${is}, a primary`);
}

function eviction({ policy, evictedKeys }: RedisInfo, place: string): Finding {
  const gone = evictedKeys === 0 ? '' : `; since its start it dropped ${counted(evictedKeys, 'key')}`;
  const trouble = {
    found: `maxmemory-policy ${policy || 'unknown'}${gone}`,
    why: 'When memory is short it drops spans before they are joined: payments are missed, and nobody is told.',
    toDo: 'CONFIG SET maxmemory-policy noeviction, and the same in redis.conf.',
  };
  if (policy !== 'noeviction') return problem(place, trouble);
  if (evictedKeys === 0) return ok(place, 'maxmemory-policy noeviction');
  return warning(place, {
    ...trouble,
    toDo: 'Nothing for now: the policy is right. What was dropped is gone; find out who had set another one.',
  });
}

function cluster({ nodes, unservedSlots }: RedisLook, { config }: Looks): Finding[] {
  const said = config['redis.cluster'];
  const findings = nodes.map((node) => {
    if (node.info === null) return unseen(node);
    const { isCluster } = node.info;
    if (isCluster === said)
      return ok(placeOf(node), isCluster ? 'is of a Cluster, as configured' : 'is no Cluster, as configured');
    return problem(placeOf(node), {
      found: isCluster ? 'is a node of a Cluster' : 'is no Cluster',
      why: 'The configuration says otherwise, and workers do not start.',
      toDo: `Set redis.cluster: ${String(isCluster)}.`,
    });
  });
  if (unservedSlots === null || unservedSlots === 0) return findings;
  const slots = problem(`${REDIS} Cluster`, {
    found: `${counted(unservedSlots, 'slot')} of 16384 have no primary`,
    why: 'Spans of the shards that lie there cannot be written or read; workers wait.',
    toDo: 'Start the nodes that had them, or give the slots to others: redis-cli --cluster fix',
  });
  return [...findings, slots];
}

function memory({ nodes }: RedisLook, { config }: Looks): Finding[] {
  const infos = nodes.flatMap(({ info }) => (info === null ? [] : [info]));
  if (infos.length === 0) return [notChecked(REDIS, 'it could not be asked')];
  const full = nodes.flatMap((node) => (node.info === null ? [] : fullness(node.info, placeOf(node))));
  if (full.length > 0) return full;
  const most = infos.reduce((sum, { mostBytes }) => sum + mostBytes, 0);
  const wanted = config['redis.max_bytes'];
  const limit = infos.every(({ hasMaxMemory }) => hasMaxMemory) ? 'maxmemory' : 'the memory of its machine';
  const found = `${bytesText(most)} (${limit}); redis.max_bytes is ${formatByteSize(wanted)}`;
  if (most >= wanted * SPARE) return [ok(REDIS, found)];
  return [
    warning(REDIS, {
      found: `${found}, and needs a third to spare`,
      why: 'The server is full before the window holds back: its writes are refused, those of others that use it too.',
      toDo: 'Set maxmemory higher, or redis.max_bytes lower.',
    }),
  ];
}

function fullness({ usedBytes, mostBytes }: RedisInfo, place: string): Finding[] {
  if (usedBytes < NEARLY_FULL * mostBytes) return [];
  return [
    problem(place, {
      found: `${bytesText(usedBytes)} of ${bytesText(mostBytes)} are used`,
      why: 'At the limit it refuses writes; workers wait, and their lag grows.',
      toDo: 'Give it more memory, or see who else fills it: redis-cli --bigkeys',
    }),
  ];
}

function window({ nodes, window: { marked, shards, bytes } }: RedisLook, { config }: Looks): Finding[] {
  const place = `keys of ${config.namespace}:`;
  if (nodes.some(({ info }) => info === null)) return [notChecked(place, 'not every server could be asked')];
  if (marked === 0)
    return [
      ok(
        place,
        'there are none: no worker has begun there, or it was flushed; workers begin anew by themselves',
      ),
    ];
  if (marked < shards)
    return [
      warning(place, {
        found: `${shards - marked} of ${shards} shards have lost their mark`,
        why: 'A part of the window is gone. A worker that runs sees it, puts its events back and reads spans again.',
        toDo: 'Let the workers run, and look again; find out who flushed or replaced a server.',
      }),
    ];
  const most = config['redis.max_bytes'];
  const found = `whole; spans take ${bytesText(bytes)} of ${formatByteSize(most)}`;
  if (bytes < NEARLY_FULL * most) return [ok(place, found)];
  return [
    warning(place, {
      found,
      why: 'At redis.max_bytes workers of spans wait until older ones expire, and their lag grows.',
      toDo: 'Set redis.max_bytes higher where there is memory, or join.before and join.max_event_delay lower.',
    }),
  ];
}
