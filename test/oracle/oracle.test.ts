/** The oracle against numbers worked out by hand: f = 0.5^(|gap| / 1800 s). */
import { describe, expect, it } from 'vitest';
import { fnv128, id, micros, microsOfNanos } from './text.ts';
import { at, audit, brief, falco, first, native, payment, run, settings, span, T, TRACE } from './tiny.ts';
import { DEFAULTS } from './types.ts';

const CONTAINER = 'abcdef012345'.padEnd(64, 'e');
const POD = { 'k8s.namespace.name': 'payments', 'k8s.pod.name': 'ledger-0' };
const UID = { 'k8s.pod.uid': 'uid-1' };
const ON_UID = native({ pod_uid: 'uid-1' });
const SECOND = 1_000_000;

describe('ids', () => {
  it('are base32 of the first 128 bits of SHA-256 over the canonical tuple', () => {
    // Worked out with another language's hashlib and base64.
    expect(id('lk', ['link', 'default', 'ev_a', 'pay_1'])).toBe('lk_l324kfs3tjcjlogchtm4pmb73e');
    expect(run({ events: [native({ id: 'n1', rule: 'Odd', pod_uid: 'uid-1' })] }).events[0]?.id).toBe(
      'ev_4d2pifoberh76ctegy36m52j5i',
    );
    const shell = falco({
      'k8s.ns.name': 'payments',
      'k8s.pod.name': 'ledger-0',
      'container.id': 'abcdef012345',
      'user.name': 'root',
      'proc.cmdline': 'sh -i',
    });
    expect(run({ alerts: [shell] }).events[0]?.id).toBe('ev_j4tjz5l743mtqs2ihpilxazgu4');
  });

  it('know the published values of FNV-1a with 128 bits', () => {
    expect(fnv128('')).toBe('6c62272e07bb014262b821756295c58d');
    expect(fnv128('a')).toBe('d228cb696f1a8caf78912b704e4a8964');
  });
});

describe('times', () => {
  it('are cut below the microsecond, and know zones', () => {
    expect(micros('2026-03-10T14:00:02.118999999Z')).toBe(T + 2_118_999);
    expect(micros('2026-03-10T16:00:00+02:00')).toBe(T);
    expect(microsOfNanos(`${T}999`)).toBe(T);
  });
});

describe('window, gap and decay (J1 to J3)', () => {
  const linked = (from: number, to: number) =>
    brief(run({ events: [ON_UID], spans: [span({ from, to, who: UID })], payments: [payment()] }));

  it.each([
    [-10, 5, 0.6, 0],
    [-10, 0, 0.6, 0],
    [0, 0, 0.6, 0],
    [-5, -1, 0.599769, -1000],
    [300, 301, 0.534539, 300_000],
  ])('a span from %d s to %d s is worth %d at gap %d ms', (from, to, confidence, gap) => {
    expect(linked(from, to)).toEqual([['pod_interval', confidence, gap]]);
  });

  it('ends 62 s before and 902 s after the event, both included', () => {
    expect(linked(-70, -62)).toHaveLength(1);
    expect(linked(-70, -62.000001)).toHaveLength(0);
    expect(linked(902, 903)).toHaveLength(1);
    expect(linked(902.000001, 903)).toHaveLength(0);
    expect(linked(-3600, 3600)).toEqual([['pod_interval', 0.6, 0]]);
  });
});

