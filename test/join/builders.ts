/** Small, complete nouns for tests of the join; every field can be overridden. */
import { NO_IDENTITY } from '../../src/model/identity.ts';
import { parseInstant, type Instant } from '../../src/model/instant.ts';
import type { JoinSettings } from '../../src/model/join-settings.ts';
import { METHODS, type Method } from '../../src/model/link.ts';
import type { Observation } from '../../src/model/observation.ts';
import type { PaymentEvent } from '../../src/model/payment.ts';
import type { RuleMatch } from '../../src/model/security-event.ts';
import type { SpanIdentity } from '../../src/model/span-record.ts';

/** 2026-03-10 14:MM:SS(.fraction) UTC. */
export function at(time: string): Instant {
  const instant = parseInstant(`2026-03-10T14:${time}Z`);
  if (instant === undefined) throw new Error(`no time: ${time}`);
  return instant;
}

export function observation(over: Partial<Observation> = {}): Observation {
  const start = over.start ?? at('00:00');
  return {
    source: 'falco',
    dataset: 'falco.alert',
    kind: 'alert',
    start,
    end: start,
    timeText: '',
    nativeId: null,
    nativeTuple: [start],
    stage: null,
    identity: NO_IDENTITY,
    serviceAccount: null,
    credentialId: null,
    actor: null,
    resource: null,
    action: 'shell',
    outcome: 'unknown',
    rule: null,
    severity: null,
    techniques: [],
    traceId: null,
    detail: null,
    message: null,
    fields: {},
    sightings: [],
    place: { input: 'test', line: 1, column: 1 },
    ...over,
  };
}

export function match(over: Partial<Observation> = {}, ruleId = 'falco:shell'): RuleMatch {
  return { observation: observation(over), rule: { id: ruleId, name: ruleId }, severity: 50, techniques: [] };
}

export function spanIdentity(over: Partial<SpanIdentity> = {}): SpanIdentity {
  return {
    ...NO_IDENTITY,
    serviceName: null,
    serviceNamespace: null,
    workload: null,
    hostName: null,
    provenance: 'platform',
    ...over,
  };
}

export function paymentEvent(over: Partial<PaymentEvent> = {}): PaymentEvent {
  return {
    id: `pe_${over.ownId ?? 'x'}_${over.state ?? ''}_${over.time ?? ''}`,
    tenant: 'default',
    ownId: 'pay_1',
    aliases: [],
    time: at('00:00'),
    state: 'authorized',
    rail: 'card',
    amountMinor: 1000n,
    currency: 'EUR',
    customerId: null,
    customerCountry: null,
    merchantId: null,
    service: null,
    traceId: null,
    podUid: null,
    podName: null,
    namespace: null,
    cluster: null,
    containerId: null,
    attributes: {},
    ...over,
  };
}

const BASES: Record<Method, number> = {
  trace_exact: 0.98,
  container_overlap: 0.9,
  container_interval: 0.7,
  pod_interval: 0.6,
  payment_pod: 0.6,
  identity_interval: 0.35,
  network_interval: 0.3,
  workload_interval: 0.25,
  service_interval: 0.2,
  node_interval: 0.05,
};

const SECOND = 1_000_000;

/** The defaults of DESIGN 4.1, written out by hand so that a changed default shows here. */
export function joinSettings(over: Partial<JoinSettings> = {}): JoinSettings {
  const methods = Object.fromEntries(
    METHODS.map((method) => [
      method,
      {
        base: BASES[method],
        decays: method !== 'trace_exact' && method !== 'container_overlap',
        enabled: method !== 'node_interval',
      },
    ]),
  ) as JoinSettings['methods'];
  return {
    before: 60 * SECOND,
    after: 900 * SECOND,
    skew: 2 * SECOND,
    bindingHorizon: 300 * SECOND,
    maxSpan: 60 * SECOND,
    lateHorizon: 86_400 * SECOND,
    sessionCap: 8 * 3600 * SECOND,
    aliasHorizon: 7 * 86_400 * SECOND,
    maxPaymentsPerTrace: 1000,
    maxPodsPerEvent: 200,
    halfLife: 1800 * SECOND,
    orderFactor: 0.8,
    selfReportedCap: 0.6,
    escapeBase: 0.5,
    methods,
    ...over,
  };
}
