/**
 * Policy reports, of Kyverno and of all that write the same: PolicyReport and ClusterPolicyReport of `wgpolicyk8s.io`, Report and
 * ClusterReport of `openreports.io`, and their former groups; one report, a list, or a watch event `{type, object}`.
 *
 * A report is a state and not an event: it is written again at every scan. An observation is one result that is not well
 * (`fail`, `warn`, `error`) for one object; what tells it from another is policy, rule, result, object and message, and not the
 * time, so that a second scan is a repetition. `pass` and `skip` are counted as ignored, as are reports that are deleted.
 *
 * Traps that this file knows: the object is the report's `scope`, or each of a result's `resources`; its uid is the best
 * identity of a pod that any policy engine gives; a result without `timestamp` has the time of its report; `error` means
 * that the policy could not be evaluated, which is no verdict.
 *
 * Worked example: scope Pod payments/ledger-1 uid u-1, result fail, policy disallow-privileged, severity high -> action `fail
 * disallow-privileged`, pod u-1, severity 73, outcome failure.
 * Source: Kubernetes policy working group, wgpolicyk8s.io/v1alpha2; OpenReports v1alpha1; reference/formats 3.6.
 */
import type { Json } from '../../model/json.ts';
import type { Observation, Outcome } from '../../model/observation.ts';
import type { Place } from '../../model/place.ts';
import type { FormatContext } from '../context.ts';
import { merged, refusedAs, taken, type Decoded } from '../decoded.ts';
import { isObject, listIn, objectIn, textIn, withFields, type Fields } from '../fields.ts';
import { groupOf, placeOfObject, resourceOfObject, type ObjectName } from './kubernetes-object.ts';
import { observed, withStamp } from './observed.ts';
import { severityOfWord } from './policy-severity.ts';

const GROUPS: ReadonlySet<string> = new Set(['wgpolicyk8s.io', 'openreports.io', 'reports.x-k8s.io']);
const KIND = /^(?:Cluster)?(?:Policy)?Report(?:List)?$/;
const OUTCOMES: ReadonlyMap<string, Outcome> = new Map([
  ['fail', 'failure'],
  ['warn', 'failure'],
  ['error', 'unknown'],
]);
/** Where a result states no severity. */
const DEFAULT_SEVERITY = 47;
const WARNING_SEVERITY = 21;
/** Results, over all objects and reports of one record; an object has a report of its own since long. */
const MAX_RESULTS = 10_000;

/** Whether a record looks like a policy report, a list of them, or a watch event of one. */
export function isKyverno(value: unknown): boolean {
  return isObject(value) && isReport(isWatch(value) ? objectIn(value['object']) : value);
}

function isWatch(value: Fields): boolean {
  return typeof value['type'] === 'string' && isObject(value['object']);
}

function isReport(value: Fields): boolean {
  return GROUPS.has(groupOf(textIn(value['apiVersion'])) ?? '') && KIND.test(textIn(value['kind']) ?? '');
}

export function decodeKyverno(value: unknown, place: Place, context: FormatContext): Decoded<Observation> {
  return withFields(value, context.redactor, 'A policy report', (record) => {
    const report = isWatch(record) ? objectIn(record['object']) : record;
    if (!isReport(report))
      return refusedAs(
        'wrong_shape',
        'A policy report has kind PolicyReport and an apiVersion of its group.',
      );
    if (isWatch(record) && record['type'] === 'DELETED') return ignored('deleted');
    if (isWatch(record) && record['type'] === 'BOOKMARK') return ignored('bookmark');
    const reports = Array.isArray(report['items']) ? report['items'].map(objectIn) : [report];
    const results = reports.flatMap((each) => resultsOf(each));
    if (results.length > MAX_RESULTS)
      return refusedAs('too_many_items', `A policy report holds at most ${MAX_RESULTS} results; split it.`);
    if (results.length === 0) return ignored('no_results');
    return merged(results.map((result) => decodeResult(result, place)));
  });
}

function ignored(reason: string): Decoded<Observation> {
  return { items: [], ignored: { [reason]: 1 }, refused: [] };
}

interface Result {
  report: Fields;
  result: Fields;
  object: ObjectName;
}

/** Each result for each object that it is about. */
function resultsOf(report: Fields): Result[] {
  const namespace = textIn(objectIn(report['metadata'])['namespace']);
  return listIn(report['results']).flatMap((value) => {
    const result = objectIn(value);
    const named = listIn(result['resources'] ?? result['subjects']);
    const objects = named.length === 0 ? [report['scope']] : named;
    return objects.map((object) => ({ report, result, object: objectOf(objectIn(object), namespace) }));
  });
}

function objectOf(reference: Fields, namespace: string | null): ObjectName {
  return {
    apiGroup: groupOf(textIn(reference['apiVersion'])),
    kind: textIn(reference['kind']),
    namespace: textIn(reference['namespace']) ?? namespace,
    name: textIn(reference['name']),
    uid: textIn(reference['uid']),
  };
}

function decodeResult({ report, result, object }: Result, place: Place): Decoded<Observation> {
  const word = (textIn(result['result']) ?? textIn(result['status']) ?? 'none').toLowerCase();
  const outcome = OUTCOMES.get(word);
  if (outcome === undefined) return ignored(word === 'pass' || word === 'skip' ? word : 'no_result');
  const [policy, rule] = [textIn(result['policy']) ?? 'policy', textIn(result['rule'])];
  const message = textIn(result['message']) ?? textIn(result['description']);
  const { apiGroup, kind, namespace, name, uid } = object;
  const own = { ...report, results: [result] } as { [key: string]: Json };
  return withStamp(timeOf(report, result), 'A policy result', (stamp) =>
    taken([
      observed(
        { source: 'kyverno', dataset: 'kyverno.result', stamp, fields: own, place },
        {
          nativeTuple: [policy, rule, word, apiGroup, kind, namespace, name, uid, message],
          identity: placeOfObject(object),
          resource: resourceOfObject(object),
          action: `${word} ${policy}`,
          outcome,
          severity:
            severityOfWord(textIn(result['severity'])) ??
            (word === 'warn' ? WARNING_SEVERITY : DEFAULT_SEVERITY),
          detail: rule,
          message,
        },
      ),
    ]),
  );
}

/** Seconds of the result; else when the report was made. */
function timeOf(report: Fields, result: Fields): Json | undefined {
  const { seconds, nanos } = objectIn(result['timestamp']);
  const whole = Number(typeof seconds === 'string' && seconds !== '' ? seconds : NaN);
  const from = typeof seconds === 'number' ? seconds : whole;
  if (Number.isFinite(from) && from > 0) return from + (typeof nanos === 'number' ? nanos / 1e9 : 0);
  return objectIn(report['metadata'])['creationTimestamp'];
}
