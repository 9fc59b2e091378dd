/**
 * The attack, minute by minute. README.md of this example tells it in words; change both together.
 *
 * The way in is a template of the notify service that runs what it should only print. Its service account may do far
 * more than send receipts, because somebody once bound it to a role for a migration and never took that back.
 */
import type { SeededRandom } from '../../../tools/seeded-random.ts';
import { serviceAccount, type AuditLog, type Caller } from './audit.ts';
import { ATTACKER_ADDRESS, NAMESPACE, podNamed, type Pod } from './company.ts';
import type { FalcoLog } from './falco.ts';
import { at } from './time.ts';
import { ATTACKED_LEDGER } from './traces.ts';

const ENTRY = 'notify-699d4b8dc7-p8hnq';
const TOKEN_FILE = '/var/run/secrets/kubernetes.io/serviceaccount/token';
const REASON =
  'RBAC: allowed by RoleBinding "notify-migration/payments" of Role "namespace-admin" to ServiceAccount "notify/payments"';
const KUBECTL = 'kubectl/v1.34.1 (linux/amd64) kubernetes/93248f9';
const API = `/api/v1/namespaces/${NAMESPACE}`;

export class Attack {
  readonly #audit: AuditLog;
  readonly #falco: FalcoLog;
  readonly #notify: Pod;
  readonly #ledger: Pod;
  /** The token of the pod: bound to it, so that the audit log goes on naming the pod wherever it is used from. */
  readonly #stolen: Caller;
  /** The token that the attacker has issued: of the same account, bound to no pod. */
  readonly #issued: Caller;

