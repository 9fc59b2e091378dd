/**
 * Reports of the Trivy operator: vulnerabilities, configuration, exposed secrets, access rights and the like, as
 * the custom resources that it writes; one report or a watch event `{type, object}`.
 *
 * One observation a report, with its summary, and not one a finding: a report tells what an image is like, and is no attack; rules
 * look into the findings. Its severity is that of the worst that the summary counts.
 *
 * Traps that this file knows: the owner is a ReplicaSet as a rule and seldom a pod, so that the workload is the resource and
 * the namespace the place; a name that is too long for a label is an annotation; a report of compliance counts
 * controls that failed; `match` of an exposed
 * secret shows the secret's surroundings, and is emptied.
 *
 * Worked example: ExposedSecretReport of ReplicaSet default/app-67b77f5965, container app, summary highCount 2 -> action
 * `report ExposedSecret`, severity 73, outcome failure, resource replicasets default/app-67b77f5965, `2 high`.
 * Source: Trivy operator, custom resource definitions; reference/formats 3.9.
 */
import type { Json } from '../../model/json.ts';
import type { Observation } from '../../model/observation.ts';
import type { Place } from '../../model/place.ts';
import type { FormatContext } from '../context.ts';
import { refusedAs, taken, type Decoded } from '../decoded.ts';
import { isObject, listIn, objectIn, textIn, withFields, type Fields } from '../fields.ts';
import { groupOf, placeOfObject, resourceOfObject } from './kubernetes-object.ts';
import { observed, withStamp, type RecordParts } from './observed.ts';
import { severityOfWord } from './policy-severity.ts';
import { REMOVED_MARK } from '../redaction/secrets.ts';
import { withoutMembers } from './without-members.ts';

const GROUP = 'aquasecurity.github.io';
const KIND = /^(?:Cluster)?[A-Za-z]{1,60}Report$/;
/** From the worst to the least. */
const LEVELS: readonly string[] = ['critical', 'high', 'medium', 'low', 'unknown'];
const LABEL = 'trivy-operator.';
/** A label, or where it is too long for one an annotation. */
const NAME = `${LABEL}resource.name`;

/** Whether a record looks like a report of the operator, or a watch event of one. */
export function isTrivy(value: unknown): boolean {
  return isObject(value) && isReport(reportIn(value));
}

function reportIn(value: Fields): Fields {
  if (typeof value['verb'] === 'string' && isObject(value['operatorObject'])) return value['operatorObject'];
  return typeof value['type'] === 'string' && isObject(value['object']) ? value['object'] : value;
}

function isReport(value: Fields): boolean {
  return groupOf(textIn(value['apiVersion'])) === GROUP && KIND.test(textIn(value['kind']) ?? '');
}

export function decodeTrivy(value: unknown, place: Place, context: FormatContext): Decoded<Observation> {
  if (isObject(value) && (value['type'] === 'DELETED' || value['verb'] === 'delete') && isTrivy(value))
    return { items: [], ignored: { deleted: 1 }, refused: [] };
  const clean = withoutMembers(value, (name) => (name === 'match' ? REMOVED_MARK : undefined));
  const report = isObject(clean) ? reportIn(clean) : clean;
  return withFields(report, context.redactor, 'A Trivy report', (fields) => decodeReport(fields, place));
}

function decodeReport(fields: { [key: string]: Json }, place: Place): Decoded<Observation> {
  // Of compliance, the report is what the operator has found to be the state.
  const found = fields['report'] ?? fields['status'];
  const report = objectIn(found);
  if (!isReport(fields) || !isObject(found))
    return refusedAs('wrong_shape', `A Trivy report has an apiVersion of ${GROUP}, and a report.`);
  const time = report['updateTimestamp'] ?? objectIn(fields['metadata'])['creationTimestamp'];
  return withStamp(time, 'A Trivy report', (stamp) =>
    taken([observationOf(report, { source: 'trivy', dataset: 'trivy.report', stamp, fields, place })]),
  );
}

function observationOf(report: Fields, parts: RecordParts): Observation {
  const metadata = objectIn(parts.fields['metadata']);
  const labels = objectIn(metadata['labels']);
  const object = {
    apiGroup: null,
    kind: textIn(labels[`${LABEL}resource.kind`]),
    namespace: textIn(labels[`${LABEL}resource.namespace`]) ?? textIn(metadata['namespace']),
    name: textIn(labels[NAME]) ?? textIn(objectIn(metadata['annotations'])[NAME]),
    uid: null,
  };
  const uid = textIn(metadata['uid']);
  const counted = countsOf(objectIn(report['summary']));
  const failed = failedOf(report);
  const worst = counted[0] ?? null;
  return observed(parts, {
    nativeId: uid,
    ...(uid === null ? {} : { nativeTuple: [uid, parts.stamp.timeText] }),
    identity: { ...placeOfObject(object), containerName: textIn(labels[`${LABEL}container.name`]) },
    resource: resourceOfObject(object),
    action: `report ${(textIn(parts.fields['kind']) ?? '').replace(/Report$/, '')}`,
    outcome: worst === null && failed === null ? 'success' : 'failure',
    severity: worst === null ? (failed?.severity ?? 0) : severityOfWord(worst.level),
    detail: imageOf(objectIn(report['artifact'])),
    message:
      worst === null
        ? (failed?.message ?? null)
        : counted.map(({ level, count }) => `${count} ${level}`).join(', '),
  });
}

/** How many findings of each level that has some, the worst first. */
function countsOf(summary: Fields): { level: string; count: number }[] {
  return LEVELS.flatMap((level) => {
    const count = summary[`${level}Count`];
    return typeof count === 'number' && count > 0 ? [{ level, count }] : [];
  });
}

/** Controls of compliance that failed, as grave as the worst of them that is told by name; null: none. */
function failedOf(report: Fields): { message: string; severity: number | null } | null {
  const { failCount } = objectIn(report['summary']);
  if (typeof failCount !== 'number' || failCount <= 0) return null;
  const words = listIn(objectIn(report['summaryReport'])['controlCheck'])
    .map(objectIn)
    .flatMap(({ severity, totalFail }) =>
      typeof totalFail === 'number' && totalFail > 0 ? [textIn(severity)] : [],
    );
  const worst = words.map((word) => severityOfWord(word) ?? 0).reduce((a, b) => Math.max(a, b), 0);
  return { message: `${failCount} failed`, severity: worst > 0 ? worst : severityOfWord('unknown') };
}

function imageOf(artifact: Fields): string | null {
  const repository = textIn(artifact['repository']);
  const tag = textIn(artifact['tag']) ?? textIn(artifact['digest']);
  return repository === null || tag === null ? repository : `${repository}:${tag}`;
}
