/**
 * Runs the real batch lane on the records of a scenario: the same formats, rules, join and documents as the command
 * line, with records handed over in memory instead of from files.
 */
import { createSpanLog } from '../../src/adapters/embedded/span-log.ts';
import { readCalendars, readDataValue } from '../../src/config/data-files.ts';
import { PAYMENT_READING } from '../formats/payment-context.ts';
import { createRedactor } from '../../src/formats/redaction/redact.ts';
import { parseAttributeTable } from '../../src/formats/otlp/transaction-attributes.ts';
import { parseCalendar } from '../../src/impact/calendar.ts';
import { RecoverabilityTable, parseRecoverability } from '../../src/impact/recoverability.ts';
import type { JoinSettings } from '../../src/model/join-settings.ts';
import type { RawRecord, RecordSource } from '../../src/ports/record-source.ts';
import { compileRules, type CompiledRules } from '../../src/rules/compile.ts';
import { parseRuleFile } from '../../src/rules/rule-file.ts';
import { correlate, type CorrelateResult } from '../../src/runtime/correlate.ts';
import type { CorrelateInputs, CorrelateOptions } from '../../src/runtime/correlate-options.ts';
import { SCENARIO_RULES } from '../oracle/scenario-settings.ts';
import type { OracleInput, OracleSettings } from '../oracle/types.ts';

/** Records of one input, in one or several sources, each source a file. */
export type Files = Record<keyof CorrelateInputs, object[][]>;

function sourceOf(name: string, records: readonly object[]): RecordSource {
  const batch: RawRecord[] = records.map((value, i) => ({
    kind: 'json',
    // What a file gives: text parsed again, so that no object is shared between deliveries.
    value: JSON.parse(JSON.stringify(value)) as unknown,
    place: { input: name, line: i + 1, column: 1 },
    bytes: 0,
  }));
  return {
    name,
    totalBytes: null,
    bytesRead: 0,
    // eslint-disable-next-line typescript/require-await
    async *records() {
      yield batch;
    },
  };
}

const MINUTE = 60_000_000;
const attributesFile = readDataValue('attributes.yaml');
const attributes = parseAttributeTable(attributesFile.value, attributesFile.file);
const calendars = [...readCalendars()].map(
  ([name, { file, value }]) => [name, parseCalendar(value, file)] as const,
);
const recoverabilityFile = readDataValue('recoverability.yaml');
/** The table of the project. */
export const recoverabilityTable = parseRecoverability(
  recoverabilityFile.value,
  Object.fromEntries(calendars),
  recoverabilityFile.file,
);
/** The attribute table of the project in the oracle's form. */
export function projectAttributes(): OracleSettings['attributes'] {
  const rows = (
    attributesFile.value as { attributes: { name: string; type: string | null; order?: boolean }[] }
  ).attributes;
  return Object.fromEntries(rows.map(({ name, type, order }) => [name, { type, order: order ?? false }]));
}

const scenarioRules: CompiledRules = compileRules(
  SCENARIO_RULES.flatMap(({ sigma, id }) => parseRuleFile(sigma, `${id}.yml`)),
);

function joinSettingsOf(settings: OracleSettings): JoinSettings {
  const { maxPaymentsPerTrace, maxPodsPerEvent, bindingHorizon, lateHorizon, sessionCap, aliasHorizon } =
    settings;
  const { before, after, skew, halfLife, orderFactor, selfReportedCap, escapeBase, methods } = settings;
  const times = { before, after, skew, bindingHorizon, lateHorizon, sessionCap, aliasHorizon, halfLife };
  const limits = { maxPaymentsPerTrace, maxPodsPerEvent, maxSpan: MINUTE };
  return { ...times, ...limits, orderFactor, selfReportedCap, escapeBase, methods };
}

/** The table of the project, with the ranks of states that the scenario uses. */
function withRank(settings: OracleSettings): CorrelateOptions['recoverability'] {
  const table = new RecoverabilityTable(recoverabilityTable.rails);
  return Object.assign(table, { rank: (rail: string, state: string) => settings.rank(rail, state) });
}

/** Options as the command line would compose them, with the scenario's settings and rules. */
export function engineOptions(input: OracleInput, settings: OracleSettings): CorrelateOptions {
  return {
    tenant: settings.tenant,
    cluster: input.cluster,
    identity: { spans: settings.spanProvenance, payments: settings.paymentProvenance },
    services: [],
    settings: joinSettingsOf(settings),
    fold: true,
    minP: 0.1,
    grouping: { gap: 30 * MINUTE, maxSpan: 24 * 60 * MINUTE, maxEvents: 5000, hubDegree: 50 },
    report: null,
    asOf: null,
    rules: scenarioRules,
    attributes,
    payments: PAYMENT_READING,
    recoverability: withRank(settings),
    redactor: createRedactor(() => new Uint8Array(32)),
    openSpanLog: () => createSpanLog({ memoryBytes: 64 * 2 ** 20, directory: '/tmp' }),
  };
}

/** Every input in one file. */
export function oneFileEach(input: OracleInput): Files {
  const { audit, alerts, events, spans, payments } = input;
  return { audit: [audit], alerts: [alerts], events: [events], spans: [spans], payments: [payments] };
}

export async function runEngine(files: Files, options: CorrelateOptions): Promise<CorrelateResult> {
  const sources = (name: keyof Files): RecordSource[] =>
    files[name].map((records, i) => sourceOf(`${name}-${i}.ndjson`, records));
  const inputs: CorrelateInputs = {
    audit: sources('audit'),
    alerts: sources('alerts'),
    events: sources('events'),
    spans: sources('spans'),
    payments: sources('payments'),
  };
  return await correlate(inputs, options);
}
