/**
 * Sessions in pods, secrets and tokens, roles, pods and workloads: records that each rule is for, and records that look like
 * them, one thing different at a time.
 */
import type { Json } from '../../../src/model/ids.ts';
import { APP, DRY, request } from './audit-request.ts';
import type { Case, ProductCases } from './case.ts';

const ADMIN = { roleRef: { kind: 'ClusterRole', name: 'cluster-admin' } };
const EDIT = { roleRef: { kind: 'ClusterRole', name: 'edit' } };

function pod(spec: { [key: string]: Json }): Json {
  return { kind: 'Pod', spec: { containers: [{ name: 'app', image: 'app:1' }], ...spec } };
}

function template(container: { [key: string]: Json }): Json {
  return { spec: { template: { spec: { containers: [{ name: 'app', ...container }] } } } };
}

const HITS: Record<string, Case[]> = {
  pod_exec: [
    ['a person', request('create', 'pods/exec', { code: 101 })],
    ['over a web socket', request('get', 'pods/exec', { code: 101 })],
    ['a workload', request('create', 'pods/exec', { user: APP })],
    ['before the answer is known', { ...request('create', 'pods/exec'), responseStatus: null }],
    ['a user who only looks like the system', request('create', 'pods/exec', { user: 'System:Node:evil' })],
    [
      'an account of a namespace called kube-system-x',
      request('create', 'pods/exec', { user: 'system:serviceaccount:kube-system-x:a' }),
    ],
  ],
  pod_attach: [
    ['a person', request('create', 'pods/attach', { code: 101 })],
    ['over a web socket', request('get', 'pods/attach', { code: 101 })],
  ],
  pod_port_forward: [
    ['a person', request('create', 'pods/portforward', { code: 101 })],
    ['over a web socket', request('get', 'pods/portforward', { code: 101 })],
  ],
  node_proxy_exec: [
    ...['attach', 'portForward'].map((endpoint): Case => [
      endpoint,
      request('get', 'nodes/proxy', { uri: `/api/v1/nodes/n1/proxy/${endpoint}/a/b/c` }),
    ]),
    [
      'exec',
      request('create', 'nodes/proxy', { uri: '/api/v1/nodes/n1/proxy/exec/payments/ledger/app?command=sh' }),
    ],
    ['run', request('create', 'nodes/proxy', { uri: '/api/v1/nodes/n1/proxy/run/payments/ledger/app' })],
  ],
  secret_read: [
    ['one', request('get', 'secrets')],
    ['all', request('list', 'secrets', { user: APP })],
  ],
  cluster_admin_binding: [
    ['for the cluster', request('create', 'clusterrolebindings', { body: ADMIN })],
    ['in a namespace', request('create', 'rolebindings', { body: ADMIN })],
    ['a subject added', request('patch', 'clusterrolebindings', { body: { subjects: [] }, response: ADMIN })],
    ['known by its name alone', request('update', 'clusterrolebindings', { name: 'cluster-admin' })],
  ],
  role_binding_changed: [
    ['another role', request('create', 'rolebindings', { body: EDIT })],
    ['bodies not logged', request('patch', 'clusterrolebindings')],
    ['by a workload', request('update', 'clusterrolebindings', { user: APP, body: EDIT })],
  ],
  wildcard_role: [
    [
      'every verb',
      request('create', 'clusterroles', { body: { rules: [{ verbs: ['get'] }, { verbs: ['*'] }] } }),
    ],
    [
      'every resource',
      request('update', 'roles', { body: { rules: [{ verbs: ['get'], resources: ['*'] }] } }),
    ],
    [
      'right to escalate',
      request('patch', 'clusterroles', { response: { rules: [{ verbs: ['escalate'] }] } }),
    ],
  ],
  privileged_pod: [
    ['IPC of the host', request('create', 'pods', { body: pod({ hostIPC: true }) })],
    ...['ALL', 'CAP_SYS_ADMIN', 'SYS_MODULE', 'SYS_PTRACE'].map((name): Case => [
      `capability ${name} of an init container`,
      request('create', 'pods', {
        body: pod({ initContainers: [{ securityContext: { capabilities: { add: [name] } } }] }),
      }),
    ]),
    [
      'by a person',
      request('create', 'pods', { body: pod({ containers: [{ securityContext: { privileged: true } }] }) }),
    ],
    [
      'in an init container',
      request('create', 'pods', {
        body: pod({ initContainers: [{ securityContext: { privileged: true } }] }),
      }),
    ],
    [
      'second container',
      request('create', 'pods', {
        body: pod({ containers: [{}, { securityContext: { privileged: true } }] }),
      }),
    ],
    ['network of the host', request('create', 'pods', { body: pod({ hostNetwork: true }) })],
    ['processes of the host', request('create', 'pods', { body: pod({ hostPID: true }) })],
    [
      'path of the host',
      request('create', 'pods', { body: pod({ volumes: [{ name: 'v' }, { hostPath: { path: '/' } }] }) }),
    ],
    [
      'capability',
      request('create', 'pods', {
        body: pod({
          containers: [{ securityContext: { capabilities: { add: ['NET_ADMIN', 'SYS_ADMIN'] } } }],
        }),
      }),
    ],
    [
      'in kube-system by a person',
      request('create', 'pods', { namespace: 'kube-system', body: pod({ hostPID: true }) }),
      ['workload_in_system_namespace'],
    ],
    [
      'by the controller on behalf of somebody',
      request('create', 'pods', {
        user: 'system:serviceaccount:kube-system:daemon-set-controller',
        body: pod({ hostPID: true }),
      }),
    ],
  ],
  token_request: [
    ['a person', request('create', 'serviceaccounts/token', { code: 201 })],
    ['a workload', request('create', 'serviceaccounts/token', { user: APP })],
  ],
  ephemeral_container: [
    ['patched in', request('patch', 'pods/ephemeralcontainers')],
    ['updated in', request('update', 'pods/ephemeralcontainers', { user: APP })],
  ],
  anonymous_access: [
    ['pods', request('list', 'configmaps', { user: 'system:anonymous' })],
    [
      'an object behind an address that begins like a health check',
      request('get', 'configmaps', { user: 'system:anonymous', uri: '/healthz/../api/v1/configmaps' }),
    ],
  ],
  network_policy_deleted: [
    ...['globalnetworkpolicies', 'ciliumclusterwidenetworkpolicies', 'adminnetworkpolicies'].map(
      (resource): Case => [resource, request('delete', resource)],
    ),
    ['one', request('delete', 'networkpolicies')],
    ['all', request('deletecollection', 'networkpolicies', { user: APP })],
    ['of Cilium', request('delete', 'ciliumnetworkpolicies')],
  ],
  controls_weakened: [
    ...[
      'validatingadmissionpolicies',
      'validatingadmissionpolicybindings',
      'mutatingadmissionpolicies',
      'mutatingadmissionpolicybindings',
    ].map((resource): Case => [`${resource} updated`, request('update', resource)]),
    ...[
      'tetragon',
      'fluent-bit',
      'filebeat',
      'promtail',
      'vector',
      'otel-agent',
      'opentelemetry-collector',
    ].map((name): Case => [`${name} deleted`, request('delete', 'deployments', { name })]),
    ['audit sink deleted', request('delete', 'auditsinks')],
    ['webhook deleted', request('delete', 'validatingwebhookconfigurations', { user: APP })],
    ['webhook changed by hand', request('patch', 'mutatingwebhookconfigurations')],
    ['agent deleted', request('delete', 'daemonsets', { name: 'falco' })],
    ['events deleted', request('deletecollection', 'events')],
  ],
  workload_changed_by_service_account: [
    ...['daemonsets', 'replicasets'].map((resource): Case => [
      resource,
      request('patch', resource, { user: APP, body: template({ image: 'evil:1' }) }),
    ]),
    ['pod', request('patch', 'pods', { user: APP, body: pod({}) })],
    [
      'init container',
      request('patch', 'deployments', {
        user: APP,
        body: { spec: { template: { spec: { initContainers: [{ image: 'evil:1' }] } } } },
      }),
    ],
    ['image patched', request('patch', 'deployments', { user: APP, body: template({ image: 'evil:1' }) })],
    ['command patched', request('patch', 'statefulsets', { user: APP, body: template({ command: ['sh'] }) })],
    ['object replaced', request('update', 'deployments', { user: APP, body: template({ image: 'evil:1' }) })],
    [
      'JSON patch',
      request('patch', 'deployments', {
        user: APP,
        body: [
          { op: 'test', path: '/metadata/name', value: 'x' },
          { op: 'replace', path: '/spec/template/spec/containers/0/image', value: 'evil:1' },
        ],
      }),
    ],
    [
      'JSON patch of the whole',
      request('patch', 'deployments', { user: APP, body: [{ op: 'replace', path: '/spec/template' }] }),
    ],
    [
      'cron job',
      request('patch', 'cronjobs', {
        user: APP,
        body: { spec: { jobTemplate: { spec: { template: { spec: { containers: [{ args: ['-c'] }] } } } } } },
      }),
    ],
  ],
};

