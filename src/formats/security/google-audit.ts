/**
 * Kubernetes audit as Google Cloud writes it: an entry of its log, with the names of its own audit format.
 *
 * What: the entry as the audit event that it was made of, as far as Google says. Traps: a result is a code of gRPC, not of HTTP; the method is
 * `io.k8s.<group and version, dotted>.<resource>[.<subresource>].<verb>`, with another beginning for custom resources, and `io.k8s.<verb>`
 * for paths that are no resource; the request URI, and with it the container of an exec, is gone; a request that goes on has two entries, of which the first says `first` only.
 *
 * Worked example: `io.k8s.core.v1.pods.exec.create` on `core/v1/namespaces/pay/pods/api-1/exec` is `create pods/exec` of pod api-1.
 * Source: Google Cloud AuditLog and LogEntry types; reference/formats 3.1.
 */
import type { Json } from '../../model/json.ts';
import { isObject, objectIn, textIn, type Fields } from '../fields.ts';

const METHOD = /^[a-z][^ ]*\.(v\d+(?:(?:alpha|beta)\d+)?)\.([^.]+)(?:\.([^.]+))?\.([^.]+)$/;
/** Of a path that is no resource: the name of the resource is then the path. */
const PATH_METHOD = /^io\.k8s\.([a-z]+)$/;
/** Methods of groups that Kubernetes itself has; those of custom resources begin with their own group, its words reversed. */
const OWN_GROUP = 'io.k8s.';
const SERVICE = 'k8s.io';
const NAME = /^([^/]+)\/([^/]+)\/(?:namespaces\/([^/]+)\/)?([^/]+)(?:\/([^/]+))?(?:\/(.+))?$/;
/** HTTP codes for those of gRPC that the API server answers with; others are a fault of the server. */
const CODES: ReadonlyMap<number, number> = new Map([
  [0, 200],
  [1, 499],
  [3, 400],
  [5, 404],
  [6, 409],
  [7, 403],
  [8, 429],
  [9, 409],
  [10, 409],
  [11, 400],
  [12, 501],
  [14, 503],
  [16, 401],
]);
const SERVER_FAULT = 500;

export function isGoogleEntry(value: unknown): boolean {
  return isObject(value) && isObject(value['protoPayload']) && 'logName' in value;
}

/** Null: an entry of another service. */
export function auditEventOfGoogle(entry: Fields): Fields | null {
  const payload = objectIn(entry['protoPayload']);
  const name = textIn(payload['methodName']) ?? '';
  const isOurs = name.startsWith(OWN_GROUP) || textIn(payload['serviceName']) === SERVICE;
  const method = isOurs ? METHOD.exec(name) : null;
  const pathVerb = isOurs ? PATH_METHOD.exec(name)?.[1] : undefined;
  if (method === null && pathVerb === undefined) return null;
  const [, apiVersion, resource, subresource, verb = pathVerb] = method ?? [];
  const resourceName = textIn(payload['resourceName']);
  const about = { resource, subresource, apiVersion, ...placeOf(resourceName) };
  const operation = objectIn(entry['operation']);
  const metadata = objectIn(payload['requestMetadata']);
  const goesOn = operation['first'] === true && operation['last'] !== true;
  return without({
    kind: 'Event',
    auditID: textIn(operation['id']) ?? textIn(entry['insertId']),
    stage: goesOn ? 'ResponseStarted' : 'ResponseComplete',
    verb,
    user: { username: textIn(objectIn(payload['authenticationInfo'])['principalEmail']) },
    sourceIPs: [textIn(metadata['callerIp'])],
    userAgent: textIn(metadata['callerSuppliedUserAgent']),
    requestURI: method === null ? `/${resourceName ?? ''}` : undefined,
    objectRef: method === null ? undefined : about,
    responseStatus: goesOn ? undefined : { code: codeOf(payload) },
    requestObject: payload['request'],
    responseObject: payload['response'],
    requestReceivedTimestamp: entry['timestamp'],
    stageTimestamp: entry['timestamp'],
    annotations: entry['labels'],
  });
}

function placeOf(resourceName: string | null): Fields {
  const [, group, , namespace, , name] = NAME.exec(resourceName ?? '') ?? [];
  return without({ apiGroup: group === 'core' ? undefined : group, namespace, name });
}

function codeOf(payload: Fields): number {
  const { code } = objectIn(payload['status']);
  return CODES.get(typeof code === 'number' ? code : 0) ?? SERVER_FAULT;
}

function without(fields: Record<string, Json | undefined | Fields>): Fields {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined && value !== null),
  );
}
