/** The small cluster that a scenario happens in: workloads, pods whose names come back, containers alike. */
import type { Dice } from './dice.ts';

export interface WorldContainer {
  id: string;
  name: string;
}

export interface WorldPod {
  cluster: string;
  namespace: string;
  name: string;
  uid: string;
  node: string;
  account: string;
  workload: { kind: string; name: string };
  service: string;
  containers: WorldContainer[];
}

/** What is under construction, and the tools for it. */
export interface Stage {
  dice: Dice;
  /** Marks that the scenario contains this, for the statistics. */
  note: (feature: string) => void;
  /** Base time, microseconds. */
  t0: number;
  /** Configured cluster of all inputs. */
  configured: string | null;
  pods: WorldPod[];
  traces: string[];
}

export const SECOND = 1_000_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

const KINDS = ['deployment', 'statefulset', 'daemonset', 'cronjob', 'job'];

/** Two to seven pods of one to three workloads. */
export function makePods(dice: Dice, note: (feature: string) => void): WorldPod[] {
  const clusters = ['prod-eu', 'prod-us', 'dr'].slice(0, dice.pick([1, 1, 2, 2, 3]));
  const namespaces = ['payments', 'ledger', 'checkout'].slice(0, dice.int(1, 3));
  const nodes = ['node-a', 'node-a', 'node-b'];
  const workloads = Array.from({ length: dice.pick([1, 1, 2, 2, 3]) }, (_, i) => ({
    cluster: dice.pick(clusters),
    namespace: dice.pick(namespaces),
    kind: KINDS[dice.weighted([5, 3, 1, 1, 1])] ?? 'job',
    name: ['api', 'ledger', 'gateway'][i] ?? 'api',
    account: dice.pick(['payer', 'payer', 'viewer']),
  }));
  if (clusters.length > 1) note('several_clusters');
  const pods: WorldPod[] = [];
  for (let i = dice.int(2, 7); i > 0; i--) {
    const home = dice.pick(workloads);
    // Few names for many pods: a name comes back with another uid, or in another cluster or namespace.
    const twin = dice.chance(0.22) ? pods.at(-1) : undefined;
    const cluster = dice.chance(twin === undefined ? 0.2 : 0.8) ? dice.pick(clusters) : home.cluster;
    const namespace = twin?.namespace ?? (dice.chance(0.1) ? dice.pick(namespaces) : home.namespace);
    const name = twin?.name ?? `${home.name}-${dice.int(0, 2)}`;
    if (pods.some((p) => p.name === name && p.namespace === namespace && p.cluster === cluster))
      note('name_reused');
    if (pods.some((p) => p.name === name && p.namespace === namespace && p.cluster !== cluster)) {
      note('name_in_two_clusters');
    }
    pods.push({
      cluster,
      namespace,
      name,
      uid: uid(dice),
      node: dice.pick(nodes),
      account: home.account,
      workload: { kind: home.kind, name: home.name },
      service: home.name,
      containers: ['app', 'sidecar'].slice(0, dice.int(1, 2)).map((container) => ({
        id: containerId(dice, pods, note),
        name: container,
      })),
    });
  }
  return pods;
}

/** Kubernetes uids and UETRs: a UUID. */
export function uid(dice: Dice): string {
  return [8, 4, 4, 4, 12].map((length) => dice.hex(length)).join('-');
}

/** Some containers have their first 12 or 31 digits in common with another one. */
function containerId(dice: Dice, pods: WorldPod[], note: (feature: string) => void): string {
  const other = pods.flatMap((pod) => pod.containers)[0];
  if (other === undefined || !dice.chance(0.4)) return dice.hex(64);
  note('shared_container_prefix');
  const length = dice.pick([12, 12, 12, 31]);
  return other.id.slice(0, length) + dice.hex(64 - length);
}

/** A container id as producers write it: 12, 31 or 64 digits, with or without scheme, in either case. */
export function spellContainer(dice: Dice, id: string, note: (feature: string) => void): string {
  const length = dice.pick([12, 12, 31, 64, 64]);
  note(`container_id_${length}`);
  const scheme = dice.pick(['', '', 'containerd://', 'docker://', 'cri-o://']);
  if (scheme !== '') note('container_id_scheme');
  const digits = id.slice(0, length);
  return scheme + (dice.chance(0.1) ? digits.toUpperCase() : digits);
}

/** RFC 3339 text of an instant, with digits below the microsecond, or another zone, now and then. */
export function spellTime(dice: Dice, at: number): string {
  const zone = dice.chance(0.1) ? 2 : 0;
  const seconds = Math.floor(at / SECOND) + zone * 3600;
  const fraction = String(at % SECOND).padStart(6, '0');
  const nanos = dice.chance(0.3) ? String(dice.int(100, 999)) : '';
  const short = nanos === '' && fraction.endsWith('000') ? fraction.slice(0, 3) : fraction + nanos;
  const whole = new Date(seconds * 1000).toISOString().slice(0, 19);
  return `${whole}${fraction === '000000' && nanos === '' ? '' : `.${short}`}${zone === 0 ? 'Z' : '+02:00'}`;
}

/** Nanoseconds as text; what is below the microsecond must not matter. */
export function spellNanos(dice: Dice, at: number): string {
  return `${at}${String(dice.int(0, 999)).padStart(3, '0')}`;
}
