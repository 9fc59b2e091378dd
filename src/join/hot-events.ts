/**
 * The events of a run, resolved, and which of them a pod, container, workload or service concerns (SPEC J9).
 *
 * What: events are few and spans are many, so the events are indexed by everything that a span can match them by, and
 * each distinct span identity asks once; the answer is a short list of (event, method) that all its spans share.
 * Why it is exact: a method depends on the two identities alone, never on time; time only decides the window, which
 * is checked per span.
 *
 * Cost: per distinct span identity the events it touches. Worked example: identity 7 (ledger pod, container c1) has
 * the exec (container) and a node-mate's alert (workload): two entries, checked per span against two windows.
 */
import type { JoinSettings } from '../model/join-settings.ts';
import type { Method } from '../model/link.ts';
import type { SecurityEvent } from '../model/security-event.ts';
import { windowOf, type Interval } from './confidence.ts';
import type { Inventory, Resolved } from './inventory.ts';
import type { Neighbourhood } from './neighbourhood.ts';
import type { ResolvedSpan } from './span-identities.ts';

const ESCAPE_TO_HOST = 'T1611';

export interface HotEvent {
  ordinal: number;
  event: SecurityEvent;
  resolved: Resolved;
  window: Interval;
  workloads: ReadonlySet<string>;
  services: ReadonlySet<string>;
  node: string | null;
  /** Why a broad method was withheld. */
  podsCapped: boolean;
}

/** How a span identity can match an event, before time is looked at. */
export interface Candidate {
  hot: HotEvent;
  /** Same container is `container_interval` here; the gap makes it an overlap. */
  method: Method;
  base: number;
  /** Beyond `max_pods_per_event`: counted in `upper`, never a link. */
  withheld: boolean;
}

/** Where something is: what an event's place is compared with. */
export interface Whereabouts {
  pod: string | null;
  container: string | null;
  containerName: string | null;
}

export class HotEvents {
  readonly events: readonly HotEvent[];
  readonly #settings: JoinSettings;
  readonly #byContainer = new Map<string, Set<HotEvent>>();
  readonly #byPod = new Map<string, Set<HotEvent>>();
  /** Pods that an event's account runs -> event. */
  readonly #byAccountPod = new Map<string, Set<HotEvent>>();
  readonly #byWorkload = new Map<string, Set<HotEvent>>();
  readonly #byService = new Map<string, Set<HotEvent>>();
  readonly #byNode = new Map<string, Set<HotEvent>>();
  readonly #accountCapped = new Set<number>();
  readonly #workloadCapped = new Set<number>();

  constructor(
    events: readonly SecurityEvent[],
    inventory: Inventory,
    neighbourhood: Neighbourhood,
    settings: JoinSettings,
  ) {
    this.#settings = settings;
    this.events = events.map((event, ordinal) =>
      hotEventOf(event, ordinal, inventory, neighbourhood, settings),
    );
    for (const hot of this.events) this.#index(hot, inventory, neighbourhood);
  }

