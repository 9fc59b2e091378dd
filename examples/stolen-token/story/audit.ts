/** Records of the Kubernetes audit log (audit.k8s.io/v1), as the API server writes them. */
import type { SeededRandom } from '../../../tools/seeded-random.ts';
import { NAMESPACE, type Pod } from './company.ts';
import { microsText } from './time.ts';

export interface Caller {
  username: string;
  groups: string[];
  extra?: Record<string, string[]>;
  sourceIp: string;
  userAgent: string;
}

export interface AuditCall {
  ms: number;
  caller: Caller;
  verb: string;
  uri: string;
  object?: Record<string, string>;
  code?: number;
  /** Why the authorizer let it pass. */
  reason?: string;
  level?: 'Metadata' | 'RequestResponse';
  requestObject?: unknown;
  responseObject?: unknown;
  /** Milliseconds until the response was complete. */
  takes?: number;
  stage?: 'ResponseStarted' | 'ResponseComplete';
  auditId?: string;
}

export interface TimedRecord {
  ms: number;
  record: Record<string, unknown>;
}

export class AuditLog {
  readonly records: TimedRecord[] = [];
  readonly #random: SeededRandom;

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  /** Writes one record of one stage; a call of several stages passes its `auditId`. */
  write(call: AuditCall): string {
    const auditId = call.auditId ?? this.#random.uuid();
    const started = call.ms + this.#random.integer(0, 999) / 1_000;
    const end = started + (call.takes ?? this.#random.integer(2, 30));
    const record = {
      kind: 'Event',
      apiVersion: 'audit.k8s.io/v1',
      level: call.level ?? 'Metadata',
      auditID: auditId,
      stage: call.stage ?? 'ResponseComplete',
      requestURI: call.uri,
      verb: call.verb,
      user: {
        username: call.caller.username,
        groups: call.caller.groups,
        ...(call.caller.extra === undefined ? {} : { extra: call.caller.extra }),
      },
      sourceIPs: [call.caller.sourceIp],
      userAgent: call.caller.userAgent,
      ...(call.object === undefined ? {} : { objectRef: { apiVersion: 'v1', ...call.object } }),
      responseStatus: { metadata: {}, code: call.code ?? 200 },
      ...(call.requestObject === undefined ? {} : { requestObject: call.requestObject }),
      ...(call.responseObject === undefined ? {} : { responseObject: call.responseObject }),
      requestReceivedTimestamp: microsText(started),
      stageTimestamp: microsText(end),
      annotations: {
        'authorization.k8s.io/decision': 'allow',
        'authorization.k8s.io/reason': call.reason ?? '',
      },
    };
    this.records.push({ ms: end, record });
    return auditId;
  }
}

/** A service account as the API server names it; `pod` where the token is bound to one. */
export function serviceAccount(
  name: string,
  options: { namespace?: string; pod?: Pod; credential?: string },
): Caller {
  const namespace = options.namespace ?? NAMESPACE;
  const { pod, credential } = options;
  return {
    username: `system:serviceaccount:${namespace}:${name}`,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
    extra: {
      ...(credential === undefined
        ? {}
        : { 'authentication.kubernetes.io/credential-id': [`JTI=${credential}`] }),
      ...(pod === undefined
        ? {}
        : {
            'authentication.kubernetes.io/node-name': [pod.node],
            'authentication.kubernetes.io/pod-name': [pod.name],
            'authentication.kubernetes.io/pod-uid': [pod.uid],
          }),
    },
    sourceIp: pod?.ip ?? '10.20.0.1',
    userAgent: `${name}/v0.0.0 (linux/amd64)`,
  };
}

export function node(name: string): Caller {
  return {
    username: `system:node:${name}`,
    groups: ['system:nodes', 'system:authenticated'],
    sourceIp: `10.20.${name.at(-1) ?? '1'}.2`,
    userAgent: 'kubelet/v1.34.2 (linux/amd64) kubernetes/9a1f3c2',
  };
}
