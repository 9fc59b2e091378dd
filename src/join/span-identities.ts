/**
 * The identities of spans: interned while spans are read, resolved once everything is known (SPEC J9, J10).
 *
 * What: spans of one resource share an identity, so a million spans have some thousand identities; a packed span
 * holds an ordinal into this table. Resolution is cached per ordinal, except where a pod name without uid can mean
 * different pods at different instants.
 *
 * Cost: one entry per distinct identity. Worked example: 500,000 spans of the ledger pod intern to ordinal 7 once;
 * resolving ordinal 7 is then an array read.
 */
import type { Instant } from '../model/instant.ts';
import { namesWorkload } from '../model/identity.ts';
import type { SpanIdentity } from '../model/span-record.ts';
import { ClusterNames } from './identity-names.ts';
import type { Inventory } from './inventory.ts';

export interface ResolvedSpan {
  /** As stated. */
  identity: SpanIdentity;
  pod: string | null;
  container: string | null;
  /** `cluster/namespace/kind/name`; null where the span states none or its cluster is ambiguous. */
  workload: string | null;
  /** `cluster/namespace/name` of the service; null where unknown or ambiguous. */
  service: string | null;
  /** The span states a pod or a container, whether or not it could be resolved. */
  statesWhere: boolean;
  node: string | null;
  provenance: 'platform' | 'self';
}

interface Entry {
  stated: SpanIdentity;
  /** As stated, with the pod of host.name filled in once names are sealed. */
  identity: SpanIdentity;
  first: Instant;
  last: Instant;
  timed: boolean;
  resolved: ResolvedSpan | null;
}

export class SpanIdentities {
  readonly #inventory: Inventory;
  readonly #entries: Entry[] = [];
  readonly #ordinals = new Map<string, number>();
  /** Decoders hand out the same object for the same resource: most look-ups end here. */
  readonly #seen = new WeakMap<SpanIdentity, number>();
  readonly #services = new ClusterNames();

  constructor(inventory: Inventory) {
    this.#inventory = inventory;
  }

  get size(): number {
    return this.#entries.length;
  }

  intern(identity: SpanIdentity): number {
    const seen = this.#seen.get(identity);
    if (seen !== undefined) return seen;
    const key = JSON.stringify(Object.values(identity));
    let ordinal = this.#ordinals.get(key);
    if (ordinal === undefined) {
      ordinal = this.#entries.length;
      this.#entries.push({
        stated: identity,
        identity,
        first: Infinity,
        last: -Infinity,
        timed: false,
        resolved: null,
      });
      this.#ordinals.set(key, ordinal);
      if (identity.serviceName !== null) this.#services.note(identity.cluster, serviceName(identity));
    }
    this.#seen.set(identity, ordinal);
    return ordinal;
  }

  /** A span of this identity starts here. */
  sight(ordinal: number, at: Instant): void {
    const entry = this.#entries[ordinal];
    if (entry === undefined) return;
    if (at < entry.first) entry.first = at;
    if (at > entry.last) entry.last = at;
  }

  /** Teaches the inventory what the spans state; before it is sealed. */
  teach(): void {
    for (const { identity, first, last } of this.#entries) {
      if (namesWorkload(identity)) this.#inventory.learnRange(identity, first, last);
    }
  }

  /** Reads host names as pods and finds whose pod changes with time; after `inventory.sealNames`. */
  sealNames(): void {
    for (const entry of this.#entries) {
      entry.identity = this.#withHostName(entry.identity);
      entry.timed = this.#inventory.dependsOnTime(entry.identity);
    }
  }

  #withHostName(identity: SpanIdentity): SpanIdentity {
    const { hostName } = identity;
    if (hostName === null || namesWorkload(identity)) return identity;
    const place = this.#inventory.podOfHostName(hostName);
    if (place === null) return identity;
    return { ...identity, ...place, podName: hostName, provenance: 'self' };
  }

  identityAt(ordinal: number): SpanIdentity | undefined {
    return this.#entries[ordinal]?.identity;
  }

  /** Whether the pod of this identity changes with time, so that every span is resolved by itself. */
  isTimed(ordinal: number): boolean {
    return this.#entries[ordinal]?.timed ?? false;
  }

  /** After `inventory.seal`. */
  resolve(ordinal: number, at: Instant): ResolvedSpan | null {
    const entry = this.#entries[ordinal];
    if (entry === undefined) return null;
    if (entry.resolved !== null && !entry.timed) return entry.resolved;
    const { identity, stated } = entry;
    const { pod, container } = this.#inventory.resolve(identity, at);
    entry.resolved = {
      identity: stated,
      pod,
      container,
      workload: this.#workloadOf(stated),
      service: this.#serviceOf(stated),
      statesWhere: namesWorkload(identity),
      node: this.#nodeOf(stated),
      provenance: identity.provenance,
    };
    return entry.resolved;
  }

  #workloadOf(identity: SpanIdentity): string | null {
    const { workload, namespace } = identity;
    const cluster = this.#inventory.clusterOf(identity);
    if (workload === null || namespace === null || cluster === null) return null;
    return `${cluster}/${namespace}/${workload.kind}/${workload.name}`;
  }

  #nodeOf(identity: SpanIdentity): string | null {
    const cluster = this.#inventory.clusterOf(identity);
    return identity.node === null || cluster === null ? null : `${cluster}/${identity.node}`;
  }

  #serviceOf(identity: SpanIdentity): string | null {
    if (identity.serviceName === null) return null;
    const cluster = this.#services.resolve(identity.cluster, serviceName(identity));
    return cluster === null ? null : `${cluster}/${serviceName(identity)}`;
  }
}

function serviceName(identity: SpanIdentity): string {
  return `${identity.serviceNamespace ?? ''}/${identity.serviceName ?? ''}`;
}
