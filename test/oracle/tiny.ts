/** Builders of tiny inputs, so that a case reads as its numbers: times are seconds after 2026-03-10T14:00:00Z. */
import { runOracle } from './oracle.ts';
import {
  SCENARIO_ATTRIBUTES,
  SCENARIO_PLACEHOLDERS,
  SCENARIO_RULES,
  scenarioRank,
} from './scenario-settings.ts';
import type { Plain } from './text.ts';
import { DEFAULTS } from './types.ts';
import type { OracleInput, OracleLink, OracleResult, OracleSettings } from './types.ts';

/** 2026-03-10T14:00:00Z in microseconds. */
export const T = 1_773_151_200_000_000;

/** The only trace of most cases. */
export const TRACE = 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1';

/** RFC 3339 with microseconds. */
export function at(seconds: number): string {
  const micros = T + Math.round(seconds * 1e6);
  const whole = new Date(Math.floor(micros / 1e6) * 1000).toISOString().slice(0, 19);
  return `${whole}.${String(micros % 1e6).padStart(6, '0')}Z`;
}

interface SpanSpec {
  n?: number;
  trace?: string;
  from: number;
  to: number;
  /** Resource attributes. */
  who?: Record<string, string>;
  /** Attributes of the span; `payment.id` of `pay_1` unless told otherwise. */
  ids?: Record<string, string>;
}

/** An export request with one span. */
export function span(spec: SpanSpec): Plain {
  const { n = 1, trace = TRACE, from, to, who = {}, ids = { 'payment.id': 'pay_1' } } = spec;
  const attributes = (values: Record<string, string>): Plain[] =>
    Object.entries(values).map(([key, stringValue]) => ({ key, value: { stringValue } }));
  return {
    resourceSpans: [
      {
        resource: { attributes: attributes(who) },
        scopeSpans: [
          {
            scope: { name: 'io.example' },
            spans: [
              {
                traceId: trace,
                spanId: `bbbbbbbbbbbbbb${String(n).padStart(2, '0')}`,
                startTimeUnixNano: `${T + Math.round(from * 1e6)}000`,
                endTimeUnixNano: `${T + Math.round(to * 1e6)}000`,
                attributes: attributes(ids),
              },
            ],
          },
        ],
      },
    ],
  };
}

/** A payment state event; `pay_1`, authorized by card at 14:00:00, unless told otherwise. */
export function payment(more: Plain = {}): Plain {
  return {
    id: 'pay_1',
    time: at(0),
    state: 'authorized',
    rail: 'card',
    amount: '1.00',
    currency: 'EUR',
    ...more,
  };
}

/** A native event at 14:00:00. */
export function native(more: Plain): Plain {
  return { time: at(0), rule: 'Odd process', severity: 50, ...more };
}

/** A Falco alert at 14:00:00. */
export function falco(fields: Plain, more: Plain = {}): Plain {
  return {
    time: at(0),
    rule: 'Shell',
    priority: 'Notice',
    output_fields: fields,
    source: 'syscall',
    ...more,
  };
}

/** An audit record, complete at once at 14:00:00. */
export function audit(more: Plain): Plain {
  return {
    kind: 'Event',
    auditID: 'audit-1',
    verb: 'create',
    stage: 'ResponseComplete',
    user: { username: 'alice' },
    requestReceivedTimestamp: at(0),
    stageTimestamp: at(0),
    ...more,
  };
}

/** Settings of the specification with changes. */
export function settings(changes: Partial<OracleSettings> = {}): OracleSettings {
  return {
    ...DEFAULTS,
    rules: SCENARIO_RULES,
    attributes: SCENARIO_ATTRIBUTES,
    placeholders: SCENARIO_PLACEHOLDERS,
    rank: scenarioRank,
    ...changes,
  };
}

/** The result of a tiny input. */
export function run(parts: Partial<OracleInput>, changes: Partial<OracleSettings> = {}): OracleResult {
  const input = { audit: [], alerts: [], events: [], spans: [], payments: [], cluster: null, ...parts };
  return runOracle(input, settings(changes));
}

/** Method, confidence and gap of each link, in order of event and payment. */
export function brief(result: OracleResult): [OracleLink['method'], number, number][] {
  return result.links.map(({ method, confidence, gapMs }) => [method, confidence, gapMs]);
}

/** The first link; fails the test where there is none. */
export function first(result: OracleResult): OracleLink {
  const link = result.links[0];
  if (link === undefined) throw new Error('expected a link');
  return link;
}
