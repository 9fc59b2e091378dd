/**
 * Kubernetes audit records, `audit.k8s.io/v1` and before: one event, an EventList, or an array of events.
 *
 * Detected by auditID, stage and verb: most real records carry no apiVersion. Traps that this file knows: a create
 * with generateName has its name in the response only; an exec in progress is ResponseStarted with code 101; the
 * container of an exec stands only in the URI; `user.extra` ties a call to the calling pod under an older and a newer
 * prefix; bodies of secrets hold the secrets, and are emptied before anything looks at them; what a client sends may be
 * a lie: only what the server answered or accepted says who a pod is.
 *
 * Worked example: `create pods/exec` by `system:serviceaccount:payments:notify` is about the pod of objectRef; the
 * caller's pod is learned beside it, as one that runs as `payments/notify`.
 * Source: Kubernetes audit documentation; reference/formats 3.1.
 */
import type { Json } from '../../model/json.ts';
import {
  NO_IDENTITY,
  serviceAccountOfUser,
  type ServiceAccount,
  type StatedIdentity,
} from '../../model/identity.ts';
import type { Instant } from '../../model/instant.ts';
import type { Observation, Outcome, ResourceRef } from '../../model/observation.ts';
import type { Place } from '../../model/place.ts';
import type { Sighting } from '../../model/sighting.ts';
import type { FormatContext } from '../context.ts';
import { merged, refusedAs, taken, type Decoded } from '../decoded.ts';
import {
  firstTextIn,
  instantIn,
  isObject,
  listIn,
  objectIn,
  textIn,
  withFields,
  withSafeId,
  type Fields,
} from '../fields.ts';
import { observed } from './observed.ts';
import { containerOfUri, isAboutPod } from './pod-entity.ts';

const STAGES = ['RequestReceived', 'ResponseStarted', 'ResponseComplete', 'Panic'];
const SESSIONS: ReadonlySet<string> = new Set(['exec', 'attach', 'portforward']);
/** Events in one list; a webhook sends 400 by default. */
const MAX_EVENTS = 50_000;
/** Resources (`/` subresource) and kinds of bodies that are credentials. */
const SECRET_RESOURCES: ReadonlySet<string> = new Set(['secrets', 'tokenreviews', 'serviceaccounts/token']);
const SECRET_KINDS: ReadonlySet<string> = new Set(['Secret', 'SecretList', 'TokenRequest', 'TokenReview']);
const KEPT_METADATA: readonly string[] = ['name', 'generateName', 'namespace', 'uid'];

/** Whether a record looks like an audit event or a list of them. */
export function isKubernetesAudit(value: unknown): boolean {
  if (!isObject(value)) return false;
  if (isEvent(value)) return true;
  const [first] = listIn(value['items']);
  return value['kind'] === 'EventList' && (first === undefined || isEvent(first));
}

function isEvent(value: unknown): boolean {
  return isObject(value) && 'auditID' in value && 'stage' in value && 'verb' in value;
}

/** One record: an event, an EventList or an array of events. */
export function decodeKubernetesAudit(
  value: unknown,
  place: Place,
  context: FormatContext,
): Decoded<Observation> {
  const events = eventsOf(value);
  if (events.length > MAX_EVENTS) {
    return refusedAs('too_many_items', `An EventList holds at most ${MAX_EVENTS} events; split it.`);
  }
  return merged(
    events.map((event) =>
      withFields(
        withSafeId(withoutSecrets(event), 'auditID', context.redactor),
        context.redactor,
        'A Kubernetes audit event',
        (fields) => decodeEvent(fields, place),
      ),
    ),
  );
}

function eventsOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  const items = isObject(value) ? value['items'] : undefined;
  return Array.isArray(items) ? items : [value];
}

/**
 * Bodies that are credentials hold what must not be stored; what they are about may stay. Their annotations may not:
 * `kubectl apply` writes the whole object into one.
 */
function withoutSecrets(event: unknown): unknown {
  if (!isObject(event)) return event;
  const secret = isSecret(objectIn(event['objectRef']));
  let copy: Fields = event;
  for (const name of ['requestObject', 'responseObject']) {
    const body = event[name];
    if (body === undefined || (!secret && !SECRET_KINDS.has(textIn(objectIn(body)['kind']) ?? ''))) continue;
    copy = { ...copy, [name]: emptied(objectIn(body)) };
  }
  return copy;
}

