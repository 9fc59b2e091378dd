/**
 * Container ids by prefix (SPEC J7): Falco prints 12 digits, Tetragon 31, OpenTelemetry 64, of the same container.
 *
 * What: among all ids that any record states, those that are no proper prefix of another are the *full* ones; a stated
 * id means the full ids it is a prefix of. Why the sort: in sorted order everything that starts with a prefix stands
 * in one run, so both questions are a binary search.
 *
 * Cost: one string per distinct id; log(n) a question. Worked example: known are `aaaaaaaaaaaa`, `aaaaaaaaaaaa11...`
 * and `aaaaaaaaaaaa22...`: the last two are full, and `aaaaaaaaaaaa` means either, so it is ambiguous until the pod
 * or the cluster that the record states decides.
 */
import type { ContainerId, StatedIdentity } from '../model/identity.ts';

export type ContainerOutcome =
  | { container: ContainerId }
  | { container: null; why: 'unstated' | 'ambiguous_container' };

export class ContainerIds {
  #known = new Set<ContainerId>();
  #full: ContainerId[] = [];
  /** Exactly stated id -> pods and clusters stated beside it. */
  readonly #pods = new Map<ContainerId, Set<string>>();
  readonly #clusters = new Map<ContainerId, Set<string>>();

  learn(id: ContainerId, cluster: string | null): void {
    this.#known.add(id);
    if (cluster !== null) add(this.#clusters, id, cluster);
  }

  /** Finds the full ids; call once when every id is known. */
  seal(): void {
    const sorted = [...this.#known].toSorted();
    this.#full = sorted.filter((id, i) => !(sorted[i + 1]?.startsWith(id) ?? false));
    this.#known = new Set(this.#full);
  }

  /** A record states this id together with this pod (resolved); after `seal`. */
  learnPod(id: ContainerId, pod: string): void {
    add(this.#pods, id, pod);
  }

  /** @param statedPod the pod that the record itself states, resolved; null where it states none */
  resolve(identity: StatedIdentity, statedPod: string | null): ContainerOutcome {
    const id = identity.containerId;
    if (id === null) return { container: null, why: 'unstated' };
    if (this.#known.has(id)) return { container: id };
    let candidates = this.#startingWith(id);
    if (candidates.length > 1 && statedPod !== null) {
      candidates = candidates.filter((full) => this.#pods.get(full)?.has(statedPod) ?? false);
    }
    const { cluster } = identity;
    if (candidates.length > 1 && cluster !== null) {
      candidates = candidates.filter((full) => this.#clusters.get(full)?.has(cluster) ?? false);
    }
    const [only] = candidates;
    if (candidates.length === 1 && only !== undefined) return { container: only };
    return { container: null, why: 'ambiguous_container' };
  }

  #startingWith(prefix: ContainerId): ContainerId[] {
    let low = 0;
    let high = this.#full.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#full[middle] ?? '') < prefix) low = middle + 1;
      else high = middle;
    }
    const found: ContainerId[] = [];
    for (let at = low; this.#full[at]?.startsWith(prefix) ?? false; at += 1) found.push(this.#full[at] ?? '');
    return found;
  }
}

function add(map: Map<string, Set<string>>, key: string, value: string): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, new Set([value]));
  else values.add(value);
}
