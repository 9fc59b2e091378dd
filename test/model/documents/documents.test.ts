import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { DOCUMENT_SCHEMAS } from '../../../src/model/documents/json-schemas.ts';
import { toEventDocument, type EventContext } from '../../../src/model/documents/to-event.ts';
import { toIncidentDocument, type IncidentContext } from '../../../src/model/documents/to-incident.ts';
import { toLinkDocument } from '../../../src/model/documents/to-link.ts';
import { toPaymentDocument, type PaymentContext } from '../../../src/model/documents/to-payment.ts';
import { NO_IDENTITY } from '../../../src/model/identity.ts';
import { canonicalJson } from '../../../src/model/canonical-json.ts';
import { incidentId, sha256Hex } from '../../../src/model/ids.ts';
import type { Json } from '../../../src/model/json.ts';
import type { Exposure, Incident } from '../../../src/model/incident.ts';
import { MODEL_VERSION } from '../../../src/model/model-version.ts';
import { payment, securityEvent, utc } from '../../incidents/builders.ts';
import { EVENT, faults, FINAL, LINK, LINK_CONTEXT, NOTHING, PAYMENT, RECOVERY, TRACE } from './story.ts';

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
      resource: {
        apiGroup: '',
        resource: 'pods',
        subresource: 'exec',
        namespace: 'payments',
        name: 'ledger-7d9f-x2x4q',
      },
    };
    const document = toEventDocument(event, {
      ...context,
      links: { total: 3, unlinkedReason: null, flags: ['pods_capped', 'a'] },
      incidentId: 'inc_x',
    });
    expect(document).toMatchObject({
      event: {
        end: '2026-03-10T14:00:40.000001Z',
        count: 10_000,
        count_capped: true,
        ongoing: true,
        action: 'shell',
        outcome: 'success',
      },
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
    expect(Object.keys(document)).toEqual([
      '@timestamp',
      'schema',
      'tenant',
      'event',
      'rule',
      'links',
      'meta',
    ]);
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
    known: {
      traces: 2,
      spansWithIdentity: 0,
      eventsWatermark: utc('2026-03-10T18:00:00Z'),
      completeUntil: null,
      why: 'w',
    },
    progress: FINAL,
  };

  it('says what is known of it', () => {
    const document = toPaymentDocument(
      { ...PAYMENT, service: 'ledger', supersededIds: ['pay_880'] },
      context,
    );
    expect(document).toMatchObject({
      '@timestamp': '2026-03-10T14:00:01.000Z',
      service: { name: 'ledger' },
      answer: 'none_found',
      known: {
        traces: 2,
        spans_with_identity: 0,
        events_watermark: '2026-03-10T18:00:00.000Z',
        complete_until: null,
        why: 'w',
      },
      superseded_ids: ['pay_880'],
    });
    expect(document.payment).toEqual(toLinkDocument(LINK, LINK_CONTEXT).payment);
    expect(faults('payment', document)).toEqual([]);
  });

  it('may know no currency', () => {
    const document = toPaymentDocument(payment({ amountMinor: 0n, currency: 'XXX' }), {
      ...context,
      recovery: NOTHING,
    });
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
    clock: [
      {
        deadline: utc('2026-03-10T15:30:00Z'),
        currency: 'EUR',
        amountMinor: 4_800_000n,
        payments: 1,
        actions: ['cancel'],
      },
    ],
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
        clock: [
          {
            deadline: '2026-03-10T15:30:00.000Z',
            currency: 'EUR',
            amount: '48000.00',
            payments: 1,
            actions: ['cancel'],
          },
        ],
        binding_ratio: null,
      },
      coverage: { complete_until: '2026-03-10T14:00:00.000Z' },
    });
    expect(faults('incident', { ...document, meta })).toEqual([]);
  });

  it('has the figures in the report currency beside their rates, and what it was cut from', () => {
    const report = { ...row('JPY'), rates: { 'EUR/JPY': '160' } };
    const document = toIncidentDocument(
      { ...incident, continues: 'inc_0', bindingRatio: 0.75 },
      { ...context, report },
    );
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
    const again = toPaymentDocument(PAYMENT, {
      recovery: RECOVERY,
      answer: 'linked',
      known,
      progress: FINAL,
    });
    expect(again.meta.content_hash).toBe(document.meta.content_hash);
    const other = toPaymentDocument(PAYMENT, {
      recovery: RECOVERY,
      answer: 'none_found',
      known,
      progress: FINAL,
    });
    expect(other.meta.content_hash).not.toBe(document.meta.content_hash);
  });
});

describe('schemas/', () => {
  it.each(Object.entries(DOCUMENT_SCHEMAS))(
    '%s is fresh (node tools/generate-schemas.ts)',
    (file, schema) => {
      const path = fileURLToPath(new URL(`../../../schemas/${file}`, import.meta.url));
      expect(readFileSync(path, 'utf8')).toBe(`${JSON.stringify(schema, null, 2)}\n`);
    },
  );

  it('refuse what is no document', () => {
    const document = toLinkDocument(LINK, LINK_CONTEXT);
    const wrong = {
      ...document,
      '@timestamp': 'yesterday',
      link: { ...document.link, method: 'guess', confidence: 2 },
    };
    expect(faults('link', wrong).map((fault) => fault.split(' ')[0])).toEqual(
      expect.arrayContaining(['/@timestamp', '/link/method', '/link/confidence']),
    );
  });
});