describe('methods (J8, J9)', () => {
  it('container: overlap 0.9, else 0.7 x 0.5^(60/1800) = 0.684012, by prefix and past the scheme', () => {
    const events = [falco({ 'container.id': 'abcdef012345' })];
    const on = (from: number, to: number) =>
      run({
        alerts: events,
        spans: [span({ from, to, who: { 'container.id': `containerd://${CONTAINER}` } })],
        payments: [payment()],
      });
    expect(brief(on(-1, 1))).toEqual([['container_overlap', 0.9, 0]]);
    expect(brief(on(-70, -60))).toEqual([['container_interval', 0.684012, -60_000]]);
    const { matched, traceId, spanId, provenance, id: linkId, eventId } = first(on(-1, 1));
    expect(matched).toEqual({ field: 'container.id', event: 'abcdef012345', span: CONTAINER });
    expect([traceId, spanId, provenance]).toEqual([TRACE, 'bbbbbbbbbbbbbb01', 'platform']);
    expect(linkId).toBe(id('lk', ['link', 'default', eventId, 'pay_1']));
  });

  it('container by name needs the same pod and a side without an id', () => {
    const exec = audit({
      objectRef: { resource: 'pods', subresource: 'exec', namespace: 'payments', name: 'ledger-0' },
      requestURI: '/api/v1/namespaces/payments/pods/ledger-0/exec?command=sh&container=app',
    });
    const on = (container: string) =>
      run(
        {
          audit: [exec],
          spans: [
            span({
              from: 0,
              to: 1,
              who: { ...POD, 'k8s.container.name': container, 'container.id': CONTAINER },
            }),
          ],
          payments: [payment()],
        },
        { rules: settings().rules.slice(0, 1) },
      );
    expect(first(on('app'))).toMatchObject({
      method: 'container_overlap',
      matched: { field: 'container.name', event: 'app', span: 'app' },
    });
    expect(first(on('sidecar'))).toMatchObject({
      method: 'pod_interval',
      matched: { field: 'kubernetes.pod.name', event: 'payments/ledger-0', span: 'payments/ledger-0' },
    });
  });

  it('identity: 0.35 x 0.5^(600/1800) = 0.277795, through the caller and its pod', () => {
    const user = {
      username: 'system:serviceaccount:payments:payer',
      extra: {
        'authentication.kubernetes.io/pod-name': ['ledger-0'],
        'authentication.kubernetes.io/pod-uid': ['uid-1'],
      },
    };
    const teaching = audit({
      verb: 'list',
      user,
      objectRef: { resource: 'configmaps', namespace: 'payments' },
    });
    const spans = [span({ from: 600, to: 601, who: UID })];
    const events = [native({ service_account: 'payments/payer' })];
    const result = run({ audit: [teaching], events, spans, payments: [payment()] });
    expect(brief(result)).toEqual([['identity_interval', 0.277795, 600_000]]);
    expect(first(result).matched).toEqual({
      field: 'kubernetes.service_account',
      event: 'payments/payer',
      span: 'uid-1',
    });
    expect(run({ events, spans, payments: [payment()] }).links).toEqual([]);
    const withPod = [native({ service_account: 'payments/payer', pod_uid: 'uid-2' })];
    expect(run({ audit: [teaching], events: withPod, spans, payments: [payment()] }).links).toEqual([]);
  });

  it('workload: 0.25 x 0.5^(900/1800) = 0.176777, and not beyond max_pods_per_event', () => {
    const workload = { 'k8s.deployment.name': 'ledger', 'k8s.namespace.name': 'payments' };
    const spans = [
      span({ n: 1, from: 0, to: 1, who: { ...UID, ...workload }, ids: {}, trace: TRACE.replace('1', '2') }),
      span({ n: 2, from: 900, to: 901, who: { 'k8s.pod.uid': 'uid-2', 'k8s.job.name': 'x', ...workload } }),
    ];
    const parts = { events: [ON_UID], spans, payments: [payment()] };
    expect(brief(run(parts))).toEqual([['workload_interval', 0.176777, 900_000]]);
    expect(first(run(parts)).matched.event).toBe('deployment/ledger');
    const capped = run(parts, { maxPodsPerEvent: 1 });
    expect(capped.links).toEqual([]);
    expect(capped.podsCapped).toEqual([capped.events[0]?.id]);
  });

  it('service: 0.2 x 0.5^(450/1800) = 0.168179, for spans that name neither pod nor container', () => {
    const who = { 'service.name': 'ledger' };
    const spans = [
      span({ n: 1, from: 0, to: 1, who: { ...UID, ...who }, ids: {}, trace: TRACE.replace('1', '2') }),
      span({ n: 2, from: 450, to: 451, who }),
      span({ n: 3, from: 1, to: 2, who: { ...who, 'k8s.pod.name': 'other' } }),
    ];
    expect(brief(run({ events: [ON_UID], spans, payments: [payment()] }))).toEqual([
      ['service_interval', 0.168179, 450_000],
    ]);
  });

  it('node: off by default; 0.05 x 0.5^(900/1800) = 0.035355, escaped 0.5 x 0.5^(450/1800) = 0.420448', () => {
    const methods = { ...DEFAULTS.methods, node_interval: { base: 0.05, decays: true, enabled: true } };
    const on = (techniques: string[], from: number, changes: Parameters<typeof run>[1]) =>
      brief(
        run(
          {
            events: [native({ node: 'node-a', techniques })],
            spans: [span({ from, to: from, who: { ...UID, 'k8s.node.name': 'node-a' } })],
            payments: [payment()],
          },
          changes,
        ),
      );
    expect(on([], 900, {})).toEqual([]);
    expect(on([], 900, { methods })).toEqual([['node_interval', 0.035355, 900_000]]);
    expect(on(['T1611'], 450, { methods })).toEqual([['node_interval', 0.420448, 450_000]]);
  });

  it('payment_pod: 0.6 x 0.5^(300/1800) = 0.534539, without any span', () => {
    const result = run({ events: [ON_UID], payments: [payment({ time: at(300), pod_uid: 'uid-1' })] });
    expect(brief(result)).toEqual([['payment_pod', 0.534539, 300_000]]);
    expect(first(result)).toMatchObject({ traceId: null, spanId: null, methods: [] });
  });

  it('trace_exact: 0.98, by an order 0.98 x 0.8 = 0.784; of equal gaps the negative one', () => {
    const ids = { 'order.id': 'ord-1' };
    const spans = [span({ n: 1, from: -9, to: -5, ids }), span({ n: 2, from: 5, to: 6, ids: {} })];
    const order = payment({ ids: [{ type: 'order_id', value: 'ord-1' }] });
    const events = [native({ trace_id: TRACE.toUpperCase() })];
    const result = run({ events, spans, payments: [order] });
    expect(brief(result)).toEqual([['trace_exact', 0.784, -5000]]);
    expect(first(result)).toMatchObject({ traceId: TRACE, spanId: null });
    expect(brief(run({ events, payments: [payment({ trace_id: TRACE })] }))).toEqual([
      ['trace_exact', 0.98, 0],
    ]);
  });

  it('ignores a trace id that is the hash of namespace and pod', () => {
    const madeUp = fnv128('payments:ledger-0');
    const spans = [span({ from: 0, to: 1, trace: madeUp })];
    const named = native({ namespace: 'payments', pod: 'ledger-0', trace_id: madeUp });
    expect(run({ events: [named], spans, payments: [payment()] }).links).toEqual([]);
    expect(run({ events: [native({ trace_id: madeUp })], spans, payments: [payment()] }).links).toHaveLength(
      1,
    );
  });
});

