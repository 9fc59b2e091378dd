/** Records of the Kubernetes audit log for cases of rules, written after the audit.k8s.io/v1 event. */
import type { Json } from '../../../src/model/ids.ts';
import type { RawRecord } from '../observation.ts';

export interface Request {
  user?: string;
  code?: number;
  uri?: string;
  decision?: string;
  name?: string;
  /** Null: the request is for none, or for all of them. */
  namespace?: string | null;
  group?: string;
  /** Whom the caller acts as. */
  as?: Json;
  body?: Json;
  response?: Json;
}

/** The token of a workload of the company. */
export const APP = 'system:serviceaccount:payments:ledger';
/** A pipeline that logs in with a token of GitHub. */
export const PIPELINE = 'repo:bank/payments:ref:refs/heads/main';
/** A GitOps controller. */
export const GITOPS = 'system:serviceaccount:argocd:argocd-application-controller';
export const CONTROLLER = 'system:serviceaccount:kube-system:generic-garbage-collector';
export const DRY = '/apis/x?dryRun=All&fieldManager=kubectl';

/** An audit record of `verb resource[/subresource]`; a person called alice did it, and it worked. */
export function request(verb: string, what: string, options: Request = {}): RawRecord {
  const [resource = '', subresource] = what.split('/');
  const { name = 'ledger', namespace = 'payments', group } = options;
  return {
    kind: 'Event',
    stage: 'ResponseComplete',
    verb,
    requestURI: options.uri ?? '/api/v1/namespaces/payments/things/ledger?timeout=30s',
    user: { username: options.user ?? 'alice', groups: ['system:authenticated'] },
    ...(options.as === undefined ? {} : { impersonatedUser: options.as }),
    objectRef: {
      resource,
      ...(namespace === null ? {} : { namespace }),
      name,
      ...(group === undefined ? {} : { apiGroup: group }),
      ...(subresource === undefined ? {} : { subresource }),
    },
    responseStatus: { metadata: {}, code: options.code ?? 200 },
    annotations: { 'authorization.k8s.io/decision': options.decision ?? 'allow' },
    ...(options.body === undefined ? {} : { requestObject: options.body }),
    ...(options.response === undefined ? {} : { responseObject: options.response }),
  };
}

/** The body of a workload whose pods have these parts. */
export function podTemplate(spec: { [key: string]: Json }): Json {
  return { spec: { template: { spec } } };
}

/** The body of a cron job whose pods have these parts. */
export function jobTemplate(spec: { [key: string]: Json }): Json {
  return { spec: { jobTemplate: { spec: { template: { spec } } } } };
}
