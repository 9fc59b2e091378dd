/**
 * Every option, declared once: what it is called, what it may be, what it is without being set, and what it does.
 * From this table come the configuration file, `COUNTERFOIL_*` variables, flags, the JSON Schema
 * (schemas/config.schema.json) and the reference page (docs/reference/configuration.md).
 */
import { METHODS, type Method } from '../model/link.ts';
import { INPUT_OPTIONS } from './input-options.ts';
import { LISTENER_OPTIONS } from './listener-options.ts';
import * as kind from './option-kinds.ts';
import { micros } from './durations.ts';
import { option, type Option } from './option.ts';
import { SERVER_OPTIONS } from './server-options.ts';
import { suppressions } from './suppression-kind.ts';

const switchOf = (method: Method): Option<boolean | null> => ({
  kind: kind.optional(kind.onOff),
  default: null,
  defaultText: 'as data/methods.yaml says',
  prose: `Whether the method ${method} makes links.`,
  example: 'false',
});

type MethodOptions = { [M in Method as `join.methods.${M}`]: Option<boolean | null> };

const METHOD_OPTIONS = Object.fromEntries(
  METHODS.map((method) => [`join.methods.${method}`, switchOf(method)]),
) as MethodOptions;

const MIB = 1024 * 1024;

export const OPTIONS = {
  tenant: option({
    kind: kind.text(
      'name',
      /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/,
      'a name of letters, digits, ".", "_" and "-", at most 63',
    ),
    default: 'default',
    prose: 'The tenant that all records belong to. It is part of every id, and never taken from a record.',
    example: 'acme',
  }),
  cluster: option({
    kind: kind.optional(
      kind.text('name', /^\S(.{0,252}\S)?$/, 'a name of at most 254 characters without blanks around it'),
    ),
    default: null,
    prose: 'The cluster of records that name none.',
    example: 'prod-eu',
  }),
  ...INPUT_OPTIONS,
  'events.fold': option({
    kind: kind.onOff,
    default: true,
    prose:
      'Whether repeats of one rule on the same entities within a minute become one event. 0 turns it off.',
    example: '0',
  }),
  'join.before': option({
    kind: kind.duration({ max: '1d' }),
    default: micros('60s'),
    prose: 'How long before an event a span may have ended and still match: the lag of detection.',
    example: '2m',
  }),
  'join.after': option({
    kind: kind.duration({ max: '7d' }),
    default: micros('15m'),
    prose: 'How long after an event a span may begin and still match.',
    example: '1h',
  }),
  'join.skew': option({
    kind: kind.duration({ max: '1h' }),
    default: micros('2s'),
    prose: 'How far the clocks of machines may differ; added to both sides of the window.',
    example: '500ms',
  }),
  'join.binding_horizon': option({
    kind: kind.duration({ max: '1d' }),
    default: micros('5m'),
    prose: 'How far from the matching span another span of its trace may carry the transaction id.',
    example: '10m',
  }),
  'join.max_span': option({
    kind: kind.duration({ min: '1ms', max: '1d' }),
    default: micros('60s'),
    prose: 'Spans longer than this still match, and are counted.',
    example: '5m',
  }),
  'join.late_horizon': option({
    kind: kind.duration({ max: '30d' }),
    default: micros('24h'),
    prose:
      'How far from its sightings a pod name still means the only pod that had it; and how long after an event was ' +
      'final a late record still makes a revision of it.',
    example: '6h',
  }),
  'join.grace': option({
    kind: kind.duration({ max: '1d' }),
    default: micros('30s'),
    prose:
      'How much longer an event stays open than the longest span that could still match it needs. More of it means ' +
      'fewer revisions, and final results later.',
    example: '2m',
  }),
  'join.max_event_delay': option({
    kind: kind.duration({ max: '1d' }),
    default: micros('5m'),
    prose:
      'How long after it happened a record reaches its log at the latest. A partition without records counts as read ' +
      'up to this long ago; spans are kept this much longer than the window before an event.',
    example: '10m',
  }),
  'join.out_of_orderness': option({
    kind: kind.duration({ max: '1h' }),
    default: micros('5s'),
    prose: 'How far behind the latest record of its partition a record may lie without being late.',
    example: '30s',
  }),
  'join.max_skew': option({
    kind: kind.duration({ max: '1d' }),
    default: micros('1m'),
    prose:
      'A record whose time is further ahead of the wall clock is set aside as skewed, and moves no watermark.',
    example: '10s',
  }),
  'join.max_payments_per_trace': option({
    kind: kind.integer({ min: 1, max: 1_000_000 }),
    default: 1_000,
    prose:
      'A trace bound to more payments (a payout batch) makes no single links; its payments count in `upper`.',
    example: '5000',
  }),
  'join.max_pods_per_event': option({
    kind: kind.integer({ min: 1, max: 100_000 }),
    default: 200,
    prose: 'A service account or workload with more pods makes no links; the event is flagged `pods_capped`.',
    example: '500',
  }),
  ...METHOD_OPTIONS,
  'impact.min_p': option({
    kind: kind.number({ min: 0, max: 1 }),
    default: 0.1,
    prose: 'Links below this confidence are listed as weak and are in no sum.',
    example: '0.25',
  }),
  'impact.report_currency': option({
    kind: kind.optional(kind.currency),
    default: null,
    prose: 'The currency of the total over currencies. Without it each currency stands for itself.',
    example: 'EUR',
  }),
  'impact.rates': option({
    kind: kind.rates,
    default: {},
    prose:
      'Exchange rates to the report currency: `USD/EUR: "0.90"` means one USD is 0.90 EUR. They stand beside every total.',
    example: 'USD/EUR=0.90',
  }),
  'incidents.hub_degree': option({
    kind: kind.integer({ min: 1, max: 100_000 }),
    default: 50,
    prose: 'An entity that touches more distinct pods on one UTC day connects no events that day.',
    example: '20',
  }),
  'incidents.gap': option({
    kind: kind.duration({ max: '7d' }),
    default: micros('30m'),
    prose: 'The longest pause between two events of one incident.',
    example: '2h',
  }),
  'incidents.max_events': option({
    kind: kind.integer({ min: 1, max: 1_000_000 }),
    default: 5_000,
    prose: 'Incidents with more events are cut in time; the later part continues the earlier one.',
    example: '1000',
  }),
  'incidents.max_span': option({
    kind: kind.duration({ min: '1m', max: '30d' }),
    default: micros('24h'),
    prose: 'Incidents that last longer are cut in time.',
    example: '12h',
  }),
  'rules.paths': option({
    kind: kind.listOf(kind.text('path', /^[^\0]{1,4096}$/, 'a path')),
    default: [],
    prose:
      'Sigma rule files and folders to load. In the file, relative to it; elsewhere, to the working directory.',
    example: './rules',
  }),
  'rules.defaults': option({
    kind: kind.onOff,
    default: true,
    prose: 'Whether the rules that come with Counterfoil (data/rules) are loaded.',
    example: 'false',
  }),
  'rules.placeholders': option({
    kind: kind.namedLists,
    default: {},
    prose:
      'What `%name%` stands for in rules with the modifier `expand`: for each name a list of values, in which `*` and `?` are wildcards.',
    example: 'Servers=srv*|db1,Admins=root',
  }),
  'rules.correlation.max_groups': option({
    kind: kind.integer({ min: 1, max: 1_000_000 }),
    default: 100_000,
    prose:
      'Groups that the live lane keeps of one correlation rule; matches that would begin another are not taken, and counted.',
    example: '500000',
  }),
  'rules.correlation.max_group_members': option({
    kind: kind.integer({ min: 1, max: 1_000_000 }),
    default: 10_000,
    prose:
      'Matches that the live lane keeps of one group of a correlation rule; beyond it the oldest go, and are counted. A rule that asks ' +
      'for more than a group keeps is refused. Each settle passes over a group to which something was added.',
    example: '100000',
  }),
  'rules.correlation.max_members': option({
    kind: kind.integer({ min: 1, max: 4_000_000 }),
    default: 1_000_000,
    prose:
      'Matches that the live lane keeps for correlation rules, of all groups together; beyond it none are taken, and counted. ' +
      '`counterfoil_correlation_members` says how many there are.',
    example: '200000',
  }),
  suppress: option({
    kind: suppressions,
    default: [],
    prose:
      "Matches that are known to be harmless: for each the `rule` (name, id, or a sensor's, such as `falco:Terminal shell`), `where` (fields " +
      'and values as in a Sigma detection), `until` (a day or an instant; afterwards it does nothing, and the start says so) and `why`. What ' +
      'is suppressed is counted, and makes no event. As a variable or flag: JSON.',
    example:
      '[{"rule":"kubernetes_pod_exec","where":{"user.username":"ci"},"until":"2027-01-31","why":"smoke tests"}]',
  }),
  'data.dir': option({
    kind: kind.text('path', /^[^\0]{1,4096}$/, 'a path'),
    default: '~/.local/share/counterfoil',
    prose: 'The folder of the index and of the redaction key.',
    example: '/var/lib/counterfoil',
    flag: 'data',
    variable: 'COUNTERFOIL_DATA',
  }),
  ...LISTENER_OPTIONS,
  'intake.max_body_bytes': option({
    kind: kind.byteSize({ min: '1KiB', max: '64MiB' }),
    default: 16 * MIB,
    prose: 'The largest body of one request, as it comes over the wire; larger ones are answered with 413.',
    example: '4MiB',
  }),
  'intake.max_decompressed_bytes': option({
    kind: kind.byteSize({ min: '1KiB', max: '512MiB' }),
    default: 64 * MIB,
    prose: 'How many bytes one compressed body may become; more is refused.',
    example: '128MiB',
  }),
  'intake.max_in_flight_bytes': option({
    kind: kind.byteSize({ min: '1MiB', max: '4GiB' }),
    default: 64 * MIB,
    prose:
      'How many bytes of requests may wait for their answer; beyond it the intake answers 429 with Retry-After.',
    example: '256MiB',
  }),
  'intake.max_lag_bytes': option({
    kind: kind.byteSize({ min: '1MiB', max: '64GiB' }),
    default: 256 * MIB,
    prose:
      'How many bytes of the log the engine may be behind; beyond it the intake answers 429 with Retry-After.',
    example: '1GiB',
  }),
  'reconcile.every': option({
    kind: kind.duration({ max: '7d' }),
    default: micros('1h'),
    prose:
      'How often what was linked live is compared with what the retro lane finds for the same events, at most 50 of those that closed ' +
      'since; `counterfoil_join_recall_ratio` says what came of it. 0: never.',
    example: '15m',
  }),
  'log.retention': option({
    kind: kind.duration({ min: '1m', max: '30d' }),
    default: micros('25h'),
    prose:
      'How long the log keeps what has had its effects. `retro` and late events look back no further, so it is longer than ' +
      '`join.late_horizon` by what an event looks back; `doctor` says by how much.',
    example: '72h',
  }),
  'log.max_bytes': option({
    kind: kind.byteSize({ min: '16MiB', max: '64TiB' }),
    default: 20_000 * MIB,
    prose:
      'The most that the log may hold. What has had its effects goes early for it; what has not makes the intake answer 503.',
    example: '100GiB',
  }),
  'window.max_bytes': option({
    kind: kind.byteSize({ min: '1MiB', max: '64GiB' }),
    default: 256 * MIB,
    prose:
      'How much memory the spans of the look-back window may take; beyond it they go to temporary files.',
    example: '1GiB',
  }),
  'batch.memory_bytes': option({
    kind: kind.byteSize({ min: '1MiB', max: '64GiB' }),
    default: 256 * MIB,
    prose: 'How much memory the packed spans of one run may take; beyond it they go to a temporary file.',
    example: '64MiB',
  }),
  'limits.record_bytes': option({
    kind: kind.byteSize({ min: '1KiB', max: '512MiB' }),
    default: 16 * MIB,
    prose:
      'The largest JSON record (line or array element); larger ones are refused. Protobuf messages: four times as much.',
    example: '1MiB',
  }),
  'limits.depth': option({
    kind: kind.integer({ min: 4, max: 1_000 }),
    default: 64,
    prose: 'How deep JSON may be nested; deeper records are refused.',
    example: '32',
  }),
  'limits.decompressed_bytes': option({
    kind: kind.byteSize({ min: '1MiB', max: '64TiB' }),
    default: 64 * 1024 * MIB,
    prose: 'How many bytes one compressed file may become.',
    example: '1GiB',
  }),
  'limits.ratio': option({
    kind: kind.integer({ min: 2, max: 1_000_000 }),
    default: 1_000,
    prose: 'How many times its size a compressed file may become; more is taken for a decompression bomb.',
    example: '200',
  }),
  ...SERVER_OPTIONS,
};