describe('caps, bindings and ids (J12 to J15)', () => {
  it('caps self-reported identity at 0.6 unless the span ended before the event', () => {
    const on = (from: number, to: number) =>
      brief(
        run(
          {
            alerts: [falco({ 'container.id': 'abcdef012345' })],
            spans: [span({ from, to, who: { 'container.id': CONTAINER } })],
            payments: [payment()],
          },
          { spanProvenance: 'self' },
        ),
      );
    expect(on(-1, 0)).toEqual([['container_overlap', 0.6, 0]]);
    expect(on(-2, -1)).toEqual([['container_interval', 0.69973, -1000]]);
  });

  it('binds over 5 min from either end of the matching span, bounds included', () => {
    const at300 = (start: number) =>
      run({
        events: [ON_UID],
        spans: [
          span({ n: 1, from: 0, to: 10, who: UID, ids: {} }),
          span({ n: 2, from: start, to: start + 999, ids: { 'payment.id': 'pay_1' } }),
        ],
        payments: [payment()],
      }).links.length;
    expect([-300.000001, -300, 310, 310.000001].map(at300)).toEqual([0, 1, 1, 0]);
  });

  it('makes no link over a trace with too many payments', () => {
    const ids = { 'payment.id': 'pay_1', 'payment.transaction_id': 'pay_2' };
    const payments = [payment(), payment({ id: 'pay_2' })];
    const parts = { events: [ON_UID], spans: [span({ from: 0, to: 1, who: UID, ids })], payments };
    expect(run(parts).links).toHaveLength(2);
    const bulk = run(parts, { maxPaymentsPerTrace: 1 });
    expect([bulk.links, bulk.bulkTraces]).toEqual([[], [TRACE]]);
  });

  it('takes the one payment of an alias within 7 days, and none of two', () => {
    const ids = [{ type: 'end_to_end_id', value: 'E2E' }];
    const days = (n: number) => new Date(T / 1000 + n * 86_400_000).toISOString();
    const other = (time: string) =>
      run({
        events: [ON_UID],
        spans: [span({ from: 0, to: 1, who: UID, ids: { 'payment.end_to_end_id': ' E2E ' } })],
        payments: [payment({ ids }), payment({ id: 'pay_2', ids, time })],
      });
    expect(other(days(8)).links.map((link) => link.paymentId)).toEqual(['pay_1']);
    expect(other(days(7)).links).toEqual([]);
    expect(other(days(7)).ambiguous.ambiguous_alias).toBe(1);
  });

  it('finds strong ids by any attribute, and aliases by their type only', () => {
    const ids = [
      { type: 'psp_reference', value: 'psp-1' },
      { type: 'order_id', value: 'ord-1' },
    ];
    const on = (name: string, value: string) =>
      run({
        events: [ON_UID],
        spans: [span({ from: 0, to: 1, who: UID, ids: { [name]: value } })],
        payments: [payment({ ids })],
      }).links.map((link) => link.confidence);
    expect(on('payment.uetr', 'psp-1')).toEqual([0.6]);
    expect(on('payment.end_to_end_id', 'ord-1')).toEqual([]);
    expect(on('payment.transaction_id', 'ord-1')).toEqual([0.6]);
    expect(on('order.id', 'ord-1')).toEqual([0.48]);
    expect(on('payment.transaction_id', 'notprovided')).toEqual([]);
  });

  it('lets a strong id win over an alias, and a sure id over an order', () => {
    const on = (ids: Record<string, string>) =>
      run({
        events: [ON_UID],
        spans: [span({ from: 0, to: 1, who: UID, ids })],
        payments: [payment(), payment({ id: 'pay_2', ids: [{ type: 'order_id', value: 'pay_1' }] })],
      }).links.map((link) => [link.paymentId, link.confidence]);
    expect(on({ 'payment.transaction_id': 'pay_1' })).toEqual([['pay_1', 0.6]]);
    expect(on({ 'order.id': 'pay_1' })).toEqual([['pay_1', 0.48]]);
    expect(on({ 'order.id': 'pay_1', 'payment.id': 'pay_1' })).toEqual([['pay_1', 0.6]]);
  });
});

