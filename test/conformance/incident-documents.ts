/**
 * Hand-written documents for tests of the index, the API and the page: small, and every value chosen.
 *
 * The story: a shell in a ledger pod (ev_1, ev_2) met payments p1 (EUR, stoppable until 15:30, then recallable), p2
 * (EUR, nothing left to do) and, weakly, p3 (USD); a token read (ev_3) is an incident without p1..p3 but with p4. p5
 * was looked at and met nothing, p6 cannot be known. `order-7` names p1 and p2: it finds, but means neither.
 */
import type { EventDocument } from '../../src/model/documents/event.ts';
import type { IncidentDocument } from '../../src/model/documents/incident.ts';
import type { LinkDocument } from '../../src/model/documents/link.ts';
import type { RecoverPart } from '../../src/model/documents/parts.ts';
import type { PaymentDocument } from '../../src/model/documents/payment.ts';
import { incidentId, linkId, sha256Hex } from '../../src/model/ids.ts';

export const TENANT = 'default';

export const SHELL_START = '2026-03-10T14:00:02.118Z';
export const STOP_DEADLINE = '2026-03-10T15:30:00.000Z';
export const RECALL_DEADLINE = '2026-03-20T22:59:59.000Z';

const meta = (content: string): PaymentDocument['meta'] => ({
  revision: 1,
  state: 'final',
  model_version: '1',
  content_hash: sha256Hex(content),
});

export interface EventSpec {
  id: string;
  start?: string;
  incident?: string;
  rule?: string;
  pod?: string;
  tenant?: string;
  links?: number;
}

/** An event document; everything that is not asked for has a plain value. */
export function eventDocument(spec: EventSpec): EventDocument {
  const { id, start = SHELL_START, rule = 'Terminal shell in container', pod = 'ledger-7d9f-x2x4q' } = spec;
  return {
    '@timestamp': start,
    schema: 'event/1',
    tenant: spec.tenant ?? TENANT,
    event: {
      id,
      kind: 'alert',
      dataset: 'falco.alert',
      severity: 73,
      start,
      end: start,
      count: 1,
      original_id: [`native-${id}`],
    },
    rule: { id: `falco:${rule}`, name: rule },
    threat: { technique: { id: ['T1059'] } },
    orchestrator: { cluster: { name: 'prod-eu' }, namespace: 'payments' },
    kubernetes: { namespace: 'payments', pod: { name: pod, uid: '11111111-2222-3333-4444-555555555555' } },
    container: { id: 'c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00', name: 'ledger' },
    user: { name: 'root' },
    links: { total: spec.links ?? 0, flags: [] },
    ...(spec.incident === undefined ? {} : { incident: { id: spec.incident } }),
    meta: meta(`event ${id}`),
  };
}

export interface PaymentSpec {
  id: string;
  time?: string;
  amount?: string;
  currency?: string;
  state?: string;
  aliases?: { type: string; value: string }[];
  superseded?: string[];
  recover?: RecoverPart[];
  answer?: PaymentDocument['answer'];
  why?: string;
  tenant?: string;
}

const STOP_THEN_RECALL: RecoverPart[] = [
  { class: 'stoppable', action: 'cancel', until: STOP_DEADLINE },
  { class: 'recallable', action: 'recall', until: RECALL_DEADLINE },
];

/** A payment document; the default one can be stopped until 15:30. */
export function paymentDocument(spec: PaymentSpec): PaymentDocument {
  const { id, time = '2026-03-10T14:00:02.000Z', amount = '48000.00', currency = 'EUR' } = spec;
  const linked = (spec.answer ?? 'linked') === 'linked';
  return {
    '@timestamp': time,
    schema: 'payment/1',
    tenant: spec.tenant ?? TENANT,
    payment: {
      id,
      aliases: spec.aliases ?? [],
      time,
      rail: 'sepa_ct',
      state: spec.state ?? 'accepted',
      amount: { value: amount, minor: Number(amount.replace('.', '')), remaining: amount, currency },
      customer: { id: 'cust-1', country: 'DE' },
      merchant: { id: 'm-1' },
      recover: spec.recover ?? STOP_THEN_RECALL,
    },
    service: { name: 'ledger' },
    answer: spec.answer ?? 'linked',
    known: {
      traces: spec.answer === 'not_known' ? 0 : 1,
      spans_with_identity: spec.answer === 'not_known' ? 0 : 3,
      events_watermark: '2026-03-10T18:00:00.000Z',
      complete_until: linked ? '2026-03-10T18:00:00.000Z' : null,
      why: spec.why ?? 'Its spans name the containers that it passed.',
    },
    superseded_ids: spec.superseded ?? [],
    meta: meta(`payment ${id}`),
  };
}