  constructor(pods: readonly Pod[], audit: AuditLog, falco: FalcoLog, random: SeededRandom) {
    this.#audit = audit;
    this.#falco = falco;
    this.#notify = podNamed(pods, ENTRY);
    this.#ledger = podNamed(pods, ATTACKED_LEDGER);
    const bound = serviceAccount('notify', { pod: this.#notify, credential: random.uuid() });
    this.#stolen = { ...bound, userAgent: 'curl/8.14.1' };
    const outside = { sourceIp: ATTACKER_ADDRESS, userAgent: KUBECTL };
    this.#issued = { ...serviceAccount('notify', { credential: random.uuid() }), ...outside };
  }

  play(): void {
    this.#getIn();
    this.#lookAround();
    this.#takeOver();
    this.#cleanUp();
  }

  #getIn(): void {
    const shell = { name: 'cat', parent: 'sh', exepath: '/bin/cat' };
    this.#falco.alert({
      ms: at('01:12.400'),
      rule: 'Read sensitive file untrusted',
      priority: 'Warning',
      text: 'Sensitive file opened for reading by non-trusted program',
      tags: ['maturity_stable', 'host', 'container', 'filesystem', 'mitre_credential_access', 'T1555'],
      pod: this.#notify,
      process: { ...shell, cmdline: `cat /etc/shadow ${TOKEN_FILE}` },
      fields: { 'fd.name': '/etc/shadow' },
    });
    this.#falco.alert({
      ms: at('01:19.850'),
      rule: 'Contact K8S API Server From Container',
      priority: 'Notice',
      text: 'Unexpected connection to K8s API Server from container',
      tags: ['maturity_stable', 'container', 'network', 'k8s', 'mitre_discovery', 'T1565'],
      pod: this.#notify,
      process: {
        name: 'curl',
        parent: 'sh',
        exepath: '/usr/bin/curl',
        cmdline: 'curl -sk https://10.96.0.1/apis',
      },
      fields: { 'fd.name': `${this.#notify.ip}:48122->10.96.0.1:443` },
    });
    this.#review(at('01:20.010'), this.#stolen);
  }

  /** "What may I do?": allowed to everybody, asked by hardly anybody but attackers and careful clients. */
  #review(ms: number, caller: Caller): void {
    this.#audit.write({
      ms,
      caller,
      verb: 'create',
      uri: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
      object: { resource: 'selfsubjectaccessreviews', apiGroup: 'authorization.k8s.io' },
      code: 201,
      reason: 'RBAC: allowed by ClusterRoleBinding "system:basic-user"',
    });
  }

  /** The stolen token leaves the cluster; from here on the address is the attacker's, the pod still notify's. */
  #lookAround(): void {
    const caller = { ...this.#stolen, sourceIp: ATTACKER_ADDRESS, userAgent: KUBECTL };
    for (const ms of [at('01:58.300'), at('01:58.900'), at('02:00.150')]) this.#review(ms, caller);
    const secrets = { resource: 'secrets', namespace: NAMESPACE };
    this.#audit.write({
      ms: at('02:05.020'),
      caller,
      verb: 'list',
      uri: `${API}/secrets?limit=500`,
      object: secrets,
      reason: REASON,
    });
    this.#audit.write({
      ms: at('02:31.440'),
      caller,
      verb: 'get',
      uri: `${API}/secrets/ledger-db`,
      object: { ...secrets, name: 'ledger-db' },
      reason: REASON,
    });
    this.#audit.write({
      ms: at('03:02.700'),
      caller,
      verb: 'create',
      uri: `${API}/serviceaccounts/notify/token`,
      object: { resource: 'serviceaccounts', namespace: NAMESPACE, name: 'notify', subresource: 'token' },
      code: 201,
      reason: REASON,
    });
  }

  /** A shell in the ledger, with the token that names no pod. */
  #takeOver(): void {
    const caller = this.#issued;
    this.#audit.write({
      ms: at('03:41.200'),
      caller,
      verb: 'list',
      uri: `${API}/pods?limit=500`,
      object: { resource: 'pods', namespace: NAMESPACE },
      reason: REASON,
    });
    const exec = {
      ms: at('04:10.200'),
      caller,
      verb: 'create',
      uri: `${API}/pods/${this.#ledger.name}/exec?command=sh&container=ledger&stdin=true&stdout=true&tty=true`,
      object: { resource: 'pods', namespace: NAMESPACE, name: this.#ledger.name, subresource: 'exec' },
      code: 101,
      reason: REASON,
    };
    const auditId = this.#audit.write({ ...exec, stage: 'ResponseStarted', takes: 31 });
    this.#audit.write({ ...exec, auditId, stage: 'ResponseComplete', takes: at('07:35') - exec.ms });
    this.#falco.ofAudit(at('04:10.240'), 'Attach/Exec Pod', {
      'ka.target.name': this.#ledger.name,
      'ka.target.namespace': NAMESPACE,
      'ka.target.resource': 'pods',
      'ka.target.subresource': 'exec',
      'ka.uri.param[command]': 'sh',
      'ka.user.name': caller.username,
      'ka.verb': 'create',
    });
    this.#falco.alert({
      ms: at('04:10.615'),
      rule: 'Terminal shell in container',
      priority: 'Notice',
      text: 'A shell was spawned in a container with an attached terminal',
      tags: ['maturity_stable', 'container', 'shell', 'mitre_execution', 'T1059'],
      pod: this.#ledger,
      process: { name: 'sh', parent: 'runc', exepath: '/bin/sh', cmdline: 'sh', tty: 34816 },
    });
    this.#falco.alert({
      ms: at('05:22.070'),
      rule: 'Drop and execute new binary in container',
      priority: 'Critical',
      text: 'Executing binary not part of base image',
      tags: ['maturity_stable', 'container', 'process', 'mitre_persistence', 'TA0003', 'PCI_DSS_11.5.1'],
      pod: this.#ledger,
      process: {
        name: 'lgr',
        parent: 'sh',
        exepath: '/tmp/lgr',
        cmdline: 'lgr --dsn env:LEDGER_DSN --watch entries',
        tty: 34816,
      },
      withoutMetadata: true,
    });
  }

  #cleanUp(): void {
    this.#falco.alert({
      ms: at('07:21.300'),
      rule: 'Remove Bulk Data from Disk',
      priority: 'Warning',
      text: 'Bulk data has been removed from disk',
      tags: ['maturity_stable', 'host', 'container', 'process', 'filesystem', 'mitre_impact', 'T1485'],
      pod: this.#ledger,
      process: {
        name: 'shred',
        parent: 'sh',
        exepath: '/usr/bin/shred',
        cmdline: 'shred -u /tmp/lgr /tmp/out',
        tty: 34816,
      },
    });
    this.#audit.write({
      ms: at('07:52.900'),
      caller: this.#issued,
      verb: 'deletecollection',
      uri: `${API}/events`,
      object: { resource: 'events', namespace: NAMESPACE },
      reason: REASON,
    });
  }
}