describe('best way (J17)', () => {
  it('lists the other methods by confidence, and breaks ties by start and span id', () => {
    const who = { 'container.id': CONTAINER };
    const spans = [
      span({ n: 3, from: -1, to: 1, who }),
      span({ n: 2, from: -1, to: 1, who }),
      span({ n: 1, from: 0, to: 1, who }),
      span({ n: 4, from: 60, to: 61, who }),
      span({ n: 5, from: 0, to: 1, who: UID }),
    ];
    const both = native({ pod_uid: 'uid-1', container_id: CONTAINER, trace_id: TRACE });
    expect(first(run({ events: [both], spans, payments: [payment()] }))).toMatchObject({
      method: 'trace_exact',
      methods: [
        { method: 'container_overlap', confidence: 0.9 },
        { method: 'container_interval', confidence: 0.684012 },
        { method: 'pod_interval', confidence: 0.6 },
      ],
    });
    const plain = run({ events: [native({ container_id: CONTAINER })], spans, payments: [payment()] });
    expect(first(plain).spanId).toBe('bbbbbbbbbbbbbb02');
  });
});

describe('identity (J5 to J7, J10)', () => {
  const named = native({ namespace: 'payments', pod: 'ledger-0' });
  const sighting = (seconds: number, uid: string, n: number) =>
    span({ n, from: seconds, to: seconds, who: { ...POD, 'k8s.pod.uid': uid }, ids: {} });
  const DAY = 86_400;

  it('gives a reused name the uid that was alive, else the only one within a day', () => {
    const on = (spans: ReturnType<typeof span>[]) =>
      run({
        events: [named],
        spans: [...spans, span({ n: 9, from: 0, to: 1, who: UID })],
        payments: [payment()],
      });
    expect(
      on([sighting(-50, 'uid-1', 1), sighting(50, 'uid-1', 2), sighting(60, 'uid-2', 3)]).links,
    ).toHaveLength(1);
    expect(on([sighting(DAY, 'uid-1', 1)]).links).toHaveLength(1);
    expect(on([sighting(DAY + 0.000001, 'uid-1', 1)]).links).toHaveLength(0);
    const two = on([sighting(-50, 'uid-1', 1), sighting(60, 'uid-2', 2)]);
    expect([two.links.length, two.ambiguous.ambiguous_pod]).toEqual([0, 1]);
  });

  it('takes the only cluster that is named with the name, and none of two', () => {
    const on = (...clusters: string[]) =>
      run({
        events: [named],
        spans: clusters.map((cluster, n) =>
          span({ n, from: 0, to: 1, who: { ...POD, 'k8s.cluster.name': cluster } }),
        ),
        payments: [payment()],
      });
    expect(on('prod').links).toHaveLength(1);
    expect(on('prod', 'dr').links).toHaveLength(0);
    expect(on('prod', 'dr').ambiguous.ambiguous_cluster).toBe(1);
  });

  it('narrows a shared container prefix by pod, then by cluster, else names nobody', () => {
    const other = 'abcdef012345'.padEnd(64, 'f');
    const who = (container: string, more: Record<string, string>) => ({ 'container.id': container, ...more });
    const on = (event: Parameters<typeof native>[0]) =>
      run({
        events: [native({ container_id: 'abcdef012345', ...event })],
        spans: [
          span({ n: 1, from: 0, to: 1, who: who(CONTAINER, { ...UID, 'k8s.cluster.name': 'prod' }) }),
          span({ n: 2, from: 0, to: 1, who: who(other, { 'k8s.pod.uid': 'uid-2' }) }),
        ],
        payments: [payment()],
      });
    expect(brief(on({ pod_uid: 'uid-2' }))).toEqual([['container_overlap', 0.9, 0]]);
    expect(first(on({ pod_uid: 'uid-2' })).spanId).toBe('bbbbbbbbbbbbbb02');
    expect(first(on({ cluster: 'prod' })).spanId).toBe('bbbbbbbbbbbbbb01');
    expect(on({})).toMatchObject({ links: [], ambiguous: { ambiguous_container: 1 } });
  });

  it('knows a pod by its container, and by a host name that is its name, which the workload reports itself', () => {
    const container = native({ container_id: CONTAINER });
    const teaching = span({
      n: 1,
      from: -5000,
      to: -4000,
      who: { ...POD, 'container.id': CONTAINER },
      ids: {},
    });
    const host = span({ n: 2, from: 0, to: 1, who: { 'host.name': 'ledger-0' } });
    const result = run({ events: [container], spans: [teaching, host], payments: [payment()] });
    expect(first(result)).toMatchObject({ method: 'pod_interval', provenance: 'self' });
  });
});

