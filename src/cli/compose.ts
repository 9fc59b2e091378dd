/** Puts rooms together for the verbs: configuration, data files and adapters become a run, a redactor, an index. */
import type { CsvForm } from '../adapters/file/csv-rows.ts';
import { openSources, type SourceOptions } from '../adapters/file/open-source.ts';
import type { SourceLimits } from '../adapters/file/source-limits.ts';
import type { IsTextRecord } from '../adapters/file/text-lines.ts';
import { redactionKeyOf } from '../adapters/embedded/redaction-key.ts';
import { createSpanLog } from '../adapters/embedded/span-log.ts';
import type { Config } from '../config/options.ts';
import { timeSettings } from '../config/time-settings.ts';
import { createRedactor, type Redactor } from '../formats/redaction/redact.ts';
import { isPaymentLine, isSecurityLine } from '../formats/wrappings/text-record.ts';
import type { InputMode } from '../join/partition-progress.ts';
import type { InputName } from '../model/accounting.ts';
import { CounterfoilError } from '../model/errors.ts';
import type { Instant } from '../model/instant.ts';
import type { RecordSource } from '../ports/record-source.ts';
import { correlate, type CorrelateResult } from '../runtime/correlate.ts';
import type { CorrelateOptions } from '../runtime/correlate-options.ts';
import { createDecoders, type Decoders, type InputFormats } from '../runtime/decoders.ts';
import type { EngineOptions } from '../runtime/live/engine-options.ts';
import { paymentReading } from './payment-reading.ts';
import { redactionKeyIn, type Env } from './redaction-secret.ts';
import { attributeTable, joinSettingsOf, recoverabilityTable, rulesOf } from './settings.ts';

/** Paths of each input, as the user gave them. */
export type InputPaths = Record<InputName, readonly string[]>;

export const INPUT_NAMES: readonly InputName[] = ['audit', 'alerts', 'events', 'spans', 'payments'];

/** The limits of file inputs that a configuration asks for. */
function sourceLimits(config: Config): Partial<SourceLimits> {
  return {
    recordBytes: config['limits.record_bytes'],
    // An export request packs thousands of spans into one message, where JSON has a line for each.
    messageBytes: 4 * config['limits.record_bytes'],
    depth: config['limits.depth'],
    decompressedBytes: config['limits.decompressed_bytes'],
    ratio: config['limits.ratio'],
  };
}

/** The limits of one request of the intake. */
export function bodyLimits(config: Config): Partial<SourceLimits> {
  return { ...sourceLimits(config), decompressedBytes: config['intake.max_decompressed_bytes'] };
}

/** A redactor whose key is read or made only when a card number asks for it. */
export function redactorOf(config: Config, env: Env): Redactor {
  let key: Uint8Array | undefined;
  return createRedactor(() => {
    key ??= redactionKeyIn(env) ?? redactionKeyOf(config['data.dir']);
    return key;
  }, config['limits.depth']);
}

/** The lines of text that are records of an input; null: none is. */
export function textRecordsOf(input: InputName): IsTextRecord | null {
  if (input === 'spans') return null;
  return input === 'payments' ? isPaymentLine : isSecurityLine;
}

/** The formats that inputs are configured for. */
function inputFormats(config: Config): InputFormats {
  return {
    audit: config['inputs.audit.formats'],
    alerts: config['inputs.alerts.formats'],
    events: config['inputs.events.formats'],
    payments: config['inputs.payments.formats'],
  };
}

/** Everything a run needs but its inputs. */
export function correlateOptions(config: Config, redactor: Redactor, asOf: Instant | null): CorrelateOptions {
  const currency = config['impact.report_currency'];
  return {
    tenant: config.tenant,
    cluster: config.cluster,
    identity: { spans: config['inputs.spans.identity'], payments: config['inputs.payments.identity'] },
    services: [...config['inputs.payments.services']],
    settings: joinSettingsOf(config),
    fold: config['events.fold'],
    minP: config['impact.min_p'],
    grouping: {
      gap: config['incidents.gap'],
      maxSpan: config['incidents.max_span'],
      maxEvents: config['incidents.max_events'],
      hubDegree: config['incidents.hub_degree'],
    },
    report: currency === null ? null : { currency, rates: { ...config['impact.rates'] } },
    asOf,
    rules: rulesOf(config),
    attributes: attributeTable(config),
    payments: paymentReading(config),
    formats: inputFormats(config),
    recoverability: recoverabilityTable(),
    redactor,
    openSpanLog: () => createSpanLog({ memoryBytes: config['batch.memory_bytes'] }),
  };
}