/** The link of an event and a payment, in the event's incident. */
export function linkDocument(
  event: EventDocument,
  payment: PaymentDocument,
  confidence = 0.9,
  status: 'live' | 'withdrawn' = 'live',
): LinkDocument {
  const { user: _user, message: _message, links: _links, ...shared } = event;
  return {
    ...shared,
    schema: 'link/1',
    service: { name: 'ledger' },
    trace: { id: '4bf92f3577b34da6a3ce929d0e0e4736' },
    span: { id: '00f067aa0ba902b7', start: '2026-03-10T14:00:01.000Z', end: '2026-03-10T14:00:03.000Z' },
    payment: payment.payment,
    link: {
      id: linkId(event.tenant, event.event.id, payment.payment.id),
      status,
      method: 'container_overlap',
      confidence,
      gap_ms: 0,
      provenance: 'platform',
      methods: [{ method: 'pod_interval', confidence: 0.6 }],
      matched: { field: 'container.id', event: 'c0ffee00c0ff', span: 'c0ffee00c0ff' },
    },
    meta: { revision: 1, state: 'final', coverage: 1 },
  };
}

export interface IncidentSpec {
  id: string;
  start?: string;
  title?: string;
  events?: string[];
  payments?: string[];
  weak?: string[];
  exposures?: IncidentDocument['impact']['exposures'];
  clock?: IncidentDocument['impact']['clock'];
  tenant?: string;
}

export function incidentDocument(spec: IncidentSpec): IncidentDocument {
  const { id, start = SHELL_START, events = [], payments = [], weak = [] } = spec;
  return {
    '@timestamp': start,
    schema: 'incident/1',
    tenant: spec.tenant ?? TENANT,
    incident: {
      id,
      title: spec.title ?? 'Terminal shell in container',
      status: 'new',
      severity: 73,
      start,
      end: start,
    },
    threat: { technique: { id: ['T1059'] } },
    events: { total: events.length, ids: events },
    entities: {
      pods: ['payments/ledger-7d9f-x2x4q'],
      containers: ['c0ffee00c0ff'],
      service_accounts: [],
      resources: [],
    },
    payments: { total: payments.length, ids: payments },
    weak: { total: weak.length, ids: weak },
    impact: {
      as_of: '2026-03-10T14:00:03.000Z',
      exposures: spec.exposures ?? [],
      clock: spec.clock ?? [],
      binding_ratio: 0.75,
    },
    coverage: { complete_until: '2026-03-10T18:00:00.000Z' },
    meta: meta(`incident ${id}`),
  };
}

export interface Story {
  events: EventDocument[];
  links: LinkDocument[];
  payments: PaymentDocument[];
  incidents: IncidentDocument[];
}

/** The same documents as those of another tenant; ids stay. */
export function ofTenant<D extends { tenant: string }>(tenant: string, documents: Iterable<D>): D[] {
  return [...documents].map((document) => ({ ...document, tenant }));
}

/** Ids of the two incidents of the story. */
export const SHELL_INCIDENT = incidentId(TENANT, 'ev_1');
export const TOKEN_INCIDENT = incidentId(TENANT, 'ev_3');

export const TOKEN_START = '2026-03-11T09:15:00.000Z';

const UETR = '7f3c2a10-9b1e-4c55-8d21-0a1b2c3d4e5f';

/** What a story may say in other words, to bring hostile text into every place that shows text. */
export interface StoryText {
  pod?: string;
  rule?: string;
  paymentId?: string;
  title?: string;
  why?: string;
}