export type OptionName = keyof typeof OPTIONS;

type ValueOf<O> = O extends Option<infer T> ? T : never;

/** The configuration in force: a value for every option. */
export type Config = { readonly [K in OptionName]: ValueOf<(typeof OPTIONS)[K]> };

export const OPTION_NAMES = Object.keys(OPTIONS) as OptionName[];

/** Options that are a path, relative to where they are written. */
export const PATH_OPTIONS: readonly OptionName[] = [
  'data.dir',
  'server.tls.cert_file',
  'server.tls.key_file',
  'server.tls.client_ca_file',
  'auth.keys_file',
  'webhook.secret_file',
];

/** The declaration of an option whose type does not matter to the caller. */
export function optionOf(name: OptionName): Option<unknown> {
  return OPTIONS[name];
}

/** Name of the flag, without its dashes: `join.max_span` -> `join-max-span`. */
export function flagOf(name: OptionName): string {
  return optionOf(name).flag ?? name.replaceAll(/[._]/g, '-');
}

/** Name of the variable: `join.max_span` -> `COUNTERFOIL_JOIN_MAX_SPAN`. */
export function variableOf(name: OptionName): string {
  return optionOf(name).variable ?? `COUNTERFOIL_${name.replaceAll('.', '_').toUpperCase()}`;
}

/** The default as a user would read it. */
export function defaultTextOf(name: OptionName): string {
  const declared = optionOf(name);
  return declared.defaultText ?? declared.kind.show(declared.default);
}