function isSecret(reference: Fields): boolean {
  const [resource, subresource] = [textIn(reference['resource']), textIn(reference['subresource'])];
  return SECRET_RESOURCES.has(resource ?? '') || SECRET_RESOURCES.has(`${resource}/${subresource}`);
}

function emptied(body: Fields): Json {
  const metadata = objectIn(body['metadata']);
  const kept = KEPT_METADATA.filter((name) => typeof metadata[name] === 'string');
  return {
    kind: textIn(body['kind']),
    metadata: Object.fromEntries(kept.map((name) => [name, metadata[name]])),
  };
}

function decodeEvent(fields: { [key: string]: Json }, place: Place): Decoded<Observation> {
  const auditId = textIn(fields['auditID']);
  const stage = STAGES.indexOf(textIn(fields['stage']) ?? '');
  const verb = textIn(fields['verb']);
  if (auditId === null || stage < 0 || verb === null) {
    return refusedAs(
      'wrong_shape',
      'An audit event has auditID, verb, and a stage such as ResponseComplete.',
    );
  }
  const timeText = timeTextOf(fields);
  const start = instantIn(timeText);
  if (timeText === undefined)
    return refusedAs('missing_time', 'The audit event has no requestReceivedTimestamp.');
  if (start === undefined)
    return refusedAs('bad_time', 'requestReceivedTimestamp is no RFC 3339 time with a zone.');
  const uri = textIn(fields['requestURI']);
  const resource = resourceOf(fields);
  const user = objectIn(fields['user']);
  const actor = textIn(user['username']);
  const serviceAccount = serviceAccountOfUser(actor);
  const caller = callerOf(user, serviceAccount);
  const action = actionOf(verb, resource);
  const outcome = outcomeOf(fields);
  const body = podBodyOf(fields, resource);
  const proven = outcome === 'failure' || isDryRun(uri) ? null : body;
  const aboutPod = isAboutPod(resource?.resource ?? null, resource?.subresource ?? null, verb);
  const stamp = { start, timeText: typeof timeText === 'string' ? timeText : '' };
  const observation = observed(
    { source: 'kubernetes-audit', dataset: 'kubernetes.audit', stamp, fields, place },
    {
      end: Math.max(start, instantIn(fields['stageTimestamp']) ?? start),
      nativeId: auditId,
      // As in join/audit-stages.ts: a client may choose the auditID, and must not hide one request behind another.
      nativeTuple: [auditId, actor, action, uri],
      stage: { auditId, rank: stage, session: SESSIONS.has(resource?.subresource ?? '') },
      identity: aboutPod ? podOf(fields, body, uri) : (caller ?? NO_IDENTITY),
      serviceAccount,
      credentialId: firstTextIn(extraOf(user, 'credential-id')),
      actor,
      resource,
      action,
      outcome,
      detail: uri,
      sightings: sightingsOf(start, caller, serviceAccount, proven),
    },
  );
  return taken([observation]);
}

/** v1beta1 records may lack requestReceivedTimestamp. */
function timeTextOf(fields: Fields): Json | undefined {
  const created = objectIn(fields['metadata'])['creationTimestamp'];
  return fields['requestReceivedTimestamp'] ?? fields['timestamp'] ?? created ?? undefined;
}

function resourceOf(fields: Fields): ResourceRef | null {
  const reference = objectIn(fields['objectRef']);
  const resource = textIn(reference['resource']);
  if (resource === null) return null;
  return {
    apiGroup: textIn(reference['apiGroup']),
    resource,
    subresource: textIn(reference['subresource']),
    namespace: textIn(reference['namespace']),
    name:
      textIn(reference['name']) ?? textIn(objectIn(objectIn(fields['responseObject'])['metadata'])['name']),
  };
}

function extraOf(user: Fields, name: string): Json | undefined {
  const extra = objectIn(user['extra']);
  return extra[`authentication.kubernetes.io/${name}`] ?? extra[`authentication.k8s.io/${name}`];
}

