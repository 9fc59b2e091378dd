/** The company of the story: one cluster, five services, twelve pods, and who runs as what. */
import type { SeededRandom } from '../../../tools/seeded-random.ts';

export const CLUSTER = 'prod-eu';
export const NAMESPACE = 'payments';

export type ServiceName = 'checkout' | 'ledger' | 'fraud' | 'payout' | 'notify';

export interface Pod {
  service: ServiceName;
  name: string;
  uid: string;
  /** 64 hex digits, as the Collector writes it. */
  containerId: string;
  node: string;
  ip: string;
  /** First second of the story in which it serves. */
  from: number;
}

/** Suffixes as Kubernetes makes them, written out so that the story can name its pods. */
const PODS: readonly [ServiceName, string, number][] = [
  ['checkout', '6c9f7d8b54-hq7wm', 1],
  ['checkout', '6c9f7d8b54-z2k9d', 2],
  ['checkout', '6c9f7d8b54-5xlrt', 3],
  ['ledger', '7d9f6c5b8-4vnpk', 1],
  ['ledger', '7d9f6c5b8-x2x4q', 3],
  ['ledger', '7d9f6c5b8-tt8jc', 4],
  ['fraud', '5b8c9d6f77-mm2sv', 2],
  ['fraud', '5b8c9d6f77-9wqdl', 4],
  ['payout', '84cd7f9b66-k4gzn', 1],
  ['payout', '84cd7f9b66-vr6fb', 4],
  ['notify', '699d4b8dc7-lx5t2', 2],
  ['notify', '699d4b8dc7-p8hnq', 3],
];

/** The pod that the deploy of 14:03 adds. */
const LATE = 'checkout-6c9f7d8b54-5xlrt';
export const SCALE_UP_SECOND = 200;

export function nodeName(index: number): string {
  return `prod-eu-worker-${index}`;
}

export const ATTACKER_ADDRESS = '203.0.113.77';

export function buildPods(random: SeededRandom): Pod[] {
  return PODS.map(([service, suffix, node], index) => {
    const name = `${service}-${suffix}`;
    return {
      service,
      name,
      uid: random.uuid(),
      containerId: random.hex(64),
      node: nodeName(node),
      ip: `10.20.${node}.${20 + index}`,
      from: name === LATE ? SCALE_UP_SECOND : 0,
    };
  });
}

/** The pod of that name. */
export function podNamed(pods: readonly Pod[], name: string): Pod {
  const pod = pods.find((candidate) => candidate.name === name);
  if (pod === undefined) throw new Error(`the story has no pod ${name}`);
  return pod;
}

/** Pods of a service that serve at a second of the story. */
export function servingPods(pods: readonly Pod[], service: ServiceName, second: number): Pod[] {
  return pods.filter((pod) => pod.service === service && pod.from <= second);
}