export function story(text: StoryText = {}): Story {
  const p1 = paymentDocument({
    id: text.paymentId ?? 'p1',
    aliases: [
      { type: 'order_id', value: 'order-7' },
      { type: 'end_to_end_id', value: 'E2E-1' },
      { type: 'uetr', value: UETR },
    ],
    superseded: ['p0'],
    ...(text.why === undefined ? {} : { why: text.why }),
  });
  const p2 = paymentDocument({
    id: 'p2',
    time: '2026-03-10T14:00:04.000Z',
    amount: '1250.50',
    state: 'settled',
    aliases: [{ type: 'order_id', value: 'order-7' }],
    recover: [],
  });
  const p3 = paymentDocument({
    id: 'p3',
    time: '2026-03-10T14:05:00.000Z',
    amount: '99.00',
    currency: 'USD',
  });
  const p4 = paymentDocument({
    id: 'p4',
    time: '2026-03-11T09:15:30.000Z',
    amount: '310.00',
    currency: 'USD',
  });
  const p5 = paymentDocument({
    id: 'p5',
    answer: 'none_found',
    why: 'Its 3 spans name pods, and no event met them.',
  });
  const p6 = paymentDocument({
    id: 'p6',
    answer: 'not_known',
    why: 'No trace carries an id of this payment.',
  });
  const shell = { incident: SHELL_INCIDENT, ...pick(text) };
  const ev1 = eventDocument({ id: 'ev_1', links: 3, ...shell });
  const ev2 = eventDocument({ id: 'ev_2', start: '2026-03-10T14:01:00.000Z', links: 1, ...shell });
  const ev3 = eventDocument({
    id: 'ev_3',
    start: TOKEN_START,
    incident: TOKEN_INCIDENT,
    rule: 'Service account token read',
    links: 1,
  });
  const ev4 = eventDocument({ id: 'ev_4', start: '2026-03-11T10:00:00.000Z' });
  return {
    events: [ev1, ev2, ev3, ev4],
    links: [
      linkDocument(ev1, p1),
      linkDocument(ev1, p2, 0.6),
      linkDocument(ev1, p3, 0.05),
      linkDocument(ev2, p1, 0.3),
      linkDocument(ev3, p4),
    ],
    payments: [p1, p2, p3, p4, p5, p6],
    incidents: [shellIncident(p1.payment.id, text.title), tokenIncident()],
  };
}

function pick(text: StoryText): { pod?: string; rule?: string } {
  return {
    ...(text.pod === undefined ? {} : { pod: text.pod }),
    ...(text.rule === undefined ? {} : { rule: text.rule }),
  };
}

function shellIncident(firstPayment: string, title?: string): IncidentDocument {
  return incidentDocument({
    id: SHELL_INCIDENT,
    title: title ?? 'Terminal shell in container ledger',
    events: ['ev_1', 'ev_2'],
    payments: [firstPayment, 'p2'],
    weak: ['p3'],
    exposures: [
      {
        currency: 'EUR',
        payments: 2,
        linked: '49250.50',
        stoppable: '48000.00',
        recallable: '0.00',
        final: '1250.50',
        lower: '49250.50',
        upper: '61000.00',
      },
    ],
    clock: [
      { deadline: STOP_DEADLINE, currency: 'EUR', amount: '48000.00', payments: 1, actions: ['cancel'] },
      { deadline: RECALL_DEADLINE, currency: 'EUR', amount: '48000.00', payments: 1, actions: ['recall'] },
    ],
  });
}

function tokenIncident(): IncidentDocument {
  return incidentDocument({
    id: TOKEN_INCIDENT,
    start: TOKEN_START,
    title: 'Service account token read',
    events: ['ev_3'],
    payments: ['p4'],
    exposures: [
      {
        currency: 'USD',
        payments: 1,
        linked: '310.00',
        stoppable: '0.00',
        recallable: '310.00',
        final: '0.00',
        lower: '310.00',
        upper: '310.00',
      },
    ],
    clock: [
      { deadline: RECALL_DEADLINE, currency: 'USD', amount: '310.00', payments: 1, actions: ['recall'] },
    ],
  });
}
