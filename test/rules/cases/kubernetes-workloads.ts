/** What runs, what protects it, where its traffic goes, and what stops it: cases, one thing different at a time. */
import type { Json } from '../../../src/model/ids.ts';
import {
  APP,
  CONTROLLER,
  DRY,
  GITOPS,
  jobTemplate,
  PIPELINE,
  podTemplate,
  request,
} from './audit-request.ts';
import type { Case, ProductCases } from './case.ts';

const IMAGE = podTemplate({ containers: [{ name: 'app', image: 'evil:1' }] });
const SETS = 'system:serviceaccount:kube-system:deployment-controller';
const KYVERNO = { namespace: null, group: 'kyverno.io' };
const PRIVILEGED = podTemplate({ containers: [{ securityContext: { privileged: true } }] });

function enforce(level: string): Json {
  return { metadata: { labels: { 'pod-security.kubernetes.io/enforce': level } } };
}

function service(spec: { [key: string]: Json }): Json {
  return { spec: { selector: { app: 'ledger' }, ...spec } };
}

function mtls(mode: string): Json {
  return { spec: { mtls: { mode } } };
}

const HOST: Case[] = [
  { hostNetwork: true },
  { hostPID: true },
  { hostIPC: true },
  { volumes: [{ emptyDir: {} }, { hostPath: { path: '/' } }] },
  { initContainers: [{ securityContext: { privileged: true } }] },
  { containers: [{ securityContext: { capabilities: { add: ['SYS_PTRACE'] } } }] },
].map((spec): Case => [
  Object.keys(spec).join(),
  request('patch', 'deployments', { body: podTemplate(spec) }),
]);

