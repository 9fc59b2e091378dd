/**
 * What the spans of each service say, counted: who they are, and which payment they are about.
 *
 * Limits: the services with the first MAX_SERVICES names are counted by themselves, those after them as one; MAX_KEYS pods and containers
 * are remembered, and beyond them it is not known whether an alert's pod was seen (`isWhole` is false).
 */
import { NO_IDENTITY, type StatedIdentity } from '../../model/identity.ts';
import { formatInstant, type Instant } from '../../model/instant.ts';
import type { SpanBatch } from '../../model/span-record.ts';

export interface ServiceShares {
  /** Null: spans that name no service. */
  service: string | null;
  spans: number;
  with_pod_uid: number;
  /** Namespace and name; a uid or both say who a pod is. */
  with_pod_name: number;
  with_pod: number;
  with_container: number;
  with_cluster: number;
  with_transaction_id: number;
  /** Of those with a transaction id, those whose id names a payment that is known. */
  with_payment: number;
}

const MAX_SERVICES = 1_000;
const MAX_KEYS = 1_000_000;
const OTHERS = '(other services)';
/** Sensors cut container ids to so many digits. */
const SHORT_ID = 12;

export class SpanShares {
  readonly total: ServiceShares = emptyShares(null);
  readonly #services = new Map<string | null, ServiceShares>();
  readonly #pods = new Set<string>();
  #first = Infinity;
  #last = -Infinity;
  /** Whether every pod and container that was seen is remembered. */
  isWhole = true;

  /** @param namesPayment whether an id on a span, under an attribute, names a payment that is known */
  add(
    { identity, spans }: SpanBatch,
    namesPayment: (attribute: string, value: string, at: number) => boolean,
  ): void {
    const shares = [this.total, this.#of(identity.serviceName)];
    const named = identity.namespace !== null && identity.podName !== null;
    let [carrying, resolved] = [0, 0];
    for (const { transactionIds, start, end } of spans) {
      this.#first = Math.min(this.#first, start);
      this.#last = Math.max(this.#last, end);
      if (transactionIds.length === 0) continue;
      carrying += 1;
      if (transactionIds.some(({ attribute, value }) => namesPayment(attribute, value, start))) resolved += 1;
    }
    const count = (holds: boolean): number => (holds ? spans.length : 0);
    for (const share of shares) {
      share.spans += spans.length;
      share.with_pod_uid += count(identity.podUid !== null);
      share.with_pod_name += count(named);
      share.with_pod += count(identity.podUid !== null || named);
      share.with_container += count(identity.containerId !== null);
      share.with_cluster += count(identity.cluster !== null);
      share.with_transaction_id += carrying;
      share.with_payment += resolved;
    }
    for (const key of keysOf(identity)) this.#remember(key);
  }

  /** Whether a span was seen of the pod or container that somebody else names. */
  saw(identity: StatedIdentity): boolean {
    return this.#sees(identity) || (this.#seesName(identity) && !this.sawInOtherCluster(identity));
  }

  /** Whether nothing but the cluster keeps spans of a pod of this name from being those of the pod that is meant. */
  sawInOtherCluster(identity: StatedIdentity): boolean {
    const { cluster } = identity;
    if (cluster === null || this.#sees(identity) || !this.#seesName(identity)) return false;
    return ![cluster, null].some((known) => this.#pods.has(`${nameKey(identity)} in ${known ?? ''}`));
  }

  #sees({ podUid, containerId }: StatedIdentity): boolean {
    return keysOf({ ...NO_IDENTITY, podUid, containerId }).some((key) => this.#pods.has(key));
  }

  #seesName(identity: StatedIdentity): boolean {
    const name = nameKey(identity);
    return name !== null && this.#pods.has(name);
  }

  /** Whether there are spans before one time and behind another; what lies between them is not looked at. */
  wereBetween(from: Instant, to: Instant): boolean {
    return this.#first <= to && this.#last >= from;
  }

  /** When the first began, and the last ended; null: there are none. */
  time(): { first: string; last: string } | null {
    if (this.#last < this.#first) return null;
    return { first: formatInstant(this.#first), last: formatInstant(this.#last) };
  }

  /** The most spans first. */
  services(): ServiceShares[] {
    return [...this.#services.values()].toSorted(
      (a, b) => b.spans - a.spans || ((a.service ?? '') < (b.service ?? '') ? -1 : 1),
    );
  }

  #of(name: string | null): ServiceShares {
    const service = this.#services.has(name) || this.#services.size < MAX_SERVICES ? name : OTHERS;
    let shares = this.#services.get(service);
    if (shares === undefined) {
      shares = emptyShares(service);
      this.#services.set(service, shares);
    }
    return shares;
  }

  #remember(key: string): void {
    if (this.#pods.size < MAX_KEYS) this.#pods.add(key);
    else if (!this.#pods.has(key)) this.isWhole = false;
  }
}

/** What two records of one pod may share; a name in any cluster, and in that which is stated. */
function keysOf(identity: StatedIdentity): string[] {
  const { podUid, containerId, cluster } = identity;
  const keys: string[] = [];
  if (podUid !== null) keys.push(`uid ${podUid}`);
  const name = nameKey(identity);
  if (name !== null) keys.push(name, `${name} in ${cluster ?? ''}`);
  if (containerId !== null) keys.push(`container ${containerId.slice(0, SHORT_ID)}`);
  return keys;
}

function nameKey({ namespace, podName }: StatedIdentity): string | null {
  return namespace === null || podName === null ? null : `name ${namespace}/${podName}`;
}

function emptyShares(service: string | null): ServiceShares {
  return {
    service,
    spans: 0,
    with_pod_uid: 0,
    with_pod_name: 0,
    with_pod: 0,
    with_container: 0,
    with_cluster: 0,
    with_transaction_id: 0,
    with_payment: 0,
  };
}
