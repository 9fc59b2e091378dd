/**
 * The inventory of the batch lane: everything that records teach about pods, learned whole before anything is
 * resolved (SPEC J4 to J10).
 *
 * What: records state names; the join compares pods and containers. `learn` collects distinct statements, `sealNames`
 * and `seal` order them (clusters, names, containers, then what runs on which pod), `resolve` answers. Why whole
 * first: an answer must not depend on which file was read first. Why statements and not records: a million spans of
 * one pod make one statement with a first and a last instant; only statements that name a pod without its uid keep
 * their instants, because their pod can change with time.
 *
 * Cost: memory by distinct identities, not by records; resolving is a few map look-ups.
 * Worked example: a Falco alert states container `aaaaaaaaaaaa` and nothing else; a span states that container's 64
 * digits beside a uid: the alert's pod is that uid.
 * Source: DESIGN 4.2.
 */
import type { Instant, Micros } from '../model/instant.ts';
import type { ServiceAccount, StatedIdentity } from '../model/identity.ts';
import { ContainerIds } from './container-ids.ts';
import { ClusterNames, PodNames, podNameKey } from './identity-names.ts';

/** What a record means once everything is known. Pods are `u:uid` or `n:cluster/ns/name`; null: nobody. */
export interface Resolved {
  pod: string | null;
  container: string | null;
  /** Ambiguities met on the way, to be counted and shown. */
  ambiguous: ('ambiguous_pod' | 'ambiguous_container' | 'ambiguous_service_account')[];
}

interface Statement {
  identity: StatedIdentity;
  first: Instant;
  last: Instant;
  /** All instants, kept only where the pod may depend on them; null: the first stands for all. */
  instants: Set<Instant> | null;
  account: ServiceAccount | null;
}

export class Inventory {
  readonly #statements = new Map<string, Statement>();
  readonly #pods: PodNames;
  readonly #containers = new ContainerIds();
  readonly #accounts = new ClusterNames();
  /** Full container id -> every pod that a record states beside it. */
  readonly #podsOfContainer = new Map<string, Set<string>>();
  readonly #podsOfAccount = new Map<string, Set<string>>();
  /** Bare pod name -> `cluster \0 namespace` of every pod so named, for host.name. */
  readonly #byHostName = new Map<string, Set<string>>();

  constructor(lateHorizon: Micros) {
    this.#pods = new PodNames(lateHorizon);
  }

  /** A record states this identity at this instant; `account` only where it proves what the pod runs as. */
  learn(identity: StatedIdentity, at: Instant, account: ServiceAccount | null): void {
    const statement = this.#widen(identity, at, at, account);
    if (identity.podUid === null && identity.podName !== null) (statement.instants ??= new Set()).add(at);
  }

  /** What was learned before of one statement, as `learn` would have gathered it. */
  restore(fact: Omit<Statement, 'instants'> & { instants: readonly Instant[] }): void {
    const statement = this.#widen(fact.identity, fact.first, fact.last, fact.account);
    for (const at of fact.instants) (statement.instants ??= new Set()).add(at);
  }

  /** Many spans of one identity at once: the range is all that is needed, unless `needsInstants` says otherwise. */
  learnRange(identity: StatedIdentity, first: Instant, last: Instant): void {
    this.#widen(identity, first, last, null);
  }

