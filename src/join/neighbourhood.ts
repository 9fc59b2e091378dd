/**
 * What runs where, learned from spans: the workloads and services of each pod and container, and the pods of each
 * workload (SPEC J9). The broad methods of the join are questions to this.
 *
 * Cost: sets by distinct pod. Worked example: a span of pod A states deployment `ledger`, a span of pod B too: an event
 * in A is then near B by `workload_interval`.
 */
import type { ResolvedSpan } from './span-identities.ts';

export class Neighbourhood {
  readonly #workloadsOfPod = new Map<string, Set<string>>();
  readonly #podsOfWorkload = new Map<string, Set<string>>();
  /** Keys are pods (`u:`, `n:`) and containers (`c:`). */
  readonly #servicesOf = new Map<string, Set<string>>();
  /** Bare service names, for comparing with what payment records call themselves. */
  readonly #serviceNames = new Map<string, Set<string>>();

  learn(span: ResolvedSpan): void {
    const { pod, container, workload, service } = span;
    if (pod !== null && workload !== null) {
      add(this.#workloadsOfPod, pod, workload);
      add(this.#podsOfWorkload, workload, pod);
    }
    for (const place of placesOf(pod, container)) {
      if (service !== null) add(this.#servicesOf, place, service);
      if (span.identity.serviceName !== null) add(this.#serviceNames, place, span.identity.serviceName);
    }
  }

  workloadsOf(pod: string | null): ReadonlySet<string> {
    return (pod === null ? undefined : this.#workloadsOfPod.get(pod)) ?? EMPTY;
  }

  podsOf(workload: string): ReadonlySet<string> {
    return this.#podsOfWorkload.get(workload) ?? EMPTY;
  }

  /** Services seen on spans of this pod or container. */
  servicesOf(pod: string | null, container: string | null): Set<string> {
    return union(this.#servicesOf, placesOf(pod, container));
  }

  serviceNamesOf(pod: string | null, container: string | null): Set<string> {
    return union(this.#serviceNames, placesOf(pod, container));
  }
}

const EMPTY: ReadonlySet<string> = new Set();

function placesOf(pod: string | null, container: string | null): string[] {
  const places: string[] = [];
  if (pod !== null) places.push(pod);
  if (container !== null) places.push(`c:${container}`);
  return places;
}

function union(map: ReadonlyMap<string, Set<string>>, keys: readonly string[]): Set<string> {
  return new Set(keys.flatMap((key) => [...(map.get(key) ?? [])]));
}

function add(map: Map<string, Set<string>>, key: string, value: string): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, new Set([value]));
  else values.add(value);
}
