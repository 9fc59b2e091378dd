/** What goes on in any cluster: kubelets, controllers, a deploy, Falco about itself. None of it is an attack. */
import type { SeededRandom } from '../../../tools/seeded-random.ts';
import { node, serviceAccount, type AuditLog, type Caller } from './audit.ts';
import { NAMESPACE, nodeName, SCALE_UP_SECOND, type Pod } from './company.ts';
import type { FalcoLog } from './falco.ts';
import { at, END_MS } from './time.ts';

const NODES = [1, 2, 3, 4].map((n) => nodeName(n));

export class Background {
  readonly #pods: readonly Pod[];
  readonly #audit: AuditLog;
  readonly #falco: FalcoLog;
  readonly #random: SeededRandom;

  constructor(pods: readonly Pod[], audit: AuditLog, falco: FalcoLog, random: SeededRandom) {
    this.#pods = pods;
    this.#audit = audit;
    this.#falco = falco;
    this.#random = random;
  }

  play(): void {
    this.#kubelets();
    this.#controllers();
    this.#workloads();
    this.#deploy();
    this.#falcoItself();
    this.#elsewhere();
  }

  /** Leases, status, and the secrets and tokens that kubelets fetch for their pods. */
  #kubelets(): void {
    for (const name of NODES) {
      for (
        let ms = this.#random.integer(0, 20_000);
        ms < END_MS;
        ms += 40_000 + this.#random.integer(0, 400)
      ) {
        this.#audit.write({
          ms,
          caller: node(name),
          verb: 'update',
          uri: `/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/${name}`,
          object: { resource: 'leases', namespace: 'kube-node-lease', name, apiGroup: 'coordination.k8s.io' },
        });
      }
    }
    for (const pod of this.#pods) {
      const caller = node(pod.node);
      const base = { ms: this.#random.integer(2_000, END_MS - 2_000), caller };
      const secret = `${pod.service}-db`;
      this.#audit.write({
        ...base,
        verb: 'get',
        uri: `/api/v1/namespaces/${NAMESPACE}/secrets/${secret}`,
        object: { resource: 'secrets', namespace: NAMESPACE, name: secret },
      });
      this.#audit.write({
        ...base,
        ms: this.#random.integer(2_000, END_MS - 2_000),
        verb: 'create',
        uri: `/api/v1/namespaces/${NAMESPACE}/serviceaccounts/${pod.service}/token`,
        object: {
          resource: 'serviceaccounts',
          namespace: NAMESPACE,
          name: pod.service,
          subresource: 'token',
        },
        code: 201,
      });
    }
  }

  #controllers(): void {
    const names = [
      'endpointslice-controller',
      'node-controller',
      'generic-garbage-collector',
      'deployment-controller',
    ];
    for (let ms = 1_500; ms < END_MS; ms += this.#random.integer(9_000, 17_000)) {
      const name = this.#random.pick(names);
      this.#audit.write({
        ms,
        caller: serviceAccount(name, { namespace: 'kube-system' }),
        verb: this.#random.pick(['get', 'update']),
        uri: `/api/v1/namespaces/${NAMESPACE}/endpoints/${this.#random.pick(this.#pods).service}`,
        object: { resource: 'endpoints', namespace: NAMESPACE },
      });
    }
  }

  /** Pods read their own configuration now and then: what ties a service account to its pods. */
  #workloads(): void {
    for (const pod of this.#pods) {
      const caller = serviceAccount(pod.service, { pod, credential: this.#random.uuid() });
      for (let ms = pod.from * 1_000 + this.#random.integer(3_000, 90_000); ms < END_MS; ms += 240_000) {
        this.#audit.write({
          ms,
          caller,
          verb: 'get',
          uri: `/api/v1/namespaces/${NAMESPACE}/configmaps/${pod.service}-flags`,
          object: { resource: 'configmaps', namespace: NAMESPACE, name: `${pod.service}-flags` },
        });
      }
    }
  }

  /** The CD system gives checkout a third pod for the afternoon. */
  #deploy(): void {
    const ms = SCALE_UP_SECOND * 1_000 - 8_000;
    const cd = serviceAccount('argocd-application-controller', { namespace: 'argocd' });
    this.#audit.write({
      ms: ms - 2_100,
      caller: cd,
      verb: 'get',
      uri: '/api/v1/namespaces/argocd/secrets/repo-payments',
      object: { resource: 'secrets', namespace: 'argocd', name: 'repo-payments' },
    });
    this.#audit.write({
      ms,
      caller: cd,
      verb: 'patch',
      uri: `/apis/apps/v1/namespaces/${NAMESPACE}/deployments/checkout?fieldManager=argocd-controller`,
      object: { resource: 'deployments', namespace: NAMESPACE, name: 'checkout', apiGroup: 'apps' },
      level: 'RequestResponse',
      requestObject: { spec: { replicas: 3 } },
    });
    const pod = this.#pods.find(({ from }) => from > 0);
    if (pod !== undefined)
      this.#podCreated(pod, ms + 600, serviceAccount('replicaset-controller', { namespace: 'kube-system' }));
  }

  /** A create through generateName: the name stands in the response only. */
  #podCreated(pod: Pod, ms: number, caller: Caller): void {
    const generateName = `${pod.name.slice(0, pod.name.lastIndexOf('-'))}-`;
    const image = `registry.example.com/payments/${pod.service}:2026.10.3`;
    const spec = { serviceAccountName: pod.service, containers: [{ name: pod.service, image }] };
    this.#audit.write({
      ms,
      caller,
      verb: 'create',
      uri: `/api/v1/namespaces/${NAMESPACE}/pods`,
      object: { resource: 'pods', namespace: NAMESPACE },
      code: 201,
      level: 'RequestResponse',
      requestObject: {
        kind: 'Pod',
        apiVersion: 'v1',
        metadata: { generateName, namespace: NAMESPACE },
        spec,
      },
      responseObject: {
        kind: 'Pod',
        apiVersion: 'v1',
        metadata: { name: pod.name, generateName, namespace: NAMESPACE, uid: pod.uid },
        spec,
      },
    });
  }

  #falcoItself(): void {
    for (const name of NODES) {
      for (let ms = this.#random.integer(0, 60_000); ms < END_MS; ms += 240_000) {
        this.#falco.health(ms, 'Falco internal: metrics snapshot', name, {
          'falco.version': '0.42.1',
          'scap.n_evts': this.#random.integer(4_000_000, 9_000_000),
        });
      }
    }
    this.#falco.health(at('05:23.004'), 'Falco internal: syscall event drop', NODES[2] ?? '', {
      n_drops: '1184',
    });
  }

  /** Debug noise from a pod that handles no payments. */
  #elsewhere(): void {
    const pod: Pod = {
      service: 'notify',
      name: 'node-exporter-tb6wz',
      uid: this.#random.uuid(),
      containerId: this.#random.hex(64),
      node: NODES[0] ?? '',
      ip: '10.20.1.2',
      from: 0,
    };
    for (const ms of [at('00:48.100'), at('04:48.100'), at('08:48.100')]) {
      this.#falco.alert({
        ms,
        rule: 'Probe ran a shell',
        priority: 'Debug',
        text: 'A liveness probe started a shell',
        tags: ['company', 'container', 'process'],
        pod,
        process: {
          name: 'sh',
          parent: 'runc',
          exepath: '/bin/sh',
          cmdline: 'sh -c "wget -qO- localhost:9100/healthz"',
        },
        elsewhere: { namespace: 'monitoring', container: 'node-exporter' },
      });
    }
  }
}
