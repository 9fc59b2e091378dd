/** Falco, Tetragon, SPIRE, Gatekeeper, Kyverno and Argo CD: cases, one thing different at a time. */
import { readFileSync } from 'node:fs';
import type { Json } from '../../../src/model/ids.ts';
import type { RawRecord } from '../observation.ts';
import type { ProductCases } from './case.ts';

const AT = '2026-03-10T14:00:02.118999Z';

function fixture(path: string): string {
  return readFileSync(new URL(`../../fixtures/${path}`, import.meta.url), 'utf8');
}

function alert(tags: string[], container: string | null = '5892b41bcf46'): RawRecord {
  return {
    time: AT,
    rule: 'A rule of Falco',
    priority: 'Notice',
    source: 'syscall',
    output: 'It happened',
    tags,
    output_fields: { 'container.id': container, 'k8s.ns.name': 'payments', 'k8s.pod.name': 'ledger-1' },
  };
}

/** A real alert: a shell with a terminal, and contact with the API server. */
function realAlert(line: number): RawRecord {
  return JSON.parse(fixture('falco-website/alerts.jsonl').split('\n')[line] ?? '') as RawRecord;
}

const PTRACE = ['maturity_stable', 'host', 'container', 'process', 'mitre_privilege_escalation', 'T1055.008'];
const SNIFF = ['maturity_stable', 'container', 'network', 'mitre_credential_access', 'T1557.002'];
const REMOTE = ['maturity_stable', 'container', 'network', 'process', 'mitre_execution', 'T1059'];
const SHELL = ['maturity_stable', 'container', 'shell', 'mitre_execution', 'T1059'];

export const FALCO: ProductCases = {
  process_memory_touched: {
    hits: [['in a container', alert(PTRACE)]],
    misses: [
      ['on the host', alert(PTRACE, 'host')],
      ['no container known', alert(PTRACE, null)],
      ['a process that looks whether it is traced', alert(['container', 'process', 'T1622'])],
      ['a real alert', realAlert(2)],
    ],
  },
  packets_captured: {
    hits: [['in a container', alert(SNIFF)]],
    misses: [
      ['on the host', alert(SNIFF, 'host')],
      ['another way to come between', alert(['container', 'network', 'T1557'])],
      ['a real alert', realAlert(4)],
    ],
  },
  shell_over_network: {
    hits: [['in a container', alert(REMOTE)]],
    misses: [
      ['at a terminal', alert(SHELL)],
      ['on the host', alert(REMOTE, 'host')],
      ['contact with the API server', alert(['container', 'network', 'k8s', 'mitre_discovery', 'T1565'])],
    ],
  },
};

function probe(
  more: { [key: string]: Json },
  namespace: string | null = 'payments',
  type = 'process_kprobe',
): RawRecord {
  const pod = { namespace, name: 'ledger-1', container: { id: 'containerd://5892b41bcf46', name: 'ledger' } };
  return {
    [type]: {
      process: { exec_id: 'x', binary: '/usr/bin/cat', ...(namespace === null ? {} : { pod }) },
      function_name: '__x64_sys_openat',
      policy_name: 'company-policy',
      action: 'KPROBE_ACTION_POST',
      ...more,
    },
    node_name: 'node-1',
    time: AT,
  };
}

function opened(path: string): { [key: string]: Json } {
  return { function_name: 'security_file_permission', args: [{ file_arg: { path } }, { int_arg: 4 }] };
}

const KILLED = { action: 'KPROBE_ACTION_SIGKILL' };