/** The calling pod, which `user.extra` names for bound service-account tokens; it lives in the account's namespace. */
function callerOf(user: Fields, account: ServiceAccount | null): StatedIdentity | null {
  const podName = firstTextIn(extraOf(user, 'pod-name'));
  const podUid = firstTextIn(extraOf(user, 'pod-uid'));
  if (podName === null && podUid === null) return null;
  const namespace = podName === null ? null : (account?.namespace ?? null);
  return { ...NO_IDENTITY, namespace, podName, podUid, node: firstTextIn(extraOf(user, 'node-name')) };
}

interface PodBody {
  identity: StatedIdentity;
  account: ServiceAccount | null;
}

/** A dry run is answered like any other request, and nothing is changed. */
function isDryRun(uri: string | null): boolean {
  return uri !== null && /[?&]dryRun=/.test(uri);
}

/**
 * The pod that a request or response body describes. The response knows the name that the server gave, and only the
 * response the uid: in a request it is whatever the client wrote.
 */
function podBodyOf(fields: Fields, resource: ResourceRef | null): PodBody | null {
  if (resource?.resource !== 'pods' || resource.subresource !== null) return null;
  const bodies = [objectIn(fields['responseObject']), objectIn(fields['requestObject'])];
  const metadata = (name: string): string | null =>
    firstStated(bodies, (body) => objectIn(body['metadata'])[name]);
  const podName = metadata('name');
  if (podName === null) return null;
  const namespace = metadata('namespace') ?? resource.namespace;
  const accountName = firstStated(bodies, (body) => objectIn(body['spec'])['serviceAccountName']);
  const account = accountName === null || namespace === null ? null : { namespace, name: accountName };
  const node = firstStated(bodies, (body) => objectIn(body['spec'])['nodeName']);
  const podUid = textIn(objectIn(objectIn(fields['responseObject'])['metadata'])['uid']);
  return { identity: { ...NO_IDENTITY, namespace, podName, podUid, node }, account };
}

function firstStated(bodies: readonly Fields[], of: (body: Fields) => Json | undefined): string | null {
  return bodies.map((body) => textIn(of(body))).find((value) => value !== null) ?? null;
}

function podOf(fields: Fields, body: PodBody | null, uri: string | null): StatedIdentity {
  const reference = objectIn(fields['objectRef']);
  return {
    ...NO_IDENTITY,
    namespace: textIn(reference['namespace']),
    podName: textIn(reference['name']) ?? body?.identity.podName ?? null,
    podUid: body?.identity.podUid ?? referredUid(fields),
    containerName: containerOfUri(uri),
  };
}

/**
 * The uid of objectRef, which the API server copies from the body that the client sent: true once an update was
 * accepted, since it must be the pod's; ignored by the server, and so any text at all, in a create.
 */
function referredUid(fields: Fields): string | null {
  const reference = objectIn(fields['objectRef']);
  const creates = fields['verb'] === 'create' && textIn(reference['subresource']) === null;
  return creates || outcomeOf(fields) === 'failure' ? null : textIn(reference['uid']);
}

function sightingsOf(
  at: Instant,
  caller: StatedIdentity | null,
  account: ServiceAccount | null,
  body: PodBody | null,
): Sighting[] {
  const sightings: Sighting[] = [];
  if (caller !== null) sightings.push({ at, identity: caller, serviceAccount: account });
  if (body !== null) sightings.push({ at, identity: body.identity, serviceAccount: body.account });
  return sightings;
}

function actionOf(verb: string, resource: ResourceRef | null): string {
  if (resource === null) return verb;
  return `${verb} ${resource.resource}${resource.subresource === null ? '' : `/${resource.subresource}`}`;
}

/** 101 (an upgraded connection) is a success; no code yet is unknown, unless the word or the authorizer says it. */
function outcomeOf(fields: Fields): Outcome {
  const { code, status } = objectIn(fields['responseStatus']);
  if (typeof code !== 'number') {
    const isForbidden = objectIn(fields['annotations'])['authorization.k8s.io/decision'] === 'forbid';
    if (status === 'Failure' || isForbidden) return 'failure';
    return status === 'Success' ? 'success' : 'unknown';
  }
  return code < 400 ? 'success' : 'failure';
}
