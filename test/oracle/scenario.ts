/** Random scenarios for the comparison of the engine with the oracle: small, dirty, and the same for the same seed. */
import { batchSpans } from './batches.ts';
import { createDice } from './dice.ts';
import type { Dice } from './dice.ts';
import {
  SCENARIO_ATTRIBUTES,
  SCENARIO_PLACEHOLDERS,
  SCENARIO_RULES,
  scenarioRank,
} from './scenario-settings.ts';
import { makeSecurity } from './scenario-events.ts';
import { makePayments } from './scenario-payments.ts';
import { makeSpans, writeSpan } from './scenario-spans.ts';
import { makePods, SECOND } from './scenario-world.ts';
import type { Stage } from './scenario-world.ts';
import type { Plain } from './text.ts';
import { DEFAULTS } from './types.ts';
import type { OracleInput, OracleSettings } from './types.ts';

/** What a scenario changes of the defaults, so that an engine can be set the same way. */
export interface ScenarioOverrides {
  spanProvenance: 'platform' | 'self';
  maxPaymentsPerTrace: number;
  maxPodsPerEvent: number;
  nodeInterval: boolean;
}

export interface Scenario {
  seed: number;
  input: OracleInput;
  overrides: ScenarioOverrides;
  /** Settings with the overrides, for the oracle. */
  settings: OracleSettings;
  /** What the generator put in, each name once, sorted. */
  features: string[];
  /** One line for a failing test. */
  description: string;
}

const T0 = Date.UTC(2026, 2, 10, 14, 0, 0) * 1000;

/** The scenario of a seed. */
export function randomScenario(seed: number): Scenario {
  const dice = createDice(seed);
  const features = new Set<string>();
  const note = (feature: string): void => void features.add(feature);
  const overrides = drawOverrides(dice, note);
  const stage: Stage = {
    dice,
    note,
    t0: T0 + dice.int(0, 60 * SECOND),
    configured: dice.chance(0.35) ? 'prod-eu' : null,
    pods: makePods(dice, note),
    traces: Array.from({ length: dice.int(2, 6) }, () => dice.hex(32)),
  };
  note(stage.configured === null ? 'cluster_not_configured' : 'cluster_configured');
  const security = makeSecurity(stage);
  const spans = makeSpans(stage, security.targets);
  const payments = makePayments(stage, security.targets, spans, overrides.maxPaymentsPerTrace === 3);
  const repeated = dice.chance(0.3);
  if (repeated) note('duplicate_delivery');
  const deliver = <T>(records: T[]): T[] =>
    dice.shuffle([...records, ...(repeated ? records.filter(() => dice.chance(0.3)) : [])]);
  const items = spans.map((span) => writeSpan(stage, span));
  const input: OracleInput = {
    audit: deliver(security.audit),
    alerts: deliver(security.alerts),
    events: deliver(security.events),
    spans: batchSpans(deliver(items), dice),
    payments: deliver(payments),
    cluster: stage.configured,
  };
  const sorted = [...features].toSorted();
  return {
    seed,
    input,
    overrides,
    settings: settingsOf(overrides),
    features: sorted,
    description: `seed ${seed}: ${sizes(input)}, ${items.length} spans; ${sorted.join(' ')}`,
  };
}

/** The oracle's settings for a scenario. */
export function settingsOf(overrides: ScenarioOverrides): OracleSettings {
  const { node_interval: node } = DEFAULTS.methods;
  return {
    ...DEFAULTS,
    rules: SCENARIO_RULES,
    attributes: SCENARIO_ATTRIBUTES,
    placeholders: SCENARIO_PLACEHOLDERS,
    rank: scenarioRank,
    spanProvenance: overrides.spanProvenance,
    maxPaymentsPerTrace: overrides.maxPaymentsPerTrace,
    maxPodsPerEvent: overrides.maxPodsPerEvent,
    methods: { ...DEFAULTS.methods, node_interval: { ...node, enabled: overrides.nodeInterval } },
  };
}

function drawOverrides(dice: Dice, note: (feature: string) => void): ScenarioOverrides {
  const overrides: ScenarioOverrides = {
    spanProvenance: dice.chance(0.25) ? 'self' : 'platform',
    maxPaymentsPerTrace: dice.chance(0.25) ? 3 : 1000,
    maxPodsPerEvent: dice.chance(0.3) ? 2 : 200,
    nodeInterval: dice.chance(0.5),
  };
  if (overrides.spanProvenance === 'self') note('self_provenance');
  if (overrides.maxPaymentsPerTrace === 3) note('payments_cap_3');
  if (overrides.maxPodsPerEvent === 2) note('pods_cap_2');
  if (overrides.nodeInterval) note('node_interval_on');
  return overrides;
}

function sizes(input: OracleInput): string {
  const count = (name: string, records: Plain[]): string => `${records.length} ${name}`;
  const { audit, alerts, events, payments } = input;
  return [
    count('audit', audit),
    count('alerts', alerts),
    count('events', events),
    count('payments', payments),
  ].join(', ');
}
