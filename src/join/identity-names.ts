/**
 * Clusters and pod names: from what records state to which pod they mean (SPEC J5, J6).
 *
 * What: a pod name is no identity by itself: StatefulSets reuse names, and two clusters may hold the same one. A name
 * means the uid whose sightings surround the instant. Why never a guess: a wrong pod puts innocent payments into an
 * incident; an ambiguous name is counted and left alone.
 *
 * Cost: one map entry per (cluster, namespace, name, uid). Worked example: name `db-0` was seen with uid A from 14:00
 * to 14:10 and with B from 14:20 on; at 14:05 it means A, at 14:15 nobody (both are near), at 14:25 B.
 * Source: DESIGN 4.2, reference/formats section 2.
 */
import type { Instant, Micros } from '../model/instant.ts';
import type { StatedIdentity } from '../model/identity.ts';

interface Life {
  uid: string;
  first: Instant;
  last: Instant;
}

/** The names of one kind (pods, accounts, services) that records with a cluster have stated. */
export class ClusterNames {
  readonly #clusters = new Map<string, Set<string>>();

  note(cluster: string | null, name: string): void {
    if (cluster === null) return;
    const known = this.#clusters.get(name);
    if (known === undefined) this.#clusters.set(name, new Set([cluster]));
    else known.add(cluster);
  }

  /** The cluster meant: as stated, else the only one known, else the unnamed one (''); null when two are possible. */
  resolve(cluster: string | null, name: string): string | null {
    if (cluster !== null) return cluster;
    const known = this.#clusters.get(name);
    if (known === undefined) return '';
    const [only] = known;
    return known.size === 1 && only !== undefined ? only : null;
  }
}

/** Key of a pod name within its cluster. */
export function podNameKey(namespace: string, podName: string): string {
  return `${namespace}\0${podName}`;
}

export type PodOutcome = { pod: string } | { pod: null; why: 'unstated' | 'ambiguous_pod' };

/** Lives of pod names; `learn` everything first, then ask. */
export class PodNames {
  readonly clusters = new ClusterNames();
  /** cluster \0 namespace \0 name -> uids. */
  readonly #lives = new Map<string, Life[]>();
  readonly #lateHorizon: Micros;
  #reused = false;

  constructor(lateHorizon: Micros) {
    this.#lateHorizon = lateHorizon;
  }

  /** One record stated this uid and this name together between the two instants. */
  learn(
    cluster: string,
    namespace: string,
    podName: string,
    uid: string,
    first: Instant,
    last: Instant,
  ): void {
    const key = `${cluster}\0${podNameKey(namespace, podName)}`;
    const lives = this.#lives.get(key) ?? [];
    const life = lives.find((known) => known.uid === uid);
    if (life === undefined) {
      lives.push({ uid, first, last });
      this.#reused ||= lives.length > 1;
    } else {
      life.first = Math.min(life.first, first);
      life.last = Math.max(life.last, last);
    }
    this.#lives.set(key, lives);
  }

  /** Some name has more than one uid. */
  get reused(): boolean {
    return this.#reused;
  }

  /** Whether the pod meant can change with the instant. */
  dependsOnTime(identity: StatedIdentity): boolean {
    if (identity.podUid !== null || identity.podName === null || identity.namespace === null) return false;
    const cluster = this.clusters.resolve(identity.cluster, podNameKey(identity.namespace, identity.podName));
    return (
      cluster !== null && this.#lives.has(`${cluster}\0${podNameKey(identity.namespace, identity.podName)}`)
    );
  }

  /** The pod that a record means by uid or name at an instant. */
  resolve(identity: StatedIdentity, at: Instant): PodOutcome {
    const { namespace, podName, podUid } = identity;
    if (podUid !== null) return { pod: `u:${podUid}` };
    if (podName === null || namespace === null) return { pod: null, why: 'unstated' };
    const name = podNameKey(namespace, podName);
    const cluster = this.clusters.resolve(identity.cluster, name);
    if (cluster === null) return { pod: null, why: 'ambiguous_pod' };
    const lives = this.#lives.get(`${cluster}\0${name}`);
    if (lives === undefined) return { pod: `n:${cluster}/${namespace}/${podName}` };
    const uid = this.#uidAt(lives, at);
    return uid === null ? { pod: null, why: 'ambiguous_pod' } : { pod: `u:${uid}` };
  }

  #uidAt(lives: readonly Life[], at: Instant): string | null {
    const alive = lives.filter((life) => life.first <= at && at <= life.last);
    if (alive.length > 0) return alive.length === 1 ? (alive[0]?.uid ?? null) : null;
    const near = lives.filter((life) => Math.max(life.first - at, at - life.last) <= this.#lateHorizon);
    return near.length === 1 ? (near[0]?.uid ?? null) : null;
  }
}
