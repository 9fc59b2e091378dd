/** Who may do what in the cluster, who learns it, and who comes back: cases, one thing different at a time. */
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
import type { ProductCases } from './case.ts';

const ANONYMOUS: Json = { roleRef: { name: 'view' }, subjects: [{ kind: 'User', name: 'system:anonymous' }] };
const EVERYBODY: Json = {
  roleRef: { name: 'view' },
  subjects: [
    { kind: 'Group', name: 'ops' },
    { kind: 'Group', name: 'system:unauthenticated' },
  ],
};
const MASTERS: Json = { username: 'bob', groups: ['system:masters', 'system:authenticated'] };

function rules(...resources: string[]): Json {
  return { rules: [{ apiGroups: [''], verbs: ['create'], resources }] };
}

const JOB = jobTemplate({ containers: [{ name: 'x', image: 'app:1' }] });
const AGENT = podTemplate({ containers: [{ name: 'x', image: 'agent:1' }] });
const MIRROR: Json = { metadata: { annotations: { 'kubernetes.io/config.mirror': 'abc' } } };

export const KUBERNETES_RIGHTS: ProductCases = {
  secrets_listed_everywhere: {
    hits: [
      ['a person', request('list', 'secrets', { namespace: null })],
      ['a workload', request('list', 'secrets', { namespace: null, user: APP })],
    ],
    misses: [
      ['of one namespace', request('list', 'secrets')],
      ['a controller', request('list', 'secrets', { namespace: null, user: CONTROLLER })],
      ['a watch', request('watch', 'secrets', { namespace: null })],
      ['refused', request('list', 'secrets', { namespace: null, code: 403, decision: 'forbid' })],
    ],
  },
  anonymous_bound: {
    hits: [
      ['a user', request('create', 'clusterrolebindings', { body: ANONYMOUS })],
      ['a group among others', request('update', 'rolebindings', { body: EVERYBODY })],
      ['a patch', request('patch', 'rolebindings', { body: { x: 1 }, response: EVERYBODY })],
    ],
    misses: [
      [
        'everybody with a credential',
        request('create', 'rolebindings', { body: { subjects: [{ name: 'system:authenticated' }] } }),
      ],
      [
        'the API server itself',
        request('update', 'rolebindings', { user: 'system:apiserver', body: ANONYMOUS }),
      ],
      ['read', request('get', 'clusterrolebindings', { response: ANONYMOUS })],
      ['dry run', request('create', 'rolebindings', { uri: DRY, body: ANONYMOUS })],
    ],
  },
  system_account_created: {
    hits: [
      ['a person', request('create', 'serviceaccounts', { namespace: 'kube-system' })],
      ['a workload', request('create', 'serviceaccounts', { namespace: 'kube-public', user: APP })],
    ],
    misses: [
      ['in another namespace', request('create', 'serviceaccounts')],
      ['a controller', request('create', 'serviceaccounts', { namespace: 'kube-system', user: CONTROLLER })],
      ['a token', request('create', 'serviceaccounts/token', { namespace: 'kube-system' })],
      ['refused', request('create', 'serviceaccounts', { namespace: 'kube-system', code: 409 })],
    ],
  },
  certificate_approved: {
    hits: [
      ['a person', request('update', 'certificatesigningrequests/approval', { namespace: null })],
      ['a workload', request('patch', 'certificatesigningrequests/approval', { namespace: null, user: APP })],
    ],
    misses: [
      ['asked for', request('create', 'certificatesigningrequests', { namespace: null })],
      [
        'by the control plane',
        request('update', 'certificatesigningrequests/approval', {
          namespace: null,
          user: 'system:serviceaccount:kube-system:certificate-controller',
        }),
      ],
      ['its status', request('update', 'certificatesigningrequests/status', { namespace: null })],
    ],
  },
  impersonation_of_system: {
    hits: [
      ['administrators', request('list', 'pods', { as: MASTERS })],
      ['a node', request('list', 'pods', { as: { username: 'system:node:n1' } })],
      [
        'the scheduler, by a workload',
        request('get', 'pods', { user: APP, as: { username: 'system:kube-scheduler' } }),
      ],
      ['a controller', request('list', 'pods', { as: { username: CONTROLLER } })],
      ['the API server', request('list', 'pods', { as: { username: 'system:apiserver' } })],
    ],
    misses: [
      ['a colleague', request('list', 'pods', { as: { username: 'bob', groups: ['system:authenticated'] } })],
      ['GitOps acts as an account', request('list', 'pods', { user: GITOPS, as: { username: APP } })],
      ['the control plane', request('list', 'pods', { user: 'system:kube-controller-manager', as: MASTERS })],
      ['refused', request('list', 'pods', { as: MASTERS, code: 403 })],
    ],
  },
  role_reaches_workloads: {
    hits: [
      ['a shell', request('create', 'roles', { body: rules('pods', 'pods/exec') })],
      ['tokens', request('update', 'clusterroles', { user: APP, body: rules('serviceaccounts/token') })],
      ['kubelets', request('patch', 'clusterroles', { body: rules('nodes/proxy') })],
    ],
    misses: [
      ['logs', request('create', 'roles', { body: rules('pods', 'pods/log') })],
      ['every right has its own', request('create', 'roles', { body: rules('pods/exec', '*') })],
      [
        'the API server',
        request('update', 'clusterroles', { user: 'system:apiserver', body: rules('pods/exec') }),
      ],
      ['deleted', request('delete', 'roles', { body: rules('pods/exec') })],
    ],
  },
  system_role_changed: {
    hits: [
      ['edit', request('patch', 'clusterroles', { name: 'edit', namespace: null })],
      [
        'a role of the system',
        request('update', 'clusterroles', { name: 'system:discovery', namespace: null }),
      ],
      ['deleted', request('delete', 'roles', { name: 'system:controller:token-cleaner', user: APP })],
    ],
    misses: [
      ['a role of the company', request('patch', 'clusterroles', { name: 'editor', namespace: null })],
      [
        'aggregation',
        request('patch', 'clusterroles', {
          name: 'edit',
          user: 'system:serviceaccount:kube-system:clusterrole-aggregation-controller',
        }),
      ],
      ['read', request('get', 'clusterroles', { name: 'cluster-admin' })],
    ],
  },
  rights_listed_by_workload: {
    hits: [['a workload', request('create', 'selfsubjectrulesreviews', { namespace: null, user: APP })]],
    misses: [
      ['a person', request('create', 'selfsubjectrulesreviews', { namespace: null })],
      ['one right', request('create', 'selfsubjectaccessreviews', { namespace: null, user: APP })],
      ['a controller', request('create', 'selfsubjectrulesreviews', { namespace: null, user: CONTROLLER })],
    ],
  },
  node_proxy_read: {
    hits: [
      ['its pods', request('get', 'nodes/proxy', { uri: '/api/v1/nodes/n1/proxy/pods' })],
      [
        'a log',
        request('get', 'nodes/proxy', { user: APP, uri: '/api/v1/nodes/n1/proxy/containerLogs/a/b/c' }),
      ],
      ['its configuration', request('get', 'nodes/proxy', { uri: '/api/v1/nodes/n1/proxy/configz' })],
    ],
    misses: [
      ['metrics', request('get', 'nodes/proxy', { uri: '/api/v1/nodes/n1/proxy/metrics/cadvisor' })],
      [
        'the control plane',
        request('get', 'nodes/proxy', { user: CONTROLLER, uri: '/api/v1/nodes/n1/proxy/pods' }),
      ],
      ['refused', request('get', 'nodes/proxy', { code: 403, uri: '/api/v1/nodes/n1/proxy/pods' })],
    ],
  },
  proxy_to_workload: {
    hits: [
      ['a pod', request('get', 'pods/proxy')],
      ['a service, by a workload', request('create', 'services/proxy', { user: APP })],
    ],
    misses: [
      ['a node', request('get', 'nodes/proxy', { uri: '/api/v1/nodes/n1/proxy/metrics' })],
      ['the control plane', request('get', 'services/proxy', { user: 'system:apiserver' })],
      ['nobody there', request('get', 'services/proxy', { code: 503 })],
    ],
  },
  cron_job_by_person: {
    hits: [['a person', request('create', 'cronjobs', { body: JOB })]],
    misses: [
      ['a pipeline', request('create', 'cronjobs', { user: PIPELINE, body: JOB })],
      ['GitOps', request('create', 'cronjobs', { user: GITOPS, body: JOB })],
      ['a single job', request('create', 'jobs', { body: AGENT })],
      ['dry run', request('create', 'cronjobs', { uri: DRY, body: JOB })],
    ],
  },
  daemon_set_by_person: {
    hits: [['a person', request('create', 'daemonsets', { body: AGENT })]],
    misses: [
      ['a pipeline of Google', request('create', 'daemonsets', { user: 'ci@bank.iam.gserviceaccount.com' })],
      ['GitOps', request('create', 'daemonsets', { user: GITOPS, body: AGENT })],
      ['changed', request('patch', 'daemonsets', { body: { metadata: { labels: { a: 'b' } } } })],
    ],
  },
  mutating_webhook_created: {
    hits: [
      ['a webhook', request('create', 'mutatingwebhookconfigurations', { namespace: null })],
      [
        'a policy, by a workload',
        request('create', 'mutatingadmissionpolicies', { namespace: null, user: APP }),
      ],
    ],
    misses: [
      ['one that only validates', request('create', 'validatingwebhookconfigurations', { namespace: null })],
      ['the cloud', request('create', 'mutatingwebhookconfigurations', { user: 'eks:addon-manager' })],
      ['refused', request('create', 'mutatingwebhookconfigurations', { code: 403 })],
    ],
  },
  static_pod: {
    hits: [['by a kubelet', request('create', 'pods', { user: 'system:node:n1', body: MIRROR })]],
    misses: [
      [
        'the control plane',
        request('create', 'pods', { user: 'system:node:n1', namespace: 'kube-system', body: MIRROR }),
      ],
      ['a controller', request('create', 'pods', { user: CONTROLLER })],
      ['a token for a pod', request('create', 'serviceaccounts/token', { user: 'system:node:n1' })],
      ['an eviction', request('create', 'pods/eviction', { user: 'system:node:n1' })],
    ],
  },
  workload_in_system_namespace: {
    hits: [
      ['a pod', request('create', 'pods', { namespace: 'kube-system', body: MIRROR })],
      [
        'a deployment, by a workload',
        request('create', 'deployments', { namespace: 'kube-public', user: APP }),
      ],
    ],
    misses: [
      ['elsewhere', request('create', 'pods')],
      ['a controller', request('create', 'pods', { namespace: 'kube-system', user: CONTROLLER })],
      ['an eviction', request('create', 'pods/eviction', { namespace: 'kube-system' })],
      ['dry run', request('create', 'pods', { namespace: 'kube-system', uri: DRY })],
    ],
  },
  cluster_logins_changed: {
    hits: [
      ['a person', request('patch', 'configmaps', { namespace: 'kube-system', name: 'aws-auth' })],
      [
        'a workload',
        request('update', 'configmaps', { namespace: 'kube-system', name: 'aws-auth', user: APP }),
      ],
    ],
    misses: [
      ['a map of that name elsewhere', request('patch', 'configmaps', { name: 'aws-auth' })],
      [
        'the cloud',
        request('update', 'configmaps', {
          namespace: 'kube-system',
          name: 'aws-auth',
          user: 'eks:node-manager',
        }),
      ],
      ['read', request('get', 'configmaps', { namespace: 'kube-system', name: 'aws-auth' })],
    ],
  },
};