  #widen(identity: StatedIdentity, first: Instant, last: Instant, account: ServiceAccount | null): Statement {
    const key = statementKey(identity, account);
    let known = this.#statements.get(key);
    if (known === undefined) {
      known = { identity, first, last, instants: null, account };
      this.#statements.set(key, known);
    }
    known.first = Math.min(known.first, first);
    known.last = Math.max(known.last, last);
    return known;
  }

  /** A record that names its cluster states this account, as caller or as what a pod runs as. */
  learnAccount(cluster: string | null, account: ServiceAccount): void {
    this.#accounts.note(cluster, accountName(account));
  }

  /** Orders names and ids; no statement may be learned afterwards, only instants of known ones. */
  sealNames(): void {
    for (const { identity, account } of this.#statements.values()) {
      const { cluster, namespace, podName, containerId } = identity;
      if (namespace !== null && podName !== null)
        this.#pods.clusters.note(cluster, podNameKey(namespace, podName));
      if (account !== null) this.learnAccount(cluster, account);
      if (containerId !== null) this.#containers.learn(containerId, cluster);
    }
    this.#containers.seal();
    for (const statement of this.#statements.values()) this.#sealName(statement);
  }

  /** Whether every instant of this identity matters: its pod changes with time and it ties a container to that pod. */
  needsInstants(identity: StatedIdentity): boolean {
    return identity.containerId !== null && this.dependsOnTime(identity);
  }

  /** An instant of an identity for which `needsInstants` holds; between `sealNames` and `seal`. */
  learnInstant(identity: StatedIdentity, at: Instant): void {
    const statement = this.#statements.get(statementKey(identity, null));
    if (statement !== undefined) (statement.instants ??= new Set()).add(at);
  }

  /** Ties containers and accounts to pods; afterwards `resolve` answers. */
  seal(): void {
    for (const statement of this.#statements.values()) {
      const { containerId } = statement.identity;
      if (containerId === null) continue;
      for (const pod of this.#statedPods(statement)) this.#containers.learnPod(containerId, pod);
    }
    for (const statement of this.#statements.values()) this.#sealContainer(statement);
    for (const statement of this.#statements.values()) this.#sealAccount(statement);
  }

  #sealName({ identity, first, last }: Statement): void {
    const { namespace, podName, podUid } = identity;
    if (namespace === null || podName === null) return;
    const cluster = this.#pods.clusters.resolve(identity.cluster, podNameKey(namespace, podName));
    if (cluster === null) return;
    add(this.#byHostName, podName, `${cluster}\0${namespace}`);
    if (podUid !== null) this.#pods.learn(cluster, namespace, podName, podUid, first, last);
  }

  #sealContainer(statement: Statement): void {
    if (statement.identity.containerId === null) return;
    for (const at of this.#instantsOf(statement)) {
      const stated = this.#pods.resolve(statement.identity, at);
      if (stated.pod === null) continue;
      const { container } = this.#containers.resolve(statement.identity, stated.pod);
      if (container !== null) add(this.#podsOfContainer, container, stated.pod);
    }
  }

  #sealAccount(statement: Statement): void {
    if (statement.account === null) return;
    const account = this.accountKey(statement.identity.cluster, statement.account);
    if (account === null) return;
    for (const at of this.#instantsOf(statement)) {
      const { pod } = this.resolve(statement.identity, at);
      if (pod !== null) add(this.#podsOfAccount, account, pod);
    }
  }

  #instantsOf(statement: Statement): Iterable<Instant> {
    const timed = statement.instants !== null && this.dependsOnTime(statement.identity);
    return timed && statement.instants !== null ? statement.instants : [statement.first];
  }

  #statedPods(statement: Statement): Set<string> {
    const pods = new Set<string>();
    for (const at of this.#instantsOf(statement)) {
      const { pod } = this.#pods.resolve(statement.identity, at);
      if (pod !== null) pods.add(pod);
    }
    return pods;
  }

  /** Whether the same identity can mean different pods at different instants. */
  dependsOnTime(identity: StatedIdentity): boolean {
    return this.#pods.dependsOnTime(identity);
  }

  /** The pod and container that a record means; after `seal`. */
  resolve(identity: StatedIdentity, at: Instant): Resolved {
    const ambiguous: Resolved['ambiguous'] = [];
    const stated = this.#pods.resolve(identity, at);
    if (stated.pod === null && stated.why === 'ambiguous_pod') ambiguous.push('ambiguous_pod');
    const outcome = this.#containers.resolve(identity, stated.pod);
    if (outcome.container === null && outcome.why === 'ambiguous_container')
      ambiguous.push('ambiguous_container');
    const pod = stated.pod ?? this.#onlyPodOf(outcome.container);
    return { pod, container: outcome.container, ambiguous };
  }

  #onlyPodOf(container: string | null): string | null {
    const pods = container === null ? undefined : this.#podsOfContainer.get(container);
    if (pods === undefined || pods.size !== 1) return null;
    const [only] = pods;
    return only ?? null;
  }

  /** The (cluster, namespace, pod name) that a bare host name means, if exactly one pod is so named (SPEC J10). */
  podOfHostName(hostName: string): { cluster: string; namespace: string } | null {
    const places = this.#byHostName.get(hostName);
    if (places === undefined || places.size !== 1) return null;
    const [only = ''] = places;
    const [cluster = '', namespace = ''] = only.split('\0');
    return { cluster, namespace };
  }

  /** The cluster of a pod name, as J5 has it; '' is the unnamed one, null is ambiguous. */
  clusterOf(identity: StatedIdentity): string | null {
    const { cluster, namespace, podName } = identity;
    if (cluster !== null || namespace === null || podName === null) return cluster ?? '';
    return this.#pods.clusters.resolve(null, podNameKey(namespace, podName));
  }

  /** Key of an account within its cluster; null when the cluster is ambiguous. */
  accountKey(cluster: string | null, account: ServiceAccount): string | null {
    const resolved = this.#accounts.resolve(cluster, accountName(account));
    return resolved === null ? null : `${resolved}/${accountName(account)}`;
  }

  /** Whether some pod name was seen with more than one uid, so that later sightings can change what it means. */
  get reusesNames(): boolean {
    return this.#pods.reused;
  }

  /** Pods known to run as an account. */
  podsOfAccount(accountKey: string): ReadonlySet<string> {
    return this.#podsOfAccount.get(accountKey) ?? EMPTY;
  }
}

const EMPTY: ReadonlySet<string> = new Set();

function accountName(account: ServiceAccount): string {
  return `${account.namespace}/${account.name}`;
}

function statementKey(identity: StatedIdentity, account: ServiceAccount | null): string {
  const { cluster, namespace, podName, podUid, containerId } = identity;
  const parts = [cluster, namespace, podName, podUid, containerId, account?.namespace, account?.name];
  return parts.map((part) => part ?? '\u0001').join('\0');
}

function add(map: Map<string, Set<string>>, key: string, value: string): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, new Set([value]));
  else values.add(value);
}
