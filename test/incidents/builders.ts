/** Small, complete nouns for tests of incidents and documents; every field can be overridden. */
import type { BridgedEvent } from '../../src/incidents/bridges.ts';
import { NO_IDENTITY } from '../../src/model/identity.ts';
import { parseInstant, type Instant } from '../../src/model/instant.ts';
import type { Link } from '../../src/model/link.ts';
import type { Payment } from '../../src/model/payment.ts';
import type { SecurityEvent } from '../../src/model/security-event.ts';

export function utc(text: string): Instant {
  const instant = parseInstant(text);
  if (instant === undefined) throw new Error(`no time: ${text}`);
  return instant;
}

const NOON = utc('2026-03-10T12:00:00Z');
const MINUTE = 60_000_000;

/** Minutes after noon of 2026-03-10. */
export const minute = (minutes: number): Instant => NOON + minutes * MINUTE;

export function bridged(id: string, at: Instant, over: Partial<BridgedEvent> = {}): BridgedEvent {
  return {
    id,
    start: at,
    end: at,
    pod: null,
    container: null,
    cluster: null,
    serviceAccount: null,
    credentialId: null,
    resource: null,
    traces: [],
    payments: [],
    ...over,
  };
}

export function securityEvent(over: Partial<SecurityEvent> = {}): SecurityEvent {
  const start = over.start ?? NOON;
  return {
    id: 'ev_1',
    tenant: 'default',
    source: 'falco',
    dataset: 'falco.alert',
    rule: { id: 'falco:shell', name: 'Terminal shell in container' },
    severity: 73,
    techniques: [],
    start,
    end: start,
    count: 1,
    countCapped: false,
    originalIds: [],
    ongoing: false,
    identity: NO_IDENTITY,
    serviceAccount: null,
    credentialId: null,
    actor: null,
    resource: null,
    action: 'shell',
    outcome: 'unknown',
    traceId: null,
    detail: null,
    message: null,
    ...over,
  };
}

export function link(eventId: string, paymentId: string, confidence: number, over: Partial<Link> = {}): Link {
  return {
    id: `lk_${eventId}_${paymentId}`,
    tenant: 'default',
    eventId,
    paymentId,
    method: 'pod_interval',
    confidence,
    gap: 0,
    provenance: 'platform',
    methods: [],
    matched: { field: 'kubernetes.pod.uid', event: 'u', span: 'u' },
    traceId: null,
    span: null,
    ...over,
  };
}

export function payment(over: Partial<Payment> = {}): Payment {
  const time = over.time ?? NOON;
  return {
    id: 'pay_1',
    tenant: 'default',
    aliases: [],
    supersededIds: [],
    time,
    rail: 'sepa_ct',
    state: 'accepted',
    stateAt: time,
    amountMinor: 4_800_000n,
    currency: 'EUR',
    customerId: null,
    customerCountry: null,
    merchantId: null,
    service: null,
    traceIds: [],
    attributes: {},
    events: [],
    ...over,
  };
}
