/**
 * What stands between the data and its links, and what to set to change it: the first answer to "why are there no links?" (DESIGN 4.6).
 *
 * What: each finding is one cause, tested against the counts; those that keep links from being made at all come first. The attribute and the
 * setting are named, since "identity is missing" helps nobody. Worked example: `ledger` has 4,000 spans, none with a pod: the finding names
 * `k8s.pod.uid` and the processor of the Collector that adds it.
 * Source: OpenTelemetry semantic conventions for Kubernetes; documentation of the Collector's k8sattributes processor; reference/formats 2, 4.
 */
import type { Finding, Readiness } from './report.ts';
import type { ServiceShares } from './span-shares.ts';

const MAX_ABOUT = 20;
const MAX_NAMED = 5;
/** Fewer than this share of spans or records is taken for "missing". */
const ENOUGH = 0.5;

const POD_FIX =
  'Add the processor `k8sattributes` to the traces pipeline of the OpenTelemetry Collector (a DaemonSet or a gateway that sees pod addresses), with ' +
  '`extract.metadata: [k8s.pod.uid, k8s.pod.name, k8s.namespace.name, k8s.node.name, k8s.container.name]`; or set OTEL_RESOURCE_ATTRIBUTES of the ' +
  'workload from the downward API: k8s.pod.uid=$(POD_UID),k8s.pod.name=$(POD_NAME),k8s.namespace.name=$(POD_NAMESPACE).';
const CONTAINER_FIX =
  'Add `container.id` to `extract.metadata` of the processor `k8sattributes` (it needs `k8s.container.name` from the workload), or turn on the container ' +
  'resource detector of the SDK (OTEL_NODE_RESOURCE_DETECTORS, OTEL_RESOURCE_DETECTORS: container).';
const ID_FIX =
  'Set the attribute `payment.transaction_id` to the id of the payment on a span of the service that handles it, or name the attribute that you use in ' +
  '`inputs.spans.payment_attributes` (data/attributes.yaml lists those that are known).';
const RESOLVE_FIX =
  'Compare an id on a span with the ids of the payment records (`counterfoil normalize`): the records need the same id as `id`, in `ids`, or as an alias.';
const PAYMENTS_FIX =
  'Give the payment records of the same time, or let spans carry the ids that they have; records may also name their trace (`trace_id`, `traceparent`).';
const STATES_FIX =
  'Such money counts as final. For records of your own form name the rails and states in `payments.mapping`, or write those of data/recoverability.yaml; of ' +
  'another format, a line in data/states.yaml is missing: please report it.';
const CLUSTER_FIX =
  'Set `k8s.cluster.name` with the processor `resource` of the Collector, or `cluster` in the configuration where all inputs are of one cluster.';
const SAME_CLUSTER_FIX =
  'The same pod is in clusters of different names, so that it is taken for two. Let `k8s.cluster.name` of the spans (processor `resource` of the Collector), what ' +
  'the sensors say, and `cluster` in the configuration be one name for one cluster.';
const FALCO_FIX =
  'Let the sensor say who it saw. Falco: run it with the container plugin and its Kubernetes metadata, and keep `%container.id %k8s.ns.name %k8s.pod.name` in ' +
  'the output; Tetragon: enable the Kubernetes API (`enableK8sAPI`).';
const UNSEEN_FIX =
  'These pods have alerts and no spans: instrument the workload, or look whether its spans carry another name for the same pod (`counterfoil readiness -o json`).';
const TIME_FIX =
  'Give alerts and spans of the same time. Where they are of the same time, a clock is wrong or a zone is not written: times without one are taken for UTC; set ' +
  'the clock of the machine that is off (NTP), or write the zone; `counterfoil normalize` shows each record as it is read.';

type Check = (data: Readiness) => Omit<Finding, 'id'> | null;

