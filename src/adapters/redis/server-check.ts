/** Refuses a server on which the window could lose spans without a word. */
import { setUpWrong } from './faults.ts';

const OLDEST_VERSION = 7;

/**
 * @param info answer to INFO
 * @throws CounterfoilError CF_SERVER_SETUP, which says what to set; an Error that is tried again when it is a replica
 */
export function checkServer(address: string, info: string, cluster: boolean): void {
  const valueOf = (name: string): string => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1] ?? '';
  const version = valueOf('redis_version');
  if (!(Number.parseInt(version, 10) >= OLDEST_VERSION))
    throw setUpWrong(address, `has version ${version || 'unknown'}. Use version ${OLDEST_VERSION} or later.`);
  const policy = valueOf('maxmemory_policy');
  if (policy !== 'noeviction')
    throw setUpWrong(
      address,
      `has maxmemory-policy ${policy || 'unknown'}, which drops spans before they are joined. Set it: CONFIG SET maxmemory-policy noeviction, and the same in redis.conf.`,
    );
  const isCluster = valueOf('cluster_enabled') === '1';
  if (isCluster !== cluster)
    throw setUpWrong(
      address,
      `${isCluster ? 'is a node of a Cluster' : 'is no Cluster'}, but the configuration says otherwise. Set redis.cluster: ${String(isCluster)}.`,
    );
  if (valueOf('master_replid') === '')
    throw setUpWrong(
      address,
      'does not say its master_replid in INFO replication, without which a failover would go unseen. Use a server that does.',
    );
  if (valueOf('role') !== 'master')
    throw cluster
      ? new Error('is a replica')
      : setUpWrong(address, 'is a replica. Name the primary: what a replica answers may be old.');
}