/** Everything that the live engine needs but its ports. */
export function engineOptions(
  config: Config,
  redactor: Redactor,
  mode: InputMode,
): { engine: EngineOptions; decoders: Decoders } {
  const options = correlateOptions(config, redactor, null);
  const { tenant, cluster, identity, attributes, payments, settings } = options;
  return {
    engine: {
      ...options,
      mode,
      time: timeSettings(config),
      correlation: {
        groups: config['rules.correlation.max_groups'],
        groupMembers: config['rules.correlation.max_group_members'],
        members: config['rules.correlation.max_members'],
      },
      paymentsProvenance: identity.payments,
      attribute: (name) => attributes.lookup(name),
      // A trace lasts seconds. A bounded run has all of it in its log, and misses nothing by looking everywhere.
      traceReach: mode === 'bounded' ? Infinity : settings.after + settings.bindingHorizon,
    },
    decoders: createDecoders({
      tenant,
      cluster,
      provenance: identity.spans,
      attributes,
      payments,
      formats: inputFormats(config),
      recoverability: options.recoverability,
      redactor,
    }),
  };
}

/**
 * As for a bounded run, but made for a log of days: a window that no silent input keeps open, and traces that are looked for near
 * their event first and everywhere at the end, once for all of them.
 */
export function replayOptions(
  config: Config,
  redactor: Redactor,
): { engine: EngineOptions; decoders: Decoders } {
  const { engine, decoders } = engineOptions(config, redactor, 'bounded');
  const { after, bindingHorizon } = engine.settings;
  return { engine: { ...engine, traceReach: after + bindingHorizon, windowFollows: 'spans' }, decoders };
}

/** Opened inputs and how many bytes they hold in all; null where one does not say. */
export interface OpenInputs {
  sources: Record<InputName, RecordSource[]>;
  totalBytes: number | null;
}

/**
 * Opens every file of every input.
 * @throws CounterfoilError CF_INPUT that names every path which is not there or cannot be read
 */
export async function openInputs(paths: InputPaths, config: Config, redactor: Redactor): Promise<OpenInputs> {
  const sources: Record<InputName, RecordSource[]> = {
    audit: [],
    alerts: [],
    events: [],
    spans: [],
    payments: [],
  };
  const failures: CounterfoilError[] = [];
  for (const name of INPUT_NAMES) {
    try {
      const form = name === 'payments' ? { csv: csvForm(config), exact: true } : {};
      const reading = { ...form, isTextRecord: textRecordsOf(name) };
      sources[name] = await openFiles(paths[name], config, redactor, reading);
    } catch (error) {
      if (!(error instanceof CounterfoilError) || error.code !== 'CF_INPUT') throw error;
      failures.push(error);
    }
  }
  const [failure] = failures;
  if (failure !== undefined) {
    throw new CounterfoilError(
      'CF_INPUT',
      failure.message,
      failures.flatMap((each) => each.problems),
    );
  }
  const sizes = Object.values(sources).flatMap((each) => each.map((source) => source.totalBytes));
  const known = sizes.filter((size) => size !== null);
  return {
    sources,
    totalBytes: known.length < sizes.length ? null : known.reduce((sum, size) => sum + size, 0),
  };
}

/** How the CSV files of payments are read. */
export function csvForm(config: Config): CsvForm {
  const delimiter = config['payments.csv.delimiter'];
  return { delimiter: delimiter === 'tab' ? '\t' : delimiter, header: config['payments.csv.header'] };
}

/**
 * Opens files and folders of one input; what is shown of a refused record goes through the redactor.
 * @param form how CSV, numbers and lines of text are read; without it CSV and lines are refused, and numbers are doubles
 */
export async function openFiles(
  paths: readonly string[],
  config: Config,
  redactor: Redactor,
  form: Pick<SourceOptions, 'csv' | 'exact' | 'isTextRecord'> = {},
): Promise<RecordSource[]> {
  return openSources([...paths], {
    ...form,
    limits: sourceLimits(config),
    excerpt: (text) => redactor.excerpt(text),
    shownPath: (path) => redactor.text(path),
  });
}

/** Runs the join over opened inputs. */
export async function correlateInputs(
  inputs: OpenInputs,
  options: CorrelateOptions,
): Promise<CorrelateResult> {
  return correlate(inputs.sources, options);
}