describe('events (F2 to F4) and payments (J18)', () => {
  it('folds within the minute, counts distinct records once, and keeps the smallest start', () => {
    const fold = (id_: string, seconds: number) => native({ id: id_, time: at(seconds), pod_uid: 'uid-1' });
    const { events } = run({ events: [fold('b', 59), fold('a', 3), fold('b', 59), fold('c', 60)] });
    expect(
      events.map(({ start, end, count, originalIds }) => [start - T, end - T, count, originalIds]),
    ).toEqual([
      [3 * SECOND, 59 * SECOND, 2, ['a', 'b']],
      [60 * SECOND, 60 * SECOND, 1, ['c']],
    ]);
  });

  it('merges the stages of a request; a started session lasts until the latest time, 8 h at most', () => {
    const exec = {
      objectRef: { resource: 'pods', subresource: 'exec', namespace: 'payments', name: 'ledger-0' },
      requestURI: '/exec?command=sh',
    };
    const started = audit({ ...exec, stage: 'ResponseStarted', stageTimestamp: at(1) });
    const complete = audit({ ...exec, stage: 'ResponseComplete', stageTimestamp: at(40) });
    const rules = settings().rules.slice(0, 1);
    const ends = (records: Parameters<typeof audit>[0][], to: number) =>
      run({ audit: records, spans: [span({ from: 0, to })] }, { rules }).events.map(({ end, ongoing }) => [
        (end - T) / SECOND,
        ongoing,
      ]);
    expect(ends([complete, started], 100)).toEqual([[40, false]]);
    expect(ends([started], 100)).toEqual([[100, true]]);
    expect(ends([started], 90_000)).toEqual([[28_800, true]]);
    expect(ends([started], 0)).toEqual([[1, true]]);
    expect(ends([{ ...started, stageTimestamp: at(30_000) }], 0)).toEqual([[30_000, true]]);
    expect(ends([complete, { ...started, stageTimestamp: at(50) }], 100)).toEqual([[50, false]]);
  });

  it.each([
    ['authorized', 'captured'],
    ['authorized', 'settled'],
    ['captured', 'settled'],
    ['captured', 'refunded'],
    ['settled', 'refunded'],
  ])('of %s and %s at one time takes the one of the higher rank', (lower, higher) => {
    const payments = [payment({ state: higher }), payment({ state: lower })];
    expect(run({ payments }).payments[0]?.state).toBe(higher);
  });

  it('merges payments by UETR, and takes the state of the latest time and highest rank', () => {
    const ids = [{ type: 'uetr', value: 'aaaaaaaa-1111-4111-8111-111111111111' }];
    const { payments } = run({
      payments: [
        payment({ ids, time: at(10), state: 'captured' }),
        payment({ ids, id: 'pay_0', time: at(10), state: 'authorized' }),
        payment({ id: 'pay_0', time: at(-5), state: 'settled' }),
      ],
    });
    expect(payments).toEqual([
      {
        id: 'pay_0',
        time: T - 5 * SECOND,
        state: 'captured',
        rail: 'card',
        aliases: ids,
        supersededIds: ['pay_1'],
      },
    ]);
  });
});
