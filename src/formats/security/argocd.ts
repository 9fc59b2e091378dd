/**
 * What Argo CD says of its applications: Kubernetes Events about an Application, the same as a line of its log (JSON or
 * logrus' text), and the Application itself, whose status lists the objects that differ from Git.
 *
 * Traps that this file knows: what happened stands in the sentence of an Event and nowhere else (`Updated sync status: Synced ->
 * OutOfSync`); an Application is a state: each object that is OutOfSync is one observation, told from others by application,
 * object and revision and not by time, and those in sync are counted; the namespace of the Event is Argo CD's and not
 * the application's, which only `dest-namespace` and `spec.destination` name.
 *
 * Worked example: Event ResourceUpdated on Application argocd/pay, `Updated sync status: Synced -> OutOfSync` -> action `sync
 * OutOfSync`, resource applications argocd/pay; an Application pay with Deployment payments/ledger OutOfSync -> action
 * `drift`, resource deployments payments/ledger, outcome failure.
 * Source: Argo CD, util/argo audit logger and Application types; reference/formats 3.9.
 */
import type { Json } from '../../model/json.ts';
import { NO_IDENTITY } from '../../model/identity.ts';
import type { Observation, Outcome, ResourceRef } from '../../model/observation.ts';
import type { Place } from '../../model/place.ts';
import type { FormatContext } from '../context.ts';
import { merged, refusedAs, taken, type Decoded } from '../decoded.ts';
import { isObject, listIn, objectIn, textIn, withFields, type Fields } from '../fields.ts';
import { resourceOfObject } from './kubernetes-object.ts';
import { parseLogfmt } from './logfmt.ts';
import { observed, withStamp } from './observed.ts';

const GROUP = 'argoproj.io';
const REASONS: ReadonlySet<string> = new Set([
  'StatusRefreshed',
  'ResourceCreated',
  'ResourceUpdated',
  'ResourceDeleted',
  'ResourceActionRan',
  'OperationStarted',
  'OperationCompleted',
]);
const CHANGE = /\b(sync|health) status:? '?\w* ?-> ?(\w+)/;
const INITIATED = /^(\S{1,256}) initiated /;
/** All of them; each is looked for by itself, since one pattern for all would cost the square of a line's length. */
const TEXT_MARKS: readonly RegExp[] = [/^time=/, / application=/, / reason=[A-Z]/, / msg=/];
const MAX_TEXT = 1 << 16;
/** Objects of one application. */
const MAX_RESOURCES = 20_000;

/** Whether a record looks like an Event, a log line or an Application of Argo CD. */
export function isArgocd(value: unknown): boolean {
  if (typeof value === 'string')
    return value.length <= MAX_TEXT && TEXT_MARKS.every((mark) => mark.test(value));
  if (!isObject(value)) return false;
  const record = objectOf(value);
  return isEvent(record) || isLine(record) || isApplication(record);
}

function objectOf(value: Fields): Fields {
  return typeof value['type'] === 'string' && isObject(value['object']) ? value['object'] : value;
}

function isEvent(value: Fields): boolean {
  const about = objectIn(value['involvedObject'] ?? value['regarding']);
  return 'reason' in value && about['kind'] === 'Application' && isOfGroup(about);
}

function isLine(value: Fields): boolean {
  return REASONS.has(textIn(value['reason']) ?? '') && 'application' in value && 'msg' in value;
}

function isApplication(value: Fields): boolean {
  return value['kind'] === 'Application' && isOfGroup(value) && isObject(value['status']);
}

/** Other projects have a kind Application as well. */
function isOfGroup(value: Fields): boolean {
  return textIn(value['apiVersion'])?.startsWith(`${GROUP}/`) === true;
}

export function decodeArgocd(value: unknown, place: Place, context: FormatContext): Decoded<Observation> {
  const line = typeof value === 'string' ? parseLogfmt(value) : value;
  const record = isObject(line) ? objectOf(line) : line;
  return withFields(record, context.redactor, 'A record of Argo CD', (fields) => {
    if (isEvent(fields)) return decodeEvent(fields, place);
    if (isLine(fields)) return decodeLine(fields, place);
    if (isApplication(fields)) return decodeApplication(fields, place);
    return refusedAs(
      'wrong_shape',
      'A record of Argo CD is an Event or a log line about an Application, or one.',
    );
  });
}

