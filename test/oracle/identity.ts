/** Who is who (docs/SPEC.md J4 to J8, J10): resolution by looking at every statement of the run, each time. */
import { canonical } from './text.ts';
import type { Account, Observation, Span, Statement, World } from './world.ts';

/** Cluster of what names no cluster and of which no record names one. */
const UNNAMED = '';

/** A pod: its uid, or its name where no uid is known for the name. */
export interface Pod {
  /** Equal for the same pod, and for no two pods. */
  key: string;
  /** As documents show it: the uid, or `ns/name`. */
  shown: string;
}

export interface Container {
  id: string | null;
  ambiguous: boolean;
}

/** A pod name with the cluster of J5. */
interface Name {
  cluster: string;
  namespace: string;
  name: string;
}

export interface Inventory {
  /** J6 without its last sentence; null for nobody. */
  statedPod(statement: Statement): Pod | null;
  /** J6; null for nobody. */
  pod(statement: Statement): Pod | null;
  /** J7. */
  container(statement: Statement): Container;
  /** J10: the name that a host name is, and its pod; null where it is no pod's name. */
  hostName(span: Span): { pod: Pod | null } | null;
  /** J5 for pod names; null when the name is in two clusters. */
  nameCluster(statement: Statement): string | null;
  /** J5 for accounts. */
  accountKey(account: Account): string | null;
  /** J9 identity: the pods known to run as the account. */
  podsOfAccount(key: string): string[];
  workloadKey(span: Span): string | null;
  serviceKey(span: Span): string | null;
  nodeKey(statement: Statement): string | null;
}

/** Learns from everything first (J4), then answers. */
export function takeInventory(world: World, lateHorizon: number): Inventory {
  const proofs = world.observations.flatMap((o) => o.proofs);
  const all: Statement[] = [
    ...world.spans.map((span) => span.statement),
    ...world.observations.map((o) => o.statement),
    ...proofs.map((proof) => proof.statement),
    ...world.payments.map((payment) => payment.statement),
  ];
  const accounts = statedAccounts(world.observations);
  const named = memo((s: Statement) => nameOf(s, all));
  const namedAs = memo((s: Statement) => canonical(named(s)));
  const byName = (name: Name, at: number): Pod | null => {
    const wanted = canonical(name);
    return podOfName(
      name,
      at,
      all.filter((s) => s.podUid !== null && namedAs(s) === wanted),
      lateHorizon,
    );
  };
  const stated = memo((s: Statement) => {
    const name = named(s);
    if (s.podUid !== null) return { key: `uid ${s.podUid}`, shown: s.podUid };
    return name === null ? null : byName(name, s.at);
  });
  const full = fullIds(all);
  const container = memo((s: Statement) => containerOf(s, full, all, stated));
  const pod = (s: Statement): Pod | null =>
    stated(s) ?? podOfContainer(container(s).id, all, container, stated);

  return {
    statedPod: stated,
    pod,
    container,
    hostName(span) {
      const s = span.statement;
      if (span.hostName === null || s.podName !== null || s.podUid !== null || s.containerId !== null)
        return null;
      const names = all.map(named).filter((name) => name?.name === span.hostName);
      const [only, ...others] = new Set(names.map(canonical));
      const name = names[0];
      if (only === undefined || others.length > 0 || name === undefined || name === null) return null;
      return { pod: byName(name, span.start) };
    },
    nameCluster: (s) => clusterOfRecord(s, all),
    accountKey: (account) => accountKey(account, accounts),
    podsOfAccount: (key) =>
      distinct(
        proofs
          .filter((proof) => proof.account !== null && accountKey(proof.account, accounts) === key)
          .map((proof) => pod(proof.statement)?.key),
      ),
    workloadKey(span) {
      const cluster = clusterOfRecord(span.statement, all);
      const { namespace } = span.statement;
      if (span.workload === null || namespace === null || cluster === null) return null;
      return canonical([cluster, namespace, span.workload.kind, span.workload.name]);
    },
    serviceKey(span) {
      if (span.serviceName === null) return null;
      const same = world.spans.filter(
        (other) => other.serviceName === span.serviceName && other.serviceNamespace === span.serviceNamespace,
      );
      const cluster = onlyCluster(
        span.statement.cluster,
        same.map((other) => other.statement.cluster),
      );
      return cluster === null ? null : canonical([cluster, span.serviceNamespace, span.serviceName]);
    },
    nodeKey(s) {
      const cluster = clusterOfRecord(s, all);
      return s.node === null || cluster === null ? null : canonical([cluster, s.node]);
    },
  };
}

