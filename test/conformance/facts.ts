/** Facts for tests of fact stores: whatever a test does not ask for has a plain value. */
import { createHash } from 'node:crypto';
import { contentId } from '../../src/model/ids.ts';
import { NO_IDENTITY } from '../../src/model/identity.ts';
import type { Link } from '../../src/model/link.ts';
import type { Observation } from '../../src/model/observation.ts';
import type { PaymentEvent } from '../../src/model/payment.ts';
import type {
  CarriedFact,
  EngineProgress,
  EventLinkFact,
  EventStateFact,
  MatchFact,
  WitnessFact,
} from '../../src/ports/fact-store.ts';
import type { IdentityFact, StatementFact } from '../../src/ports/inventory.ts';

export const NOON = 1_773_144_000_000_000;

export const eventId = (name: string): string => contentId('ev', [name]);
export const hex = (name: string, digits: number): string =>
  createHash('sha256').update(name).digest('hex').slice(0, digits);
export const traceId = (name: string): string => hex(name, 32);

export function matchFact(spec: Partial<MatchFact> & { severity?: number } = {}): MatchFact {
  const { severity = 50, ...fact } = spec;
  const observation: Observation = {
    source: 'kubernetes-audit',
    dataset: 'kubernetes.audit',
    kind: 'event',
    start: NOON,
    end: NOON + 5,
    timeText: '2026-03-10T12:00:00Z',
    nativeId: 'audit-1',
    nativeTuple: ['audit-1', 2, null, { deep: ['x'] }],
    stage: { auditId: 'audit-1', rank: 2, session: true },
    identity: { ...NO_IDENTITY, podName: 'ledger-1', namespace: 'payments' },
    serviceAccount: { namespace: 'payments', name: 'ledger' },
    credentialId: null,
    actor: 'system:serviceaccount:payments:ledger',
    resource: {
      apiGroup: null,
      resource: 'pods',
      subresource: 'exec',
      namespace: 'payments',
      name: 'ledger-1',
    },
    action: 'create pods/exec',
    outcome: 'success',
    rule: null,
    severity: null,
    techniques: ['T1609'],
    traceId: null,
    detail: '/exec?command=sh',
    message: 'nul\u0000byte 支払い💶',
    fields: {},
    sightings: [],
    place: { file: 'audit.ndjson', line: 3, column: 1 } as unknown as Observation['place'],
  };
  return {
    eventId: eventId('e1'),
    recordId: hex('record 1', 64),
    requestId: null,
    match: { observation, rule: { id: 'exec', name: 'Exec' }, severity, techniques: ['T1609'] },
    ...fact,
  };
}

export function paymentFact(spec: Partial<PaymentEvent> & { id: string }): PaymentEvent {
  return {
    tenant: 'default',
    ownId: null,
    aliases: [],
    time: NOON,
    state: 'accepted',
    rail: 'sepa_ct',
    amountMinor: 4_800_000n,
    currency: 'EUR',
    customerId: 'cust-1',
    customerCountry: 'DE',
    merchantId: 'm-1',
    service: 'ledger',
    traceId: null,
    podUid: null,
    podName: null,
    namespace: null,
    cluster: null,
    containerId: null,
    attributes: {},
    ...spec,
  };
}

export function identityFact(spec: Partial<IdentityFact> & { name?: string } = {}): IdentityFact {
  const { name = 'ledger', ...fact } = spec;
  return {
    identityId: hex(name, 16),
    identity: {
      ...NO_IDENTITY,
      podName: `${name}-1`,
      serviceName: name,
      serviceNamespace: null,
      workload: { kind: 'deployment', name },
      hostName: null,
      provenance: 'platform',
    },
    first: NOON,
    last: NOON,
    instants: [],
    ...fact,
  };
}

export function statementFact(spec: Partial<StatementFact> & { pod?: string } = {}): StatementFact {
  const { pod = 'ledger-1', ...fact } = spec;
  return {
    identity: { ...NO_IDENTITY, podName: pod, namespace: 'payments' },
    account: null,
    first: NOON,
    last: NOON,
    instants: [],
    ...fact,
  };
}

export function carriedFact(spec: Partial<CarriedFact> = {}): CarriedFact {
  return { traceId: traceId('t1'), at: NOON, attribute: 'payment.id', value: 'p1', ...spec };
}

export function witnessFact(spec: Partial<WitnessFact> = {}): WitnessFact {
  return {
    eventId: eventId('e1'),
    chunkId: 'c:0/17',
    traceIds: [traceId('t2'), traceId('t1')],
    packed: Uint8Array.from([1, 2, 3, 0, 255]),
    ...spec,
  };
}

export function eventState(name: string, revision: number, incidentId: string | null = null): EventStateFact {
  return { eventId: eventId(name), incidentId, state: { state: 'open', revision, flags: ['late', null] } };
}

/** Links of an event to the payments p`from`, p`from + 1`, … */
export function eventLinks(name: string, count: number, confidence = 0.9, from = 0): EventLinkFact[] {
  return Array.from({ length: count }, (_, i) => ({
    link: link(name, `p${from + i}`, confidence),
    service: i % 2 === 0 ? 'ledger' : null,
  }));
}

function link(event: string, paymentId: string, confidence: number): Link {
  return {
    id: contentId('lk', [event, paymentId]),
    tenant: 'default',
    eventId: eventId(event),
    paymentId,
    method: 'container_overlap',
    confidence,
    gap: -1_500,
    provenance: 'platform',
    methods: [{ method: 'pod_interval', confidence: 0.6 }],
    matched: { field: 'container.id', event: 'c0ffee00c0ff', span: 'c0ffee00c0ff' },
    traceId: traceId('t1'),
    span: { id: hex('span', 16), start: NOON, end: NOON + 2 },
  };
}

export function progressAt(offset: number): EngineProgress {
  return {
    positions: { '0': offset, '1': 7 },
    accounting: { inputs: {} },
    time: { watermarks: { spans: [NOON, null] } },
  };
}
