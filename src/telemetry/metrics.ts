/**
 * Every metric, declared once: type, labels, what it means. The page docs/reference/metrics.md and the exposition at
 * `/metrics` both come from this table. Names follow the conventions of Prometheus: base units, `_total` on counters, and no
 * label whose values a sender can choose.
 */

interface Declaration {
  type: 'counter' | 'gauge' | 'histogram';
  labels: readonly string[];
  help: string;
}

export const METRIC_PREFIX = 'counterfoil_';

export const METRICS = {
  build_info: { type: 'gauge', labels: ['version'], help: 'Always 1; the label is the version that runs.' },
  events_received_total: {
    type: 'counter',
    labels: ['source', 'format'],
    help: 'Records that were taken into the log since the process started, refused ones too.',
  },
  events_normalised_total: {
    type: 'counter',
    labels: ['source'],
    help: 'Items (events, observations, spans, payment states) decoded and applied, over all runs on this data folder.',
  },
  events_dropped_total: {
    type: 'counter',
    labels: ['source', 'reason'],
    help: 'Items that were ignored on purpose, by reason, over all runs on this data folder.',
  },
  events_flagged_total: {
    type: 'counter',
    labels: ['source', 'reason'],
    help: 'Accepted items with something to look at, over all runs on this data folder: unknown_rail and unknown_state, payment states of which data/recoverability.yaml says nothing, so that their money counts as final; test_mode, of a provider that moves no money.',
  },
  late_events_total: {
    type: 'counter',
    labels: ['source'],
    help: 'Accepted items that came after their window had closed, over all runs on this data folder.',
  },
  dead_letters_total: {
    type: 'counter',
    labels: ['source', 'reason'],
    help: 'Records and items that were refused or set aside since the process started, by reason (docs/reference/errors.md lists them).',
  },
  errors_total: {
    type: 'counter',
    labels: ['error_type', 'stage'],
    help: 'Requests that failed on our side since the process started.',
  },
  intake_requests_total: {
    type: 'counter',
    labels: ['endpoint', 'status'],
    help: 'Requests of the intake, by HTTP status.',
  },
  access_refused_total: {
    type: 'counter',
    labels: ['reason'],
    help: 'Requests that were not let in: no_key, unknown_key, lacks_scope, key_file (the file of keys cannot be used).',
  },
  notices_total: {
    type: 'counter',
    labels: ['outcome'],
    help: 'Attempts to tell the webhook of something: delivered, retried, given_up.',
  },
  notices_waiting: { type: 'gauge', labels: [], help: 'Notices that are not delivered yet.' },
  intake_in_flight_bytes: {
    type: 'gauge',
    labels: [],
    help: 'Bytes of requests that are not answered yet; bounded by intake.max_in_flight_bytes.',
  },
  watermark_timestamp_seconds: {
    type: 'gauge',
    labels: ['source'],
    help: 'How far the input is known to be complete, in event time; absent before anything is known.',
  },
  watermark_lag_seconds: {
    type: 'gauge',
    labels: ['source'],
    help: 'How far the watermark is behind the wall clock.',
  },
  last_event_timestamp_seconds: {
    type: 'gauge',
    labels: ['source'],
    help: 'Latest event time that was taken since the process started.',
  },
  rule_matches_suppressed_total: {
    type: 'counter',
    labels: ['rule'],
    help: 'Matches that made no event because `suppress` of the configuration says so, since the process started.',
  },
  correlation_members: {
    type: 'gauge',
    labels: [],
    help: 'Matches that correlation rules keep, each for every group that it is in; at most rules.correlation.max_members.',
  },
  correlation_left_out_total: {
    type: 'counter',
    labels: ['reason'],
    help: 'Matches that correlation rules did not take (too_late, no_group, too_many_groups, too_many_members), took without a value (no_value), or let go before their time (group_full), since the process started.',
  },
  telemetry_silent_total: {
    type: 'counter',
    labels: [],
    help: 'Events that closed unverified because a pod of theirs fell silent, since the process started.',
  },
  join_recall_ratio: {
    type: 'gauge',
    labels: [],
    help: 'Of the links that the retro lane finds for events that closed, the share that the live lane has; as of the last comparison (reconcile.every), absent before it.',
  },
  reconciled_events_total: {
    type: 'counter',
    labels: ['outcome'],
    help: 'Events that closed and were compared since the process started: same, missing (links that the live lane lacks), extra (that only it has), left_out (not compared).',
  },
  queue_depth: { type: 'gauge', labels: ['queue'], help: 'Records of the log that are not applied yet.' },
  queue_bytes: { type: 'gauge', labels: ['queue'], help: 'Their bytes; bounded by intake.max_lag_bytes.' },
  log_bytes: { type: 'gauge', labels: [], help: 'Size of the log; bounded by log.max_bytes.' },
  log_segments: { type: 'gauge', labels: [], help: 'Files of the log.' },
  window_entries: { type: 'gauge', labels: [], help: 'Chunks of spans in the window.' },
  window_bytes: { type: 'gauge', labels: [], help: 'Memory of the window; bounded by window.max_bytes.' },
  window_spilled_bytes: { type: 'gauge', labels: [], help: 'What of the window is in temporary files.' },
  process_duration_seconds: {
    type: 'histogram',
    labels: ['stage'],
    help: 'How long a step took: taking a request, applying a batch, settling, a checkpoint.',
  },
  topic_lag_records: {
    type: 'gauge',
    labels: ['topic', 'partition'],
    help: 'Records of a partition that this worker owns and has still to take.',
  },
  spans_written_total: {
    type: 'counter',
    labels: [],
    help: 'Spans that this worker has written to the shared window since it started.',
  },
  chunks_written_total: {
    type: 'counter',
    labels: [],
    help: 'Chunks that they were packed in; few spans a chunk cost more memory and more commands.',
  },
  waiting: {
    type: 'gauge',
    labels: ['role'],
    help: 'Whether (1) a worker waits for a server that does not take what it is given.',
  },
  active: {
    type: 'gauge',
    labels: [],
    help: 'Whether this incidents worker publishes (1) or stands by (0).',
  },
  outbox_depth: {
    type: 'gauge',
    labels: [],
    help: 'Documents that changed and have not left for Elasticsearch; beyond a limit the engine takes no more.',
  },
  documents_written_total: {
    type: 'counter',
    labels: [],
    help: 'Documents that left for Elasticsearch since the process started, also those that said the same there.',
  },
  documents_refused_total: {
    type: 'counter',
    labels: [],
    help: 'Documents that Elasticsearch refuses for good since the process started; each is a dead letter.',
  },
  resident_memory_bytes: { type: 'gauge', labels: [], help: 'Resident memory of the process.' },
} as const satisfies Record<string, Declaration>;

export type MetricName = keyof typeof METRICS;

/** Upper bounds of histograms, in seconds: from a settle that finds nothing to one that a disk holds up. */
export const SECONDS_BOUNDS: readonly number[] = [
  0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];