export const KUBERNETES_WORKLOADS: ProductCases = {
  privileged_workload: {
    hits: [
      ...HOST,
      ['by a workload', request('create', 'statefulsets', { user: APP, body: PRIVILEGED })],
      ['a cron job', request('patch', 'cronjobs', { body: jobTemplate({ hostPID: true }) })],
    ],
    misses: [
      ['its status', request('patch', 'deployments/status', { body: PRIVILEGED })],
      ['ordinary', request('create', 'deployments', { body: podTemplate({ hostNetwork: false }) })],
      ['a controller', request('create', 'replicasets', { user: SETS, body: PRIVILEGED })],
      [
        'a harmless capability',
        request('create', 'jobs', {
          body: podTemplate({ containers: [{ securityContext: { capabilities: { add: ['CHOWN'] } } }] }),
        }),
      ],
      ['dry run', request('create', 'deployments', { uri: DRY, body: PRIVILEGED })],
    ],
  },
  workload_changed_by_person: {
    hits: [
      ['image patched', request('patch', 'deployments', { body: IMAGE })],
      ['object replaced', request('update', 'statefulsets', { body: IMAGE })],
      [
        'JSON patch',
        request('patch', 'deployments', {
          body: [{ op: 'replace', path: '/spec/template/spec/containers/0/image', value: 'evil:1' }],
        }),
      ],
      [
        'a cron job',
        request('patch', 'cronjobs', { body: jobTemplate({ containers: [{ command: ['sh'] }] }) }),
      ],
    ],
    misses: [
      ['a pipeline', request('patch', 'deployments', { user: PIPELINE, body: IMAGE })],
      ['its status', request('patch', 'deployments/status', { body: IMAGE })],
      ['a restart', request('patch', 'deployments', { body: { spec: { template: { metadata: {} } } } })],
      ['a controller', request('update', 'deployments', { user: SETS, body: IMAGE })],
      ['created', request('create', 'deployments', { body: IMAGE })],
    ],
  },
  workload_scaled_to_zero: {
    hits: [
      ['a person', request('patch', 'deployments/scale', { body: { spec: { replicas: 0 } } })],
      ['a workload', request('update', 'statefulsets', { user: APP, body: { spec: { replicas: 0 } } })],
      [
        'JSON patch',
        request('patch', 'deployments', { body: [{ op: 'replace', path: '/spec/replicas', value: 0 }] }),
      ],
    ],
    misses: [
      ['to one', request('patch', 'deployments/scale', { body: { spec: { replicas: 1 } } })],
      [
        'the old replica set of a release',
        request('update', 'replicasets', { user: SETS, body: { spec: { replicas: 0 } } }),
      ],
      ['a new image by GitOps', request('patch', 'deployments', { user: GITOPS, body: IMAGE })],
      ['refused', request('patch', 'deployments', { code: 403, body: { spec: { replicas: 0 } } })],
    ],
  },
  workload_deleted_by_person: {
    hits: [
      ['one', request('delete', 'deployments')],
      ['all', request('deletecollection', 'statefulsets')],
    ],
    misses: [
      ['a pipeline', request('delete', 'deployments', { user: PIPELINE })],
      ['a part of it', request('delete', 'deployments/status')],
      ['with its owner', request('delete', 'deployments', { user: CONTROLLER })],
      ['an agent has its own', request('delete', 'deployments', { name: 'otel-collector' })],
      ['a pod, which comes back', request('delete', 'pods')],
    ],
  },
  disruption_budget_deleted: {
    hits: [
      ['a person', request('delete', 'poddisruptionbudgets')],
      ['a workload', request('deletecollection', 'poddisruptionbudgets', { user: APP })],
    ],
    misses: [
      ['changed', request('patch', 'poddisruptionbudgets')],
      ['with its namespace', request('delete', 'poddisruptionbudgets', { user: CONTROLLER })],
      ['not there', request('delete', 'poddisruptionbudgets', { code: 404 })],
    ],
  },
  volume_claim_deleted: {
    hits: [
      ['a claim', request('delete', 'persistentvolumeclaims')],
      ['snapshots, by a workload', request('deletecollection', 'volumesnapshots', { user: APP })],
    ],
    misses: [
      ['created', request('create', 'persistentvolumeclaims')],
      ['a part of it', request('delete', 'persistentvolumeclaims/status')],
      ['with its stateful set', request('delete', 'persistentvolumeclaims', { user: CONTROLLER })],
      ['dry run', request('delete', 'persistentvolumeclaims', { uri: DRY })],
    ],
  },
  namespace_deleted: {
    hits: [
      ['a person', request('delete', 'namespaces')],
      ['a workload', request('delete', 'namespaces', { user: APP })],
    ],
    misses: [
      ['created', request('create', 'namespaces')],
      ['a part of it', request('delete', 'namespaces/status')],
      ['finished', request('update', 'namespaces/finalize', { user: CONTROLLER })],
      ['the control plane', request('delete', 'namespaces', { user: 'system:kube-controller-manager' })],
    ],
  },
  pod_security_lowered: {
    hits: [
      ['patched', request('patch', 'namespaces', { body: enforce('privileged') })],
      [
        'created so, by a workload',
        request('create', 'namespaces', { user: APP, body: enforce('privileged') }),
      ],
    ],
    misses: [
      ['raised', request('patch', 'namespaces', { body: enforce('restricted') })],
      [
        'the cloud',
        request('patch', 'namespaces', { user: 'eks:addon-manager', body: enforce('privileged') }),
      ],
      [
        'another label',
        request('patch', 'namespaces', { body: { metadata: { labels: { team: 'privileged' } } } }),
      ],
    ],
  },
  agent_configuration_changed: {
    hits: [
      ['patched', request('patch', 'configmaps', { namespace: 'logging', name: 'fluent-bit' })],
      ['deleted', request('delete', 'configmaps', { namespace: 'falco', name: 'falco-rules' })],
    ],
    misses: [
      ['of an application', request('patch', 'configmaps', { name: 'ledger-flags' })],
      ['GitOps', request('patch', 'configmaps', { name: 'falco-rules', user: GITOPS })],
      ['read', request('get', 'configmaps', { name: 'falco-rules' })],
    ],
  },
  mesh_policy_weakened: {
    hits: [
      ['deleted', request('delete', 'authorizationpolicies')],
      [
        'mutual TLS optional, by a workload',
        request('patch', 'peerauthentications', { user: APP, body: mtls('PERMISSIVE') }),
      ],
      ['mutual TLS off', request('create', 'peerauthentications', { body: mtls('DISABLE') })],
      [
        'callers without TLS',
        request('update', 'destinationrules', {
          body: { spec: { trafficPolicy: { tls: { mode: 'DISABLE' } } } },
        }),
      ],
    ],
    misses: [
      ['mutual TLS required', request('patch', 'peerauthentications', { body: mtls('STRICT') })],
      ['with its namespace', request('delete', 'authorizationpolicies', { user: CONTROLLER })],
      [
        'another rule for destinations',
        request('update', 'destinationrules', { body: { spec: { host: 'ledger' } } }),
      ],
    ],
  },
  admission_policy_removed: {
    hits: [
      ['Kyverno', request('delete', 'clusterpolicies', KYVERNO)],
      ['an exception', request('create', 'policyexceptions', { group: 'kyverno.io', user: APP })],
      [
        'a constraint of Gatekeeper',
        request('delete', 'k8sallowedrepos', { namespace: null, group: 'constraints.gatekeeper.sh' }),
      ],
    ],
    misses: [
      ['changed', request('patch', 'clusterpolicies', KYVERNO)],
      ['an exception taken back', request('delete', 'policyexceptions', { group: 'kyverno.io' })],
      [
        'the engine itself',
        request('delete', 'clusterpolicies', {
          ...KYVERNO,
          user: 'system:serviceaccount:kyverno:kyverno-cleanup',
        }),
      ],
      ['with its definition', request('delete', 'clusterpolicies', { ...KYVERNO, user: CONTROLLER })],
    ],
  },
  service_external_ip: {
    hits: [
      ['created', request('create', 'services', { body: service({ externalIPs: ['198.51.100.7'] }) })],
      [
        'by a workload',
        request('patch', 'services', { user: APP, body: service({ externalIPs: ['198.51.100.7'] }) }),
      ],
    ],
    misses: [
      ['none', request('patch', 'services', { body: service({ externalIPs: [] }) })],
      [
        'a controller',
        request('patch', 'services', { user: CONTROLLER, body: service({ externalIPs: ['198.51.100.7'] }) }),
      ],
      [
        'an address of the cluster',
        request('create', 'services', { body: service({ clusterIP: '10.96.0.9' }) }),
      ],
    ],
  },
  service_exposed_by_person: {
    hits: [
      ['a port of every node', request('create', 'services', { body: service({ type: 'NodePort' }) })],
      ['a load balancer', request('patch', 'services', { body: service({ type: 'LoadBalancer' }) })],
    ],
    misses: [
      ['within the cluster', request('create', 'services', { body: service({ type: 'ClusterIP' }) })],
      [
        'a pipeline',
        request('create', 'services', { user: PIPELINE, body: service({ type: 'LoadBalancer' }) }),
      ],
      ['GitOps', request('patch', 'services', { user: GITOPS, body: service({ type: 'NodePort' }) })],
    ],
  },
  traffic_route_changed_by_person: {
    hits: [
      ['an ingress', request('patch', 'ingresses')],
      ['a virtual service', request('create', 'virtualservices')],
      ['a filter of Envoy', request('update', 'envoyfilters')],
    ],
    misses: [
      ['its status', request('patch', 'ingresses/status')],
      ['a pipeline', request('patch', 'httproutes', { user: PIPELINE })],
      ['GitOps', request('patch', 'virtualservices', { user: GITOPS })],
    ],
  },
  secret_changed_by_person: {
    hits: [
      ['patched', request('patch', 'secrets', { name: 'payout-account' })],
      ['replaced', request('update', 'secrets', { name: 'ledger-db' })],
    ],
    misses: [
      ['a release of Helm', request('update', 'secrets', { name: 'sh.helm.release.v1.ledger.v7' })],
      ['an operator', request('update', 'secrets', { user: GITOPS })],
      ['a pipeline', request('patch', 'secrets', { user: PIPELINE })],
      ['created', request('create', 'secrets')],
    ],
  },
  cluster_dns_changed: {
    hits: [
      ['a person', request('patch', 'configmaps', { namespace: 'kube-system', name: 'coredns' })],
      [
        'a workload',
        request('update', 'configmaps', { namespace: 'kube-system', name: 'coredns-custom', user: APP }),
      ],
    ],
    misses: [
      ['a map of that name elsewhere', request('patch', 'configmaps', { name: 'coredns' })],
      [
        'the cloud',
        request('update', 'configmaps', { namespace: 'kube-system', name: 'coredns', user: 'aksService' }),
      ],
      ['read', request('get', 'configmaps', { namespace: 'kube-system', name: 'coredns' })],
    ],
  },
  gitops_source_changed_by_person: {
    hits: [
      ['Argo CD', request('patch', 'applications', { group: 'argoproj.io' })],
      ['Flux', request('update', 'gitrepositories', { group: 'source.toolkit.fluxcd.io' })],
    ],
    misses: [
      ['its own controller', request('patch', 'applications', { group: 'argoproj.io', user: GITOPS })],
      ['applications of others', request('patch', 'applications', { group: 'app.k8s.io' })],
      ['a pipeline', request('patch', 'helmreleases', { group: 'helm.toolkit.fluxcd.io', user: PIPELINE })],
    ],
  },
};