function decodeEvent(fields: { [key: string]: Json }, place: Place): Decoded<Observation> {
  const about = objectIn(fields['involvedObject'] ?? fields['regarding']);
  const metadata = objectIn(fields['metadata']);
  const annotations = objectIn(metadata['annotations']);
  const uid = textIn(metadata['uid']);
  const series = objectIn(fields['series'])['lastObservedTime'];
  const time = series ?? fields['lastTimestamp'] ?? fields['eventTime'] ?? metadata['creationTimestamp'];
  return withStamp(time, 'An Event', (stamp) =>
    taken([
      observed(
        { source: 'argocd', dataset: 'argocd.event', stamp, fields, place },
        {
          nativeId: uid,
          identity: { ...NO_IDENTITY, namespace: textIn(annotations['dest-namespace']) },
          resource: applicationOf(textIn(about['namespace']), textIn(about['name'])),
          ...told(fields, textIn(fields['message']) ?? textIn(fields['note'])),
          ...(textIn(annotations['user']) === null ? {} : { actor: textIn(annotations['user']) }),
        },
      ),
    ]),
  );
}

function decodeLine(fields: { [key: string]: Json }, place: Place): Decoded<Observation> {
  const [first = null, second] = (textIn(fields['application']) ?? '').split('/');
  const namespace = second === undefined ? textIn(fields['app-namespace']) : first;
  return withStamp(fields['time'], 'A line of Argo CD', (stamp) =>
    taken([
      observed(
        { source: 'argocd', dataset: 'argocd.event', stamp, fields, place },
        {
          identity: { ...NO_IDENTITY, namespace: textIn(fields['dest-namespace']) },
          resource: applicationOf(namespace, textIn(second ?? first)),
          ...told(fields, textIn(fields['msg'])),
          ...(textIn(fields['user']) === null ? {} : { actor: textIn(fields['user']) }),
        },
      ),
    ]),
  );
}

function applicationOf(namespace: string | null, name: string | null): ResourceRef {
  return { apiGroup: GROUP, resource: 'applications', subresource: null, namespace, name };
}

/** What the sentence of an Event says. */
function told(
  fields: Fields,
  message: string | null,
): Pick<Observation, 'action' | 'outcome' | 'actor' | 'message' | 'detail'> {
  const reason = textIn(fields['reason']) ?? 'unknown';
  const [, which, now] = CHANGE.exec(message ?? '') ?? [];
  const changed = which === undefined || now === undefined ? null : `${which} ${now}`;
  return {
    action: changed ?? reason,
    outcome: outcomeOf(textIn(fields['type']), reason),
    actor: INITIATED.exec(message ?? '')?.[1] ?? null,
    message,
    detail: message,
  };
}

function outcomeOf(type: string | null, reason: string): Outcome {
  if (type === 'Warning') return 'failure';
  return reason === 'OperationCompleted' && type === 'Normal' ? 'success' : 'unknown';
}

function decodeApplication(fields: { [key: string]: Json }, place: Place): Decoded<Observation> {
  const status = objectIn(fields['status']);
  const resources = listIn(status['resources']).map(objectIn);
  if (resources.length > MAX_RESOURCES)
    return refusedAs('too_many_items', `An Application has at most ${MAX_RESOURCES} resources.`);
  const drifted = resources.filter((resource) => textIn(resource['status']) === 'OutOfSync');
  const inSync = resources.length - drifted.length;
  const found = drifted.map((resource) => decodeDrift(fields, resource, place));
  return merged([{ items: [], ignored: inSync === 0 ? {} : { in_sync: inSync }, refused: [] }, ...found]);
}

/** Of several sources each has its own, and together they are the revision. */
function revisionOf(sync: Fields): string | null {
  const each = listIn(sync['revisions']).flatMap((revision) => textIn(revision) ?? []);
  return textIn(sync['revision']) ?? (each.length === 0 ? null : each.join(','));
}

function decodeDrift(application: Fields, resource: Fields, place: Place): Decoded<Observation> {
  const metadata = objectIn(application['metadata']);
  const status = objectIn(application['status']);
  const revision = revisionOf(objectIn(status['sync']));
  const [namespace, name] = [textIn(metadata['namespace']), textIn(metadata['name'])];
  const object = {
    apiGroup: textIn(resource['group']),
    kind: textIn(resource['kind']),
    namespace: textIn(resource['namespace']),
    name: textIn(resource['name']),
    uid: null,
  };
  const fields = { ...application, status: { ...status, resources: [resource] } } as { [key: string]: Json };
  const time = status['reconciledAt'] ?? metadata['creationTimestamp'];
  return withStamp(time, 'An Application', (stamp) =>
    taken([
      observed(
        { source: 'argocd', dataset: 'argocd.drift', stamp, fields, place },
        {
          nativeId: textIn(metadata['uid']),
          nativeTuple: [
            namespace,
            name,
            revision,
            object.apiGroup,
            object.kind,
            object.namespace,
            object.name,
          ],
          identity: { ...NO_IDENTITY, namespace: object.namespace },
          resource: resourceOfObject(object),
          action: 'drift',
          outcome: 'failure',
          detail: namespace === null ? name : `${namespace}/${name}`,
        },
      ),
    ]),
  );
}
