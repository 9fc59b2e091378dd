import { describe, expect, it } from 'vitest';
import { toLinkDocument } from '../../../src/model/documents/to-link.ts';
import type { Recovery } from '../../../src/model/recovery.ts';
import { link, payment, securityEvent, utc } from '../../incidents/builders.ts';
import {
  CONTAINER,
  EVENT,
  faults,
  LINK,
  LINK_CONTEXT,
  NOTHING,
  PAYMENT,
  POD_UID,
  RECOVERY,
  TRACE,
} from './story.ts';

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
      kubernetes: {
        namespace: 'payments',
        pod: { name: 'ledger-7d9f-x2x4q', uid: POD_UID },
        node: { name: 'node-3' },
      },
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
    expect(Object.keys(bare)).toEqual([
      '@timestamp',
      'schema',
      'tenant',
      'event',
      'rule',
      'payment',
      'link',
      'meta',
    ]);
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
    expect(toLinkDocument(LINK, { ...LINK_CONTEXT, identity }).container).toEqual({
      id: CONTAINER,
      name: 'ledger',
    });
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
    expect(
      part({ currency: 'JPY', amountMinor: 500n, customerId: 'c', customerCountry: 'JP' }, recovery),
    ).toMatchObject({
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
    expect(part({ amountMinor: 9_007_199_254_740_991n }, RECOVERY)).toMatchObject({
      amount: { minor: 9_007_199_254_740_991 },
    });
    expect(() => part({ amountMinor: 9_007_199_254_740_992n }, RECOVERY)).toThrow(
      'beyond what a document can carry',
    );
  });
});
