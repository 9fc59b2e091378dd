import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { recoveryOf } from '../../../src/impact/recovery.ts';
import type { Exposure, Incident } from '../../../src/model/incident.ts';
import { NO_IDENTITY } from '../../../src/model/identity.ts';
import { canonicalJson, incidentId, linkId, sha256Hex, type Json } from '../../../src/model/ids.ts';
import type { Recovery } from '../../../src/model/recovery.ts';
import { DOCUMENT_SCHEMAS } from '../../../src/model/documents/json-schemas.ts';
import { toEventDocument, type EventContext } from '../../../src/model/documents/to-event.ts';
import { toIncidentDocument, type IncidentContext } from '../../../src/model/documents/to-incident.ts';
import { toLinkDocument, type LinkContext } from '../../../src/model/documents/to-link.ts';
import { toPaymentDocument, type PaymentContext } from '../../../src/model/documents/to-payment.ts';
import { MODEL_VERSION } from '../../../src/model/model-version.ts';
import { shippedTable } from '../../impact/shipped.ts';
import { link, payment, securityEvent, utc } from '../../incidents/builders.ts';

const ajv = new Ajv2020({ allErrors: true, strict: true });
addFormats.default(ajv);

/** What the published schema says against a document, after a trip through JSON. */
function faults(name: 'event' | 'incident' | 'link' | 'payment', document: object): string[] {
  const validate = ajv.getSchema(`${name}/1`) ?? ajv.compile(DOCUMENT_SCHEMAS[`${name}.schema.json`] ?? {});
  validate(JSON.parse(JSON.stringify(document)));
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

const NOTHING: Recovery = {
  remainingMinor: 0n,
  chain: [{ class: 'final', action: null, until: null, recovery: 0 }],
  flags: [],
};
const FINAL = { revision: 1, state: 'final' } as const;

/** The story of DESIGN section 8. */
const POD_UID = '5f1c2f0e-7a0b-4a51-9c55-0d3f6a1b2c3d';
const CONTAINER = 'c0ffee'.repeat(10) + 'c0ff';
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const EVENT = securityEvent({
  id: 'ev_aaaaaaaaaaaaaaaaaaaaaaaaaa',
  rule: { id: 'falco:Terminal shell in container', name: 'Terminal shell in container' },
  severity: 73,
  techniques: ['T1059'],
  start: utc('2026-03-10T14:00:02.118Z'),
  originalIds: ['7b6c0d1e'],
  identity: {
    cluster: 'prod-eu',
    namespace: 'payments',
    podName: 'ledger-7d9f-x2x4q',
    podUid: POD_UID,
    containerId: CONTAINER,
    containerName: null,
    node: 'node-3',
  },
  actor: 'root',
  message: 'a shell was spawned',
});
const PAYMENT = payment({
  id: 'pay_881',
  aliases: [{ type: 'end_to_end_id', value: 'E2E-1' }],
  time: utc('2026-03-10T14:00:01Z'),
  stateAt: utc('2026-03-10T14:00:01Z'),
  customerId: 'c-1',
  merchantId: 'm-1',
});
const RECOVERY = recoveryOf(PAYMENT, shippedTable());
const LINK = link(EVENT.id, PAYMENT.id, 0.9, {
  id: linkId('default', EVENT.id, PAYMENT.id),
  method: 'container_overlap',
  methods: [{ method: 'pod_interval', confidence: 0.6 }],
  matched: { field: 'container.id', event: CONTAINER, span: CONTAINER },
  traceId: TRACE,
  span: { id: '00f067aa0ba902b7', start: utc('2026-03-10T14:00:01.5Z'), end: utc('2026-03-10T14:00:03.25Z') },
});
const LINK_CONTEXT: LinkContext = {
  event: EVENT,
  payment: PAYMENT,
  recovery: RECOVERY,
  identity: null,
  service: 'ledger',
  incidentId: incidentId('default', EVENT.id),
  status: 'live',
  meta: { revision: 1, state: 'final', coverage: 1 },
};

describe('the link document', () => {
  it('is the one of the contract', () => {
    const document = toLinkDocument(LINK, LINK_CONTEXT);
    expect(document).toStrictEqual({
      '@timestamp': '2026-03-10T14:00:02.118Z',
      schema: 'link/1',
      tenant: 'default',
      event: {
        id: EVENT.id,
        kind: 'alert',
        dataset: 'falco.alert',
        severity: 73,
        start: '2026-03-10T14:00:02.118Z',
        end: '2026-03-10T14:00:02.118Z',
        count: 1,
        original_id: ['7b6c0d1e'],
      },
      rule: { id: 'falco:Terminal shell in container', name: 'Terminal shell in container' },
      threat: { technique: { id: ['T1059'] } },
      orchestrator: { cluster: { name: 'prod-eu' }, namespace: 'payments' },
      kubernetes: { namespace: 'payments', pod: { name: 'ledger-7d9f-x2x4q', uid: POD_UID }, node: { name: 'node-3' } },
      container: { id: CONTAINER },
      service: { name: 'ledger' },
      trace: { id: TRACE },
      span: { id: '00f067aa0ba902b7', start: '2026-03-10T14:00:01.500Z', end: '2026-03-10T14:00:03.250Z' },
      payment: {
        id: 'pay_881',
        aliases: [{ type: 'end_to_end_id', value: 'E2E-1' }],
        time: '2026-03-10T14:00:01.000Z',
        rail: 'sepa_ct',
        state: 'accepted',
        amount: { value: '48000.00', minor: 4_800_000, remaining: '48000.00', currency: 'EUR' },
        customer: { id: 'c-1' },
        merchant: { id: 'm-1' },
        recover: [
          { class: 'stoppable', action: 'cancel', until: '2026-03-10T15:30:00.000Z' },
          { class: 'recallable', action: 'recall', until: '2027-04-10T21:59:59.000Z' },
        ],
      },
      link: {
        id: LINK.id,
        status: 'live',
        method: 'container_overlap',
        confidence: 0.9,
        gap_ms: 0,
        provenance: 'platform',
        methods: [{ method: 'pod_interval', confidence: 0.6 }],
        matched: { field: 'container.id', event: CONTAINER, span: CONTAINER },
      },
      incident: { id: LINK_CONTEXT.incidentId },
      meta: { revision: 1, state: 'final', coverage: 1 },
    });
    expect(faults('link', document)).toEqual([]);
  });

  it('leaves out what is absent', () => {
    const bare = toLinkDocument(link('ev_1', 'pay_1', 0.1), {
      ...LINK_CONTEXT,
      event: securityEvent(),
      payment: payment(),
      recovery: NOTHING,
      service: null,
      incidentId: null,
    });
    expect(Object.keys(bare)).toEqual(['@timestamp', 'schema', 'tenant', 'event', 'rule', 'payment', 'link', 'meta']);
    expect(bare.payment).toStrictEqual({
      id: 'pay_1',
      aliases: [],
      time: '2026-03-10T12:00:00.000Z',
      rail: 'sepa_ct',
      state: 'accepted',
      amount: { value: '48000.00', minor: 4_800_000, remaining: '0.00', currency: 'EUR' },
      recover: [],
    });
    expect(faults('link', bare)).toEqual([]);
  });

  it('has trace.id alone where no span carried it, and the service of the payment where the span names none', () => {
    const document = toLinkDocument(
      { ...LINK, span: null },
      { ...LINK_CONTEXT, service: null, payment: { ...PAYMENT, service: 'checkout' } },
    );
    expect(document.trace).toEqual({ id: TRACE });
    expect(document).not.toHaveProperty('span');
    expect(document.service).toEqual({ name: 'checkout' });
  });

  it.each([
    [0, 0],
    [-0, 0],
    [1_234_567, 1234.567],
    [-1, -0.001],
    [-62_000_000, -62_000],
    [999_999_999_999, 999_999_999.999],
  ])('has a gap of %i microseconds as %s ms, cut to no more than three decimals', (gap, expected) => {
    const { gap_ms } = toLinkDocument({ ...LINK, gap }, LINK_CONTEXT).link;
    expect(gap_ms).toBe(expected);
    expect(String(gap_ms).split('.')[1]?.length ?? 0).toBeLessThanOrEqual(3);
  });

  it('says where the event happened as far as is known, if that is more than it states', () => {
    const identity = { ...EVENT.identity, containerName: 'ledger' };
    expect(toLinkDocument(LINK, { ...LINK_CONTEXT, identity }).container).toEqual({ id: CONTAINER, name: 'ledger' });
  });
});

describe('the part about the payment', () => {
  const part = (over: Parameters<typeof payment>[0], recovery: Recovery): object =>
    toLinkDocument(LINK, { ...LINK_CONTEXT, payment: payment(over), recovery }).payment;

  it('names flags, country and deadlines that never come', () => {
    const recovery: Recovery = {
      remainingMinor: 500n,
      chain: [{ class: 'recallable', action: 'return_request', until: null, recovery: 0.2 }],
      flags: ['state_inferred'],
    };
    expect(part({ currency: 'JPY', amountMinor: 500n, customerId: 'c', customerCountry: 'JP' }, recovery)).toMatchObject({
      amount: { value: '500', minor: 500, remaining: '500', currency: 'JPY' },
      customer: { id: 'c', country: 'JP' },
      recover: [{ class: 'recallable', action: 'return_request', until: null }],
      flags: ['state_inferred'],
    });
  });

  it('lists no way to have money back that is not out', () => {
    expect(part({}, { ...RECOVERY, remainingMinor: 0n })).toMatchObject({ recover: [] });
  });

  it('skips a time in which nothing can be done', () => {
    const wait = { class: 'final', action: null, until: utc('2026-03-10T15:00:00Z'), recovery: 0 } as const;
    expect(part({}, { ...RECOVERY, chain: [wait, ...RECOVERY.chain] })).toMatchObject({
      recover: [{ action: 'cancel' }, { action: 'recall' }],
    });
  });

  it('takes no amount that JSON would change', () => {
    expect(part({ amountMinor: 9_007_199_254_740_991n }, RECOVERY)).toMatchObject({ amount: { minor: 9_007_199_254_740_991 } });
    expect(() => part({ amountMinor: 9_007_199_254_740_992n }, RECOVERY)).toThrow('beyond what a document can carry');
  });
});

describe('the event document', () => {
  const context: EventContext = {
    identity: null,
    links: { total: 0, unlinkedReason: null, flags: [] },
    incidentId: null,
    progress: FINAL,
  };

  it('says everything that is known of the event', () => {
    const event = {
      ...EVENT,
      end: utc('2026-03-10T14:00:40.000001Z'),
      count: 10_000,
      countCapped: true,
      ongoing: true,
      outcome: 'success' as const,
      traceId: TRACE,
      serviceAccount: { namespace: 'payments', name: 'ledger' },
      resource: { apiGroup: '', resource: 'pods', subresource: 'exec', namespace: 'payments', name: 'ledger-7d9f-x2x4q' },
    };
    const document = toEventDocument(event, {
      ...context,
      links: { total: 3, unlinkedReason: null, flags: ['pods_capped', 'a'] },
      incidentId: 'inc_x',
    });
    expect(document).toMatchObject({
      event: { end: '2026-03-10T14:00:40.000001Z', count: 10_000, count_capped: true, ongoing: true, action: 'shell', outcome: 'success' },
      orchestrator: { resource: { type: 'pods/exec', name: 'ledger-7d9f-x2x4q', namespace: 'payments' } },
      kubernetes: { service_account: { name: 'ledger', namespace: 'payments' } },
      user: { name: 'root' },
      trace: { id: TRACE },
      message: 'a shell was spawned',
      links: { total: 3, flags: ['a', 'pods_capped'] },
      incident: { id: 'inc_x' },
    });
    expect(document.links).not.toHaveProperty('unlinked_reason');
    expect(faults('event', document)).toEqual([]);
  });

  it('leaves out what is absent, and says why nothing was linked', () => {
    const document = toEventDocument(securityEvent({ identity: NO_IDENTITY }), {
      ...context,
      links: { total: 0, unlinkedReason: 'ambiguous_container', flags: [] },
    });
    expect(Object.keys(document)).toEqual(['@timestamp', 'schema', 'tenant', 'event', 'rule', 'links', 'meta']);
    expect(document.event).not.toHaveProperty('ongoing');
    expect(document.links).toEqual({ total: 0, unlinked_reason: 'ambiguous_container', flags: [] });
    expect(faults('event', document)).toEqual([]);
  });

  it('does not change what it was given', () => {
    const flags = Object.freeze(['b', 'a']);
    const techniques = ['T1'];
    Object.freeze(techniques);
    toEventDocument({ ...EVENT, techniques }, { ...context, links: { ...context.links, flags } });
    expect(flags).toEqual(['b', 'a']);
  });
});

describe('the payment document', () => {
  const context: PaymentContext = {
    recovery: RECOVERY,
    answer: 'none_found',
    known: { traces: 2, spansWithIdentity: 0, eventsWatermark: utc('2026-03-10T18:00:00Z'), completeUntil: null, why: 'w' },
    progress: FINAL,
  };

  it('says what is known of it', () => {
    const document = toPaymentDocument({ ...PAYMENT, service: 'ledger', supersededIds: ['pay_880'] }, context);
    expect(document).toMatchObject({
      '@timestamp': '2026-03-10T14:00:01.000Z',
      service: { name: 'ledger' },
      answer: 'none_found',
      known: { traces: 2, spans_with_identity: 0, events_watermark: '2026-03-10T18:00:00.000Z', complete_until: null, why: 'w' },
      superseded_ids: ['pay_880'],
    });
    expect(document.payment).toEqual(toLinkDocument(LINK, LINK_CONTEXT).payment);
    expect(faults('payment', document)).toEqual([]);
  });

  it('may know no currency', () => {
    const document = toPaymentDocument(payment({ amountMinor: 0n, currency: 'XXX' }), { ...context, recovery: NOTHING });
    expect(document.payment.amount).toEqual({ value: '0', minor: 0, remaining: '0', currency: 'XXX' });
    expect(document).not.toHaveProperty('service');
    expect(faults('payment', document)).toEqual([]);
  });
});

describe('the incident document', () => {
  const row = (currency: string): Exposure => ({
    currency,
    linkedMinor: 4_925_050n,
    stoppableMinor: 4_800_000n,
    recallableMinor: 0n,
    finalMinor: 125_050n,
    upperMinor: 6_100_000n,
    payments: 2,
  });
  const incident: Incident = {
    id: incidentId('default', EVENT.id),
    tenant: 'default',
    eventIds: Array.from({ length: 101 }, (_, i) => `ev_${i}`),
    start: EVENT.start,
    end: utc('2026-03-10T14:20:00Z'),
    title: 'A title',
    severity: 73,
    techniques: ['T1059'],
    linkIds: ['lk_1'],
    weakLinkIds: [],
    paymentIds: ['p1', 'p2'],
    weakPaymentIds: ['p3'],
    exposures: [row('EUR')],
    clock: [{ deadline: utc('2026-03-10T15:30:00Z'), currency: 'EUR', amountMinor: 4_800_000n, payments: 1, actions: ['cancel'] }],
    bindingRatio: null,
    continues: null,
  };
  const context: IncidentContext = {
    entities: { pods: ['payments/ledger'], containers: [], serviceAccounts: [], resources: [] },
    report: null,
    asOf: utc('2026-03-10T14:21:00Z'),
    completeUntil: utc('2026-03-10T14:00:00Z'),
    progress: FINAL,
  };

  it('says what happened and what it costs', () => {
    const { meta, ...document } = toIncidentDocument(incident, context);
    expect(document).toStrictEqual({
      '@timestamp': '2026-03-10T14:00:02.118Z',
      schema: 'incident/1',
      tenant: 'default',
      incident: {
        id: incident.id,
        title: 'A title',
        status: 'new',
        severity: 73,
        start: '2026-03-10T14:00:02.118Z',
        end: '2026-03-10T14:20:00.000Z',
      },
      threat: { technique: { id: ['T1059'] } },
      events: { total: 101, ids: incident.eventIds.slice(0, 100) },
      entities: { pods: ['payments/ledger'], containers: [], service_accounts: [], resources: [] },
      payments: { total: 2, ids: ['p1', 'p2'] },
      weak: { total: 1, ids: ['p3'] },
      impact: {
        as_of: '2026-03-10T14:21:00.000Z',
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
        clock: [{ deadline: '2026-03-10T15:30:00.000Z', currency: 'EUR', amount: '48000.00', payments: 1, actions: ['cancel'] }],
        binding_ratio: null,
      },
      coverage: { complete_until: '2026-03-10T14:00:00.000Z' },
    });
    expect(faults('incident', { ...document, meta })).toEqual([]);
  });

  it('has the figures in the report currency beside their rates, and what it was cut from', () => {
    const report = { ...row('JPY'), rates: { 'EUR/JPY': '160' } };
    const document = toIncidentDocument({ ...incident, continues: 'inc_0', bindingRatio: 0.75 }, { ...context, report });
    expect(document.impact.report).toStrictEqual({
      currency: 'JPY',
      linked: '4925050',
      stoppable: '4800000',
      recallable: '0',
      final: '125050',
      lower: '4925050',
      upper: '6100000',
      rates: { 'EUR/JPY': '160' },
    });
    expect(document.incident.continues).toBe('inc_0');
    expect(document.impact.binding_ratio).toBe(0.75);
    expect(faults('incident', document)).toEqual([]);
  });
});

describe('meta', () => {
  const document = toPaymentDocument(PAYMENT, {
    recovery: RECOVERY,
    answer: 'linked',
    known: { traces: 1, spansWithIdentity: 1, eventsWatermark: null, completeUntil: null, why: 'w' },
    progress: { revision: 3, state: 'open' },
  });

  it('has the hash of everything else, as canonical JSON', () => {
    const { meta, ...content } = document;
    expect(meta).toEqual({
      revision: 3,
      state: 'open',
      model_version: MODEL_VERSION,
      content_hash: sha256Hex(canonicalJson(JSON.parse(JSON.stringify(content)) as Json)),
    });
  });

  it('does not hash how far the document has come', () => {
    const known = { traces: 1, spansWithIdentity: 1, eventsWatermark: null, completeUntil: null, why: 'w' };
    const again = toPaymentDocument(PAYMENT, { recovery: RECOVERY, answer: 'linked', known, progress: FINAL });
    expect(again.meta.content_hash).toBe(document.meta.content_hash);
    const other = toPaymentDocument(PAYMENT, { recovery: RECOVERY, answer: 'none_found', known, progress: FINAL });
    expect(other.meta.content_hash).not.toBe(document.meta.content_hash);
  });
});

describe('schemas/', () => {
  it.each(Object.entries(DOCUMENT_SCHEMAS))('%s is fresh (node tools/generate-schemas.ts)', (file, schema) => {
    const path = fileURLToPath(new URL(`../../../schemas/${file}`, import.meta.url));
    expect(readFileSync(path, 'utf8')).toBe(`${JSON.stringify(schema, null, 2)}\n`);
  });

  it('refuse what is no document', () => {
    const document = toLinkDocument(LINK, LINK_CONTEXT);
    const wrong = { ...document, '@timestamp': 'yesterday', link: { ...document.link, method: 'guess', confidence: 2 } };
    expect(faults('link', wrong).map((fault) => fault.split(' ')[0])).toEqual(
      expect.arrayContaining(['/@timestamp', '/link/method', '/link/confidence']),
    );
  });
});
