/**
 * What the resource of a batch of spans says about where they ran (reference/formats 2 and 3.10).
 *
 * The join interns identities, and a pod sends the same resource with every batch, so equal resources give the same
 * object. The cache is keyed by the raw texts, and holds only resources in which redaction changed nothing, so that no
 * text that must not be kept is kept. Cost: one map entry per distinct resource, at most MAX_CACHED.
 */
import { parseContainerId, statedText, WORKLOAD_KINDS, type Workload } from '../../model/identity.ts';
import type { SpanIdentity } from '../../model/span-record.ts';
import type { SpanContext } from './span-context.ts';

const MAX_CACHED = 50_000;

/**
 * Attributes that are read, by slot of the raw values. Names in a row are one thing, strongest first; the short ones are
 * labels of older Tempo and Grafana Agent set-ups.
 */
export const CLUSTER: readonly string[] = ['k8s.cluster.name', 'k8s.cluster.uid', 'cluster'];
export const NAMESPACE: readonly string[] = ['k8s.namespace.name', 'namespace'];
export const POD: readonly string[] = ['k8s.pod.name', 'pod'];
export const CONTAINER: readonly string[] = ['k8s.container.name', 'container'];
const WORKLOADS = WORKLOAD_KINDS.map((kind) => `k8s.${kind}.name`);
const SINGLE = [
  'k8s.pod.uid',
  'container.id',
  'k8s.node.name',
  'service.name',
  'service.namespace',
  'host.name',
];
const SLOTS: ReadonlyMap<string, number> = new Map(
  [...CLUSTER, ...NAMESPACE, ...POD, ...CONTAINER, ...WORKLOADS, ...SINGLE].map((name, slot) => [name, slot]),
);

/** The raw values of the attributes that make an identity; the first of equal names counts. */
export class RawIdentity {
  readonly #values: (string | null)[] = Array.from<null>({ length: SLOTS.size }).fill(null);

  /** Slot of an attribute name, or undefined when it is no part of an identity. */
  static slot(name: string): number | undefined {
    return SLOTS.get(name);
  }

  /** Every name that has a slot. */
  static names(): Iterable<string> {
    return SLOTS.keys();
  }

  set(slot: number, value: string): void {
    this.#values[slot] ??= value;
  }

  /** The first of these attributes that states something. */
  first(names: readonly string[]): string | null {
    for (const name of names) {
      const text = statedText(this.#values[SLOTS.get(name) ?? -1]);
      if (text !== null) return text;
    }
    return null;
  }

  key(): string {
    return this.#values.join('\0');
  }
}

export interface ReadIdentity {
  identity: SpanIdentity;
  /** Redaction changed something: neither this nor what it was read from may be kept for the next time. */
  redacted: boolean;
}

/** Turns resources into identities, equal ones into one object. */
export class IdentityTable {
  readonly #context: SpanContext;
  readonly #known = new Map<string, ReadIdentity>();

  constructor(context: SpanContext) {
    this.#context = context;
  }

  identityOf(raw: RawIdentity): ReadIdentity {
    const key = raw.key();
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const read = this.#read(raw);
    if (!read.redacted) {
      if (this.#known.size >= MAX_CACHED) this.#known.clear();
      this.#known.set(key, read);
    }
    return read;
  }

  #read(raw: RawIdentity): ReadIdentity {
    let redacted = false;
    const clean = (names: readonly string[]): string | null => {
      const text = raw.first(names);
      if (text === null) return null;
      const safe = this.#context.redactor.text(text);
      redacted ||= safe !== text;
      return safe;
    };
    const containerId = parseContainerId(raw.first(['container.id']));
    // Sixteen decimal digits are valid hex, and likelier a card number than a container id.
    const cardLike = containerId !== null && this.#context.redactor.text(containerId) !== containerId;
    const identity: SpanIdentity = {
      cluster: clean(CLUSTER) ?? this.#context.cluster,
      namespace: clean(NAMESPACE),
      podName: clean(POD),
      podUid: clean(['k8s.pod.uid']),
      containerId: cardLike ? null : containerId,
      containerName: clean(CONTAINER),
      node: clean(['k8s.node.name']),
      serviceName: clean(['service.name']),
      serviceNamespace: clean(['service.namespace']),
      workload: workloadOf(clean),
      hostName: clean(['host.name']),
      provenance: this.#context.provenance,
    };
    return { identity, redacted: redacted || cardLike };
  }
}

/** The outermost kind present: a pod of a CronJob also names its Job. */
function workloadOf(clean: (names: readonly string[]) => string | null): Workload | null {
  for (const kind of WORKLOAD_KINDS) {
    const name = clean([`k8s.${kind}.name`]);
    if (name !== null) return { kind, name };
  }
  return null;
}
