/**
 * Which of the commands that the stores use this user may not send, found out without doing any of them.
 *
 * What: the commands are queued between MULTI and DISCARD. A server judges the rights of a command, and of its keys, when it is queued, and
 * DISCARD throws all of them away. Why not ask for the rules (ACL GETUSER, ACL DRYRUN): those are for administrators, and a worker has no
 * such right. Cost: one round trip. Worked example: a user without +hset gets NOPERM for HSET, and QUEUED for the others.
 * Source: redis.io/docs/latest/develop/interact/transactions.
 */
import type { Redis } from 'ioredis';
import { wordOf } from './faults.ts';
import { windowKeys } from './window-keys.ts';

export interface RightsLook {
  /** Null: MULTI and DISCARD are not allowed, so nobody knows. */
  denied: readonly string[] | null;
  /** Whether keys of our namespace are not allowed. */
  keysDenied: boolean;
}

const NO_SCRIPT = '0'.repeat(40);

/** Each with arguments of the right number; they are never done. */
function commandsOn(key: string): readonly (readonly [string, ...string[]])[] {
  const ofKey = ['HKEYS', 'HGETALL', 'HLEN', 'LLEN', 'SMEMBERS', 'ZCARD', 'UNLINK'];
  const ofMember = ['HGET', 'HMGET', 'HDEL', 'HSTRLEN', 'RPUSH', 'LINDEX', 'SADD', 'SREM', 'ZREM', 'ZSCORE'];
  const ofRange = ['LRANGE', 'LTRIM', 'ZRANGE', 'ZREMRANGEBYSCORE'];
  return [
    ['SCRIPT', 'LOAD', 'return 1'],
    ['EVALSHA', NO_SCRIPT, '1', key],
    ['EXPIRE', key, '1'],
    ['HSET', key, 'f', 'v'],
    ['HSETNX', key, 'f', 'v'],
    ['HINCRBY', key, 'f', '1'],
    ['ZADD', key, '0', 'm'],
    ['ZRANGEBYLEX', key, '-', '+'],
    ...ofKey.map((name) => [name, key] as const),
    ...ofMember.map((name) => [name, key, '0'] as const),
    ...ofRange.map((name) => [name, key, '0', '0'] as const),
  ];
}

/** Asks one server, over a connection that nobody else uses meanwhile. */
export async function lookAtRights(client: Redis, namespace: string): Promise<RightsLook> {
  const commands = commandsOn(windowKeys(namespace)[0]?.meta ?? namespace);
  if (!(await mayQueue(client))) return { denied: null, keysDenied: false };
  const pipeline = client.pipeline();
  for (const [name, ...args] of commands) pipeline.call(name, ...args);
  const errors = ((await pipeline.exec()) ?? []).map(([error]) => error);
  // Where this is refused, the end of the connection throws them away.
  await client.call('DISCARD').catch(() => undefined);
  const refused = errors.map((error) => (error !== null && wordOf(error) === 'NOPERM' ? error : null));
  return {
    denied: commands.flatMap(([name], i) => (isOfCommand(refused[i]) ? [name] : [])),
    keysDenied: refused.some(isOfKeys),
  };
}

/** Unless the server says that it queues, nothing may be sent after: it would be done. */
async function mayQueue(client: Redis): Promise<boolean> {
  try {
    return String(await client.call('MULTI')) === 'OK';
  } catch (error) {
    if (error instanceof Error && wordOf(error) === 'NOPERM') return false;
    throw error;
  }
}

/** The words of Redis 7.0, and of those after it. */
const OF_KEYS = /access (one of the keys|a key)/;

function isOfKeys(error: Error | undefined | null): boolean {
  return error !== undefined && error !== null && OF_KEYS.test(error.message);
}

function isOfCommand(error: Error | undefined | null): boolean {
  return error !== undefined && error !== null && !isOfKeys(error);
}