export const TETRAGON: ProductCases = {
  stopped: {
    hits: [
      ['killed', probe(KILLED)],
      ['its call failed', probe({ action: 'KPROBE_ACTION_OVERRIDE' }, 'payments', 'process_lsm')],
    ],
    misses: [
      ['only seen', probe({})],
      ['a signal that does not kill', probe({ action: 'KPROBE_ACTION_SIGNAL' })],
      ['in a namespace of the system', probe(KILLED, 'kube-system')],
    ],
  },
  sensitive_file: {
    hits: [
      ['passwords', probe(opened('/etc/shadow'))],
      ['the environment of another process', probe(opened('/proc/1/environ'))],
      [
        'by the path of a call',
        probe({ args: [{ int_arg: -100 }, { string_arg: '/root/.ssh/id_ed25519' }] }),
      ],
      ['as its policy says', probe({ message: 'Sensitive file system write operation' })],
    ],
    misses: [
      ['the list of users', probe(opened('/etc/passwd'))],
      ["the pod's own token", probe(opened('/var/run/secrets/kubernetes.io/serviceaccount/token'))],
      ['on the machine', probe(opened('/etc/shadow'), null)],
      ['an add-on', probe(opened('/etc/shadow'), 'kube-system')],
      [
        'a real event',
        JSON.parse(fixture('tetragon/00_four_golden_signals__process_kprobe.json')) as RawRecord,
      ],
    ],
  },
  process_memory_touched: {
    hits: [
      ['traced', probe({ function_name: '__x64_sys_ptrace' })],
      ['read', probe({ function_name: '__x64_sys_process_vm_readv' })],
      ['asked for', probe({ function_name: 'bpf_lsm_ptrace_access_check' }, 'payments', 'process_lsm')],
    ],
    misses: [
      ['a file', probe(opened('/etc/passwd'))],
      ['on the machine', probe({ function_name: '__x64_sys_ptrace' }, null)],
      ['an add-on', probe({ function_name: '__x64_sys_ptrace' }, 'kube-system')],
    ],
  },
  kernel_module_loaded: {
    hits: [
      ['from a file', probe({ function_name: '__x64_sys_finit_module' })],
      ['in the kernel', probe({ function_name: 'do_init_module' })],
    ],
    misses: [
      ['unloaded', probe({ function_name: '__x64_sys_delete_module' })],
      ['on the machine', probe({ function_name: 'do_init_module' }, null)],
      ['a driver', probe({ function_name: 'do_init_module' }, 'kube-system')],
    ],
  },
};

function access(service: string, method: string, more: RawRecord = {}): RawRecord {
  return {
    time: '2026-03-10T14:00:02Z',
    level: 'info',
    msg: 'API accessed',
    type: 'audit',
    request_id: 'r-1',
    status: 'success',
    status_code: 'OK',
    service,
    method,
    ...more,
  };
}

const ENTRY = 'entry.v1.Entry';
const BY_HAND = { caller_uid: 0, caller_path: '/opt/spire/bin/spire-server' };
const BY_CONTROLLER = { caller_uid: 1000, caller_path: '/spire-controller-manager' };
const REFUSED = { status: 'error', status_code: 'PermissionDenied' };
const FEDERATION = 'trustdomain.v1.TrustDomain';

export const SPIRE: ProductCases = {
  denied: {
    hits: [
      [
        'a workload',
        access(ENTRY, 'BatchCreateEntry', {
          ...REFUSED,
          caller_id: 'spiffe://bank.example/ns/payments/sa/notify',
        }),
      ],
      [
        'without an identity',
        access('bundle.v1.Bundle', 'AppendBundle', { ...REFUSED, status_code: 'Unauthenticated' }),
      ],
    ],
    misses: [
      ['let through', access(ENTRY, 'BatchCreateEntry')],
      ['another error', access(ENTRY, 'GetEntry', { status: 'error', status_code: 'NotFound' })],
      ['an agent that starts anew', access('agent.v1.Agent', 'RenewAgent', REFUSED)],
    ],
  },
  entry_written_by_hand: {
    hits: [
      ['registered', access(ENTRY, 'BatchCreateEntry', BY_HAND)],
      ['under its full name', access('spire.api.server.entry.v1.Entry', 'BatchUpdateEntry', BY_HAND)],
    ],
    misses: [
      ['the controller', access(ENTRY, 'BatchCreateEntry', BY_CONTROLLER)],
      ['looked at', access(ENTRY, 'ListEntries', BY_HAND)],
      [
        'failed',
        access(ENTRY, 'BatchCreateEntry', { ...BY_HAND, status: 'error', status_code: 'AlreadyExists' }),
      ],
    ],
  },
  trust_extended: {
    hits: [
      ['a node', access('agent.v1.Agent', 'CreateJoinToken', BY_HAND)],
      ['a domain', access(FEDERATION, 'BatchCreateFederationRelationship', BY_HAND)],
    ],
    misses: [
      ['an agent that attests', access('agent.v1.Agent', 'AttestAgent')],
      [
        'a domain refreshed',
        access('bundle.v1.Bundle', 'BatchSetFederatedBundle', { caller_id: 'spiffe://bank.example/agent' }),
      ],
      ['failed', access('agent.v1.Agent', 'CreateJoinToken', { ...BY_HAND, ...REFUSED })],
      ['looked at', access(FEDERATION, 'ListFederationRelationships', BY_HAND)],
    ],
  },
};

function violation(more: RawRecord): RawRecord {
  return {
    level: 'info',
    ts: 1773151202.118999,
    msg: 'Privileged container is not allowed: ledger',
    process: 'admission',
    event_type: 'violation',
    constraint_kind: 'K8sPSPPrivilegedContainer',
    constraint_name: 'psp-privileged',
    constraint_action: 'deny',
    resource_kind: 'Pod',
    resource_namespace: 'payments',
    resource_name: 'ledger-1',
    request_username: 'alice',
    ...more,
  };
}