/** J5: the stated cluster, else the only one named, else the unnamed one; null where two are named. */
function onlyCluster(stated: string | null, others: (string | null)[]): string | null {
  if (stated !== null) return stated;
  const clusters = distinct(others);
  return clusters.length > 1 ? null : (clusters[0] ?? UNNAMED);
}

function clusterOfRecord(s: Statement, all: Statement[]): string | null {
  const sameName = all.filter(
    (o) =>
      s.namespace !== null && s.podName !== null && o.namespace === s.namespace && o.podName === s.podName,
  );
  return onlyCluster(
    s.cluster,
    sameName.map((o) => o.cluster),
  );
}

/** The pod name that a record states; null where a part is missing or the cluster is ambiguous. */
function nameOf(s: Statement, all: Statement[]): Name | null {
  const cluster = clusterOfRecord(s, all);
  if (s.namespace === null || s.podName === null || cluster === null) return null;
  return { cluster, namespace: s.namespace, name: s.podName };
}

function accountKey(account: Account, accounts: Account[]): string | null {
  const same = accounts.filter((o) => o.namespace === account.namespace && o.name === account.name);
  const cluster = onlyCluster(
    account.cluster,
    same.map((o) => o.cluster),
  );
  return cluster === null ? null : canonical([cluster, account.namespace, account.name]);
}

function statedAccounts(observations: Observation[]): Account[] {
  return observations
    .flatMap((o) => [o.account, ...o.proofs.map((proof) => proof.account)])
    .filter((account) => account !== null);
}

/** J6 for a name: `sightings` are the statements of that name with a uid. */
function podOfName(name: Name, at: number, sightings: Statement[], lateHorizon: number): Pod | null {
  if (sightings.length === 0)
    return { key: `name ${canonical(name)}`, shown: `${name.namespace}/${name.name}` };
  const lives = distinct(sightings.map((s) => s.podUid)).map((podUid) => {
    const times = sightings.filter((s) => s.podUid === podUid).map((s) => s.at);
    return { podUid, first: Math.min(...times), last: Math.max(...times) };
  });
  const alive = lives.filter((life) => life.first <= at && at <= life.last);
  const near = lives.filter((life) => life.first - at <= lateHorizon && at - life.last <= lateHorizon);
  const candidates = alive.length > 0 ? alive : near;
  const only = candidates[0];
  return candidates.length === 1 && only !== undefined
    ? { key: `uid ${only.podUid}`, shown: only.podUid }
    : null;
}

function fullIds(all: Statement[]): string[] {
  const known = distinct(all.map((s) => s.containerId));
  return known.filter((id) => !known.some((other) => other !== id && other.startsWith(id)));
}

/** J7. */
function containerOf(
  s: Statement,
  full: string[],
  all: Statement[],
  stated: (s: Statement) => Pod | null,
): Container {
  const { containerId } = s;
  if (containerId === null) return { id: null, ambiguous: false };
  let candidates = full.filter((id) => id.startsWith(containerId));
  const pod = stated(s);
  if (candidates.length > 1 && pod !== null) {
    candidates = candidates.filter((id) =>
      all.some((o) => o.containerId === id && stated(o)?.key === pod.key),
    );
  }
  if (candidates.length > 1 && s.cluster !== null) {
    candidates = candidates.filter((id) => all.some((o) => o.containerId === id && o.cluster === s.cluster));
  }
  const only = candidates[0];
  return candidates.length === 1 && only !== undefined
    ? { id: only, ambiguous: false }
    : { id: null, ambiguous: true };
}

/** The last sentence of J6. */
function podOfContainer(
  id: string | null,
  all: Statement[],
  container: (s: Statement) => Container,
  stated: (s: Statement) => Pod | null,
): Pod | null {
  if (id === null) return null;
  const pods = all
    .filter((s) => container(s).id === id)
    .map(stated)
    .filter((pod) => pod !== null);
  return distinct(pods.map((pod) => pod.key)).length === 1 ? (pods[0] ?? null) : null;
}

/** The values that are there, each once, sorted. */
export function distinct(values: (string | null | undefined)[]): string[] {
  return [...new Set(values.filter((value) => value !== null && value !== undefined))].toSorted();
}

/** Remembers answers by statement: the loops stay loops, tests stay fast. */
function memo<T>(answer: (s: Statement) => T): (s: Statement) => T {
  const known = new Map<Statement, T>();
  return (s) => {
    const before = known.get(s);
    if (before !== undefined) return before;
    const now = answer(s);
    known.set(s, now);
    return now;
  };
}