const MISSES: Record<string, Case[]> = {
  pod_exec: [
    ['refused', request('create', 'pods/exec', { code: 403, decision: 'forbid' })],
    ['failed', request('create', 'pods/exec', { code: 500 })],
    [
      'forbidden, answer not logged',
      { ...request('create', 'pods/exec', { decision: 'forbid' }), responseStatus: null },
    ],
    ['a kubelet', request('create', 'pods/exec', { user: 'system:node:n1' })],
    ['an add-on', request('create', 'pods/exec', { user: 'system:serviceaccount:kube-system:x' })],
    ['EKS', request('create', 'pods/exec', { user: 'eks:node-manager' })],
    ['AKS', request('create', 'pods/exec', { user: 'aksService' })],
    ['reading a log', request('get', 'pods/log')],
    ['a service', request('create', 'services/exec')],
  ],
  pod_attach: [
    ['refused', request('create', 'pods/attach', { code: 403 })],
    ['a kubelet', request('create', 'pods/attach', { user: 'system:node:n1' })],
    ['reading a log', request('get', 'pods/log')],
  ],
  pod_port_forward: [
    ['refused', request('create', 'pods/portforward', { code: 403 })],
    ['an add-on', request('create', 'pods/portforward', { user: 'system:serviceaccount:kube-system:x' })],
    ['the pod itself', request('get', 'pods')],
  ],
  node_proxy_exec: [
    ['metrics', request('get', 'nodes/proxy', { uri: '/api/v1/nodes/n1/proxy/metrics' })],
    ['refused', request('create', 'nodes/proxy', { code: 403, uri: '/api/v1/nodes/n1/proxy/exec/a/b/c' })],
  ],
  secret_read: [
    ['watch', request('watch', 'secrets')],
    ['kubelet', request('get', 'secrets', { user: 'system:node:n1' })],
    ['controller', request('list', 'secrets', { user: 'system:kube-controller-manager' })],
    ['API server', request('list', 'secrets', { user: 'system:apiserver' })],
    ['refused', request('get', 'secrets', { code: 403 })],
    ['another resource', request('get', 'configmaps')],
    ['those of all namespaces have their own', request('list', 'secrets', { namespace: null })],
  ],
  cluster_admin_binding: [
    ['refused', request('create', 'clusterrolebindings', { code: 403, body: ADMIN })],
    ['dry run', request('create', 'clusterrolebindings', { uri: DRY, body: ADMIN })],
    ['read', request('get', 'clusterrolebindings', { name: 'cluster-admin' })],
    ['by the system', request('create', 'clusterrolebindings', { user: 'system:apiserver', body: ADMIN })],
  ],
  role_binding_changed: [
    ['cluster-admin has its own', request('create', 'clusterrolebindings', { body: ADMIN })],
    [
      'everybody has its own',
      request('create', 'rolebindings', { body: { ...EDIT, subjects: [{ name: 'system:anonymous' }] } }),
    ],
    ['deleted', request('delete', 'rolebindings')],
    ['dry run', request('create', 'rolebindings', { uri: DRY, body: EDIT })],
  ],
  wildcard_role: [
    [
      'ordinary role',
      request('create', 'roles', { body: { rules: [{ verbs: ['get', 'list'], resources: ['pods'] }] } }),
    ],
    [
      'group of its own',
      request('create', 'roles', { body: { rules: [{ apiGroups: ['*'], verbs: ['get'] }] } }),
    ],
    ['bodies not logged', request('create', 'clusterroles')],
  ],
  privileged_pod: [
    [
      'ordinary',
      request('create', 'pods', { body: pod({ hostNetwork: false, volumes: [{ emptyDir: {} }] }) }),
    ],
    [
      'said to be not',
      request('create', 'pods', { body: pod({ containers: [{ securityContext: { privileged: false } }] }) }),
    ],
    [
      'harmless capability',
      request('create', 'pods', {
        body: pod({ containers: [{ securityContext: { capabilities: { add: ['NET_BIND_SERVICE'] } } }] }),
      }),
    ],
    ['refused', request('create', 'pods', { code: 403, body: pod({ hostPID: true }) })],
    [
      'mirror of a static pod',
      request('create', 'pods', { user: 'system:node:n1', body: pod({ hostNetwork: true }) }),
    ],
    [
      'add-on',
      request('create', 'pods', {
        namespace: 'kube-system',
        user: 'system:serviceaccount:kube-system:daemon-set-controller',
        body: pod({ hostNetwork: true }),
      }),
    ],
    ['eviction', request('create', 'pods/eviction', { body: pod({ hostPID: true }) })],
    ['dry run', request('create', 'pods', { uri: DRY, body: pod({ hostPID: true }) })],
  ],
  token_request: [
    ['kubelet', request('create', 'serviceaccounts/token', { user: 'system:node:n1' })],
    ['account created', request('create', 'serviceaccounts')],
    ['refused', request('create', 'serviceaccounts/token', { code: 403 })],
  ],
  ephemeral_container: [
    ['another container', request('patch', 'pods', { body: pod({}) })],
    [
      'an add-on',
      request('patch', 'pods/ephemeralcontainers', { user: 'system:serviceaccount:kube-system:x' }),
    ],
    ['read', request('get', 'pods/ephemeralcontainers')],
    ['refused', request('patch', 'pods/ephemeralcontainers', { code: 422 })],
  ],
  anonymous_access: [
    ['let in and failed', request('list', 'configmaps', { user: 'system:anonymous', code: 404 })],
    ['refused', request('list', 'configmaps', { user: 'system:anonymous', code: 403, decision: 'forbid' })],
    ['a name', request('list', 'configmaps')],
    [
      'health',
      {
        verb: 'get',
        requestURI: '/livez?verbose',
        user: { username: 'system:anonymous' },
        responseStatus: { code: 200 },
        annotations: { 'authorization.k8s.io/decision': 'allow' },
      },
    ],
    [
      'joining node',
      request('get', 'configmaps', {
        user: 'system:anonymous',
        namespace: 'kube-public',
        name: 'cluster-info',
      }),
    ],
  ],
  network_policy_deleted: [
    ['created', request('create', 'networkpolicies')],
    [
      'with its namespace',
      request('delete', 'networkpolicies', {
        user: 'system:serviceaccount:kube-system:namespace-controller',
      }),
    ],
    ['refused', request('delete', 'networkpolicies', { code: 404 })],
  ],
  controls_weakened: [
    [
      'certificate rotated',
      request('patch', 'mutatingwebhookconfigurations', {
        user: 'system:serviceaccount:cert-manager:cainjector',
      }),
    ],
    ['created', request('create', 'validatingwebhookconfigurations')],
    ['another daemon set', request('delete', 'daemonsets', { name: 'csi-node' })],
    ['agent changed', request('patch', 'daemonsets', { name: 'falco' })],
  ],
  workload_changed_by_service_account: [
    ['a person', request('patch', 'deployments', { body: template({ image: 'app:2' }) })],
    ['replicas', request('patch', 'deployments', { user: APP, body: { spec: { replicas: 3 } } })],
    ['status', request('update', 'deployments/status', { user: APP, body: template({ image: 'app:2' }) })],
    [
      'system',
      request('update', 'replicasets', {
        user: 'system:serviceaccount:kube-system:deployment-controller',
        body: template({ image: 'a' }),
      }),
    ],
    [
      'label by JSON patch',
      request('patch', 'deployments', { user: APP, body: [{ op: 'add', path: '/metadata/labels/x' }] }),
    ],
    ['created', request('create', 'deployments', { user: APP, body: template({ image: 'app:2' }) })],
  ],
};

export const KUBERNETES_CORE: ProductCases = Object.fromEntries(
  Object.entries(HITS).map(([rule, hits]) => [rule, { hits, misses: MISSES[rule] ?? [] }]),
);