function exported(more: RawRecord): RawRecord {
  return {
    id: 'b1f5c2de-0000-4000-8000-000000000001',
    timestamp: AT,
    eventType: 'violation_admission',
    enforcementAction: 'deny',
    kind: 'K8sAllowedRepos',
    name: 'repos',
    message: 'image from a foreign registry',
    resourceKind: 'Pod',
    resourceNamespace: 'payments',
    resourceName: 'ledger-1',
    requestUsername: 'alice',
    dryRun: false,
    ...more,
  };
}

export const GATEKEEPER: ProductCases = {
  admission_denied: {
    hits: [
      ['a person, in the log', violation({})],
      ['in the export', exported({})],
    ],
    misses: [
      ['only warned about', violation({ constraint_action: 'warn' })],
      ['an audit run', violation({ event_type: 'violation_audited', process: 'audit', audit_id: AT })],
      ['a dry run', exported({ dryRun: true })],
      [
        'a controller, again and again',
        exported({ requestUsername: 'system:serviceaccount:kube-system:replicaset-controller' }),
      ],
    ],
  },
};

function report(result: { [key: string]: Json }, scope: { [key: string]: Json } = {}): RawRecord {
  return {
    apiVersion: 'wgpolicyk8s.io/v1alpha2',
    kind: 'PolicyReport',
    metadata: { name: 'u-ledger', namespace: 'payments', creationTimestamp: AT },
    scope: {
      apiVersion: 'v1',
      kind: 'Pod',
      name: 'ledger-1',
      namespace: 'payments',
      uid: 'u-ledger',
      ...scope,
    },
    results: [
      { policy: 'disallow-privileged', result: 'fail', severity: 'high', source: 'kyverno', ...result },
    ],
  };
}

export const KYVERNO: ProductCases = {
  grave_failure: {
    hits: [
      ['high', report({})],
      [
        'critical, of a deployment',
        report({ severity: 'critical' }, { apiVersion: 'apps/v1', kind: 'Deployment' }),
      ],
    ],
    misses: [
      ['medium', report({ severity: 'medium' })],
      ['only warned about', report({ result: 'warn' })],
      ['a service', report({}, { kind: 'Service' })],
      ['an add-on', report({}, { namespace: 'kube-system' })],
    ],
  },
};

function application(
  resource: { [key: string]: Json },
  more: { spec?: Json; phase?: string } = {},
): RawRecord {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name: 'pay', namespace: 'argocd', uid: 'u-app' },
    spec: more.spec ?? { syncPolicy: { automated: { prune: true } } },
    status: {
      reconciledAt: AT,
      sync: { status: 'OutOfSync', revision: 'abc' },
      operationState: { phase: more.phase ?? 'Succeeded' },
      resources: [
        {
          group: 'apps',
          kind: 'Deployment',
          namespace: 'payments',
          name: 'ledger',
          status: 'OutOfSync',
          ...resource,
        },
      ],
    },
  };
}

function told(message: string, reason = 'OperationStarted'): RawRecord {
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: 'pay.1', namespace: 'argocd', uid: 'u-event', creationTimestamp: AT },
    involvedObject: {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Application',
      namespace: 'argocd',
      name: 'pay',
    },
    reason,
    message,
    type: 'Normal',
    firstTimestamp: AT,
    lastTimestamp: AT,
  };
}

export const ARGOCD: ProductCases = {
  drift_in_automated_application: {
    hits: [
      ['a deployment', application({})],
      ['a network policy', application({ group: 'networking.k8s.io', kind: 'NetworkPolicy' })],
    ],
    misses: [
      ['synced by hand', application({}, { spec: { syncPolicy: {} } })],
      ['a sync under way', application({}, { phase: 'Running' })],
      ['removed from Git', application({ requiresPruning: true })],
      ['an object that scalers write', application({ kind: 'HorizontalPodAutoscaler' })],
    ],
  },
  admin_account_used: {
    hits: [
      ['a sync', told('admin initiated sync to 1.4.0 (abc)')],
      [
        'a line of the log',
        {
          time: AT,
          application: 'pay',
          reason: 'ResourceActionRan',
          type: 'Normal',
          user: 'admin',
          msg: 'admin ran action restart',
        },
      ],
    ],
    misses: [
      ['a person', told('alice initiated sync to 1.4.0 (abc)')],
      ['on a schedule', told('admin initiated automated sync to abc')],
      ['by itself', told('Initiated automated sync to abc')],
      ['what became of it', told('admin initiated sync to 1.4.0 (abc)', 'StatusRefreshed')],
    ],
  },
};