  #index(hot: HotEvent, inventory: Inventory, neighbourhood: Neighbourhood): void {
    const { pod, container } = hot.resolved;
    if (container !== null) add(this.#byContainer, container, hot);
    if (pod !== null) add(this.#byPod, pod, hot);
    if (pod === null && container === null) this.#indexAccount(hot, inventory);
    this.#indexWorkloads(hot, neighbourhood);
    for (const service of hot.services) add(this.#byService, service, hot);
    const escaped = hot.event.techniques.includes(ESCAPE_TO_HOST);
    if (hot.node !== null && ((pod === null && container === null) || escaped))
      add(this.#byNode, hot.node, hot);
  }

  #indexAccount(hot: HotEvent, inventory: Inventory): void {
    const { serviceAccount, identity } = hot.event;
    if (serviceAccount === null) return;
    const account = inventory.accountKey(identity.cluster, serviceAccount);
    if (account === null) {
      hot.resolved.ambiguous.push('ambiguous_service_account');
      return;
    }
    const pods = inventory.podsOfAccount(account);
    if (pods.size > this.#settings.maxPodsPerEvent) {
      hot.podsCapped = true;
      this.#accountCapped.add(hot.ordinal);
    }
    for (const pod of pods) add(this.#byAccountPod, pod, hot);
  }

  #indexWorkloads(hot: HotEvent, neighbourhood: Neighbourhood): void {
    const pods = new Set<string>();
    for (const workload of hot.workloads) {
      add(this.#byWorkload, workload, hot);
      for (const pod of neighbourhood.podsOf(workload)) pods.add(pod);
    }
    if (pods.size > this.#settings.maxPodsPerEvent) {
      hot.podsCapped = true;
      this.#workloadCapped.add(hot.ordinal);
    }
  }

  /** Every event that a span identity can match, each with the strongest method that is switched on. */
  candidatesOf(span: ResolvedSpan): Candidate[] {
    const touched = new Set<HotEvent>();
    const collect = (map: ReadonlyMap<string, Set<HotEvent>>, key: string | null): void => {
      if (key !== null) for (const hot of map.get(key) ?? []) touched.add(hot);
    };
    collect(this.#byContainer, span.container);
    collect(this.#byPod, span.pod);
    collect(this.#byAccountPod, span.pod);
    collect(this.#byWorkload, span.pod === null ? null : span.workload);
    collect(this.#byService, span.statesWhere ? null : span.service);
    collect(this.#byNode, span.node);
    return [...touched].flatMap((hot) => this.#candidatesFor(hot, span));
  }

  /** Events at this pod or container, as `payment_pod` asks. */
  at(where: Whereabouts): HotEvent[] {
    const events = new Set<HotEvent>();
    if (where.container !== null)
      for (const hot of this.#byContainer.get(where.container) ?? []) events.add(hot);
    if (where.pod !== null) for (const hot of this.#byPod.get(where.pod) ?? []) events.add(hot);
    return [...events];
  }

  #candidatesFor(hot: HotEvent, span: ResolvedSpan): Candidate[] {
    const candidates: Candidate[] = [];
    const { methods } = this.#settings;
    const offer = (method: Method, withheld = false, base = methods[method].base): void => {
      // Whether a shared container is an overlap, and so which switch counts, only the gap can tell.
      const enabled =
        methods[method].enabled || (method === 'container_interval' && methods.container_overlap.enabled);
      if (enabled) candidates.push({ hot, method, base, withheld });
    };
    const direct = directMethod(hot, { ...span, containerName: span.identity.containerName });
    if (direct !== null) offer(direct);
    else {
      if (this.#isAccountPod(hot, span.pod)) offer('identity_interval', this.#accountCapped.has(hot.ordinal));
      if (
        span.workload !== null &&
        span.pod !== null &&
        span.pod !== hot.resolved.pod &&
        hot.workloads.has(span.workload)
      ) {
        offer('workload_interval', this.#workloadCapped.has(hot.ordinal));
      }
      if (!span.statesWhere && span.service !== null && hot.services.has(span.service))
        offer('service_interval');
    }
    if (span.node !== null && (this.#byNode.get(span.node)?.has(hot) ?? false)) {
      const escaped = hot.event.techniques.includes(ESCAPE_TO_HOST);
      const base = escaped ? this.#settings.escapeBase : methods.node_interval.base;
      offer('node_interval', false, base);
    }
    return candidates;
  }

  #isAccountPod(hot: HotEvent, pod: string | null): boolean {
    return pod !== null && (this.#byAccountPod.get(pod)?.has(hot) ?? false);
  }
}

/**
 * Same container (SPEC J8) or same pod; null where neither.
 * `container_interval` stands for both container methods, because the gap is not known yet.
 */
export function directMethod(
  hot: HotEvent,
  where: Whereabouts,
): 'container_interval' | 'pod_interval' | null {
  const { pod, container } = hot.resolved;
  if (container !== null && container === where.container) return 'container_interval';
  if (pod === null || pod !== where.pod) return null;
  const name = hot.event.identity.containerName;
  const oneWithoutId = container === null || where.container === null;
  return oneWithoutId && name !== null && name === where.containerName
    ? 'container_interval'
    : 'pod_interval';
}

function hotEventOf(
  event: SecurityEvent,
  ordinal: number,
  inventory: Inventory,
  neighbourhood: Neighbourhood,
  settings: JoinSettings,
): HotEvent {
  const resolved = inventory.resolve(event.identity, event.start);
  const { node } = event.identity;
  const cluster = inventory.clusterOf(event.identity);
  return {
    ordinal,
    event,
    resolved,
    window: windowOf(event, settings),
    workloads: neighbourhood.workloadsOf(resolved.pod),
    services: neighbourhood.servicesOf(resolved.pod, resolved.container),
    node: node === null || cluster === null ? null : `${cluster}/${node}`,
    podsCapped: false,
  };
}

function add<T>(map: Map<string, Set<T>>, key: string, value: T): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, new Set([value]));
  else values.add(value);
}