/** In the order in which they are worth mending. */
const CHECKS: Readonly<Record<string, Check>> = {
  no_spans: ({ spans }) =>
    spans.spans > 0
      ? null
      : {
          weight: 'blocks',
          about: [],
          what: 'There are no spans: nothing leads from a pod to a payment.',
          fix: 'Send traces: POST /v1/traces (OTLP), the topic otlp_spans, or --spans.',
        },
  no_payments: ({ payments }) =>
    payments.payments > 0
      ? null
      : {
          weight: 'blocks',
          about: [],
          what: 'There are no payments: ids on spans name nothing.',
          fix: 'Give payment records: POST /intake/payments, the topic of payments, or --payments.',
        },
  no_alerts: ({ security }) =>
    security.some(({ records }) => records > 0)
      ? null
      : {
          weight: 'blocks',
          about: [],
          what: 'There are no security records.',
          fix: 'Give Kubernetes audit records, Falco alerts or events of another sensor.',
        },
  no_pod: ({ services }) =>
    ofServices(services, 'with_pod', (some) => ({
      what: `Spans of ${some} do not say which pod they are of (k8s.pod.uid, or k8s.namespace.name with k8s.pod.name).`,
      fix: POD_FIX,
    })),
  no_transaction_id: ({ spans }) =>
    spans.spans === 0 || spans.with_transaction_id > 0
      ? null
      : {
          weight: 'blocks',
          about: [],
          what: 'No span carries the id of a payment.',
          fix: ID_FIX,
        },
  ids_name_nothing: ({ spans, payments, unresolved }) =>
    payments.payments === 0 ||
    spans.with_transaction_id === 0 ||
    enough(spans.with_payment, spans.with_transaction_id)
      ? null
      : {
          weight: spans.with_payment === 0 ? 'blocks' : 'weakens',
          about: unresolved.map(({ attribute }) => attribute),
          what: `${spans.with_transaction_id - spans.with_payment} of ${spans.with_transaction_id} spans with an id of a payment name none that is known.`,
          fix: RESOLVE_FIX,
        },
  payments_not_seen: ({ spans, payments }) =>
    payments.payments === 0 || spans.with_transaction_id === 0 || enough(payments.named, payments.payments)
      ? null
      : {
          weight: payments.named === 0 ? 'blocks' : 'weakens',
          about: [],
          what: `${payments.payments - payments.named} of ${payments.payments} payments are named by no span, and name no trace.`,
          fix: PAYMENTS_FIX,
        },
  states_unmapped: ({ payments: { unmapped } }) =>
    unmapped.length === 0
      ? null
      : {
          weight: 'weakens',
          about: unmapped.map(({ rail, state }) => `${rail}/${state}`),
          what: 'Payment records are in states, or of rails, of which it is not known what can be done about them.',
          fix: STATES_FIX,
        },
  alerts_without_identity: ({ security }) => {
    const poor = security.filter(({ alerts, with_identity }) => alerts > 0 && !enough(with_identity, alerts));
    return poor.length === 0
      ? null
      : {
          weight: 'weakens',
          about: poor.map(({ source }) => source),
          what: 'Most alerts do not say which pod or container they are about.',
          fix: FALCO_FIX,
        };
  },
  alerts_without_spans: ({ security, spans, is_whole }) => {
    const poor = security.filter(
      ({ with_identity, seen_in_spans, in_other_cluster }) =>
        with_identity > 0 && !enough(seen_in_spans + in_other_cluster, with_identity),
    );
    return poor.length === 0 || spans.with_pod === 0 || !is_whole
      ? null
      : {
          weight: poor.every(({ seen_in_spans }) => seen_in_spans === 0) ? 'blocks' : 'weakens',
          about: poor.map(({ source }) => source),
          what: 'Most alerts are about pods of which no span was seen.',
          fix: UNSEEN_FIX,
        };
  },
  clusters_differ: ({ security, clusters }) => {
    const poor = security.filter(
      ({ with_identity, in_other_cluster }) => in_other_cluster > with_identity * (1 - ENOUGH),
    );
    return poor.length === 0
      ? null
      : {
          weight: poor.every(({ seen_in_spans }) => seen_in_spans === 0) ? 'blocks' : 'weakens',
          about: poor.map(({ source }) => source),
          what: `Most alerts are about pods whose spans say that they are of another cluster: ${clusters.slice(0, MAX_NAMED).join(', ')}.`,
          fix: SAME_CLUSTER_FIX,
        };
  },
  alerts_of_another_time: ({ security, spans_time }) => {
    const others = security.filter(
      ({ with_identity, in_time_of_spans }) => with_identity > 0 && !enough(in_time_of_spans, with_identity),
    );
    if (others.length === 0 || spans_time === null) return null;
    const told = security.filter(({ with_identity }) => with_identity > 0);
    const times = others.map(({ source, first, last }) => `${source} ${first} to ${last}`).join('; ');
    return {
      weight: told.every(({ in_time_of_spans }) => in_time_of_spans === 0) ? 'blocks' : 'weakens',
      about: others.map(({ source }) => source),
      what: `Most alerts are of a time of which there are no spans: spans ${spans_time.first} to ${spans_time.last}; ${times}.`,
      fix: TIME_FIX,
    };
  },
  no_container: ({ services, security }) =>
    security.every(({ with_container_only }) => with_container_only === 0)
      ? null
      : ofServices(services, 'with_container', (some) => ({
          weight: 'weakens',
          what: `Some alerts name a container only, and spans of ${some} do not say which container they are of (container.id).`,
          fix: CONTAINER_FIX,
        })),
  several_clusters: ({ clusters, spans }) =>
    clusters.length < 2 || enough(spans.with_cluster, spans.spans)
      ? null
      : {
          weight: 'weakens',
          about: clusters,
          what: 'There are several clusters, and most spans do not say which they are of: a pod name means nobody then.',
          fix: CLUSTER_FIX,
        },
};

export function findingsOf(data: Readiness): Finding[] {
  return Object.entries(CHECKS).flatMap(([id, check]) => {
    const found = check(data);
    return found === null ? [] : [{ id, ...found, about: found.about.slice(0, MAX_ABOUT) }];
  });
}

function enough(part: number, whole: number): boolean {
  return whole === 0 || part / whole >= ENOUGH;
}

/** About the services that lack something; none where all have it. */
function ofServices(
  services: readonly ServiceShares[],
  share: 'with_pod' | 'with_container',
  found: (some: string) => Pick<Finding, 'what' | 'fix'> & Partial<Pick<Finding, 'weight'>>,
): Omit<Finding, 'id'> | null {
  const poor = services.filter((each) => !enough(each[share], each.spans));
  if (poor.length === 0) return null;
  const names = poor.map(({ service }) => service ?? '(no service.name)');
  const some =
    names.length > 3 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ');
  return { weight: poor.length === services.length ? 'blocks' : 'weakens', about: names, ...found(some) };
}
