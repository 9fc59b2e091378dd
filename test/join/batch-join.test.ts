import { describe, expect, test } from 'vitest';
import { BatchJoin, type BatchJoinResult } from '../../src/join/batch-join.ts';
import { NO_IDENTITY } from '../../src/model/identity.ts';
import type { JoinSettings } from '../../src/model/join-settings.ts';
import type { PaymentEvent } from '../../src/model/payment.ts';
import type { RuleMatch } from '../../src/model/security-event.ts';
import type { SpanIdentity, SpanRecord } from '../../src/model/span-record.ts';
import { at, joinSettings, match, paymentEvent, spanIdentity } from './builders.ts';

const LEDGER = spanIdentity({ podUid: 'A', containerId: 'c'.repeat(64), serviceName: 'ledger' });

interface Scene {
  matches?: RuleMatch[];
  payments?: PaymentEvent[];
  spans?: [SpanIdentity, Partial<SpanRecord>][];
  settings?: Partial<JoinSettings>;
}

function play(scene: Scene): BatchJoinResult {
  const chunks: Uint8Array[] = [];
  const log = {
    append: (chunk: Uint8Array) => chunks.push(chunk),
    chunks: () => chunks,
    bytes: 0,
    close: () => {},
  };
  const join = new BatchJoin({
    tenant: 'default',
    cluster: null,
    paymentsProvenance: 'platform',
    settings: joinSettings(scene.settings),
    fold: true,
    rank: () => 0,
    attribute: (name) => ({ type: null, order: name === 'order.id' }),
    log,
  });
  for (const payment of scene.payments ?? [paymentEvent()]) join.addPaymentEvent(payment);
  for (const one of scene.matches ?? []) join.addObservation(one.observation, [one]);
  for (const [n, [identity, span]] of (scene.spans ?? []).entries())
    join.addSpans({ identity, spans: [spanOf(n, span)] });
  return join.finish();
}

function spanOf(n: number, span: Partial<SpanRecord>): SpanRecord {
  const spanId = String(n + 1).padStart(16, '0');
  return {
    traceId: '1'.repeat(32),
    spanId,
    start: at('00:00'),
    end: at('00:01'),
    transactionIds: [],
    ...span,
  };
}

function links(result: BatchJoinResult): object[] {
  return [...result.ways.all()].map(({ payment, way, methods }) => ({
    payment: result.table.payments[payment]?.id,
    method: way.method,
    confidence: way.confidence,
    gap: way.gap,
    others: [...methods.keys()].filter((method) => method !== way.method),
  }));
}

const shell = (time: string, over: Partial<typeof NO_IDENTITY> = {}): RuleMatch =>
  match({ start: at(time), end: at(time), identity: { ...NO_IDENTITY, podUid: 'A', ...over } });
const pays = { transactionIds: [{ attribute: 'payment.id', value: 'pay_1' }] };

describe('batch join', () => {
  test('[J8] an exec in the container during the span is an overlap, in another container of the pod an interval', () => {
    const inContainer = play({
      matches: [shell('00:00', { containerId: 'c'.repeat(12) })],
      spans: [[LEDGER, pays]],
    });
    expect(links(inContainer)).toEqual([
      { payment: 'pay_1', method: 'container_overlap', confidence: 0.9, gap: 0, others: [] },
    ]);
    const inPod = play({ matches: [shell('00:00')], spans: [[LEDGER, pays]] });
    expect(links(inPod)).toMatchObject([{ method: 'pod_interval', confidence: 0.6 }]);
  });

  test('the id may be on another span of the trace, within the binding horizon only', () => {
    const other = spanIdentity({ podUid: 'B' });
    const near: Scene = {
      matches: [shell('00:00')],
      spans: [
        [LEDGER, {}],
        [other, { ...pays, start: at('05:01'), end: at('05:02') }],
      ],
    };
    expect(links(play(near))).toHaveLength(1);
    const far: Scene = {
      ...near,
      spans: [
        [LEDGER, {}],
        [other, { ...pays, start: at('05:01') + 1, end: at('05:02') }],
      ],
    };
    expect(links(play(far))).toHaveLength(0);
  });

  test('[J13] an order id binds with factor 0.8, and the payment naming the trace with 1', () => {
    const byOrder = { transactionIds: [{ attribute: 'order.id', value: 'pay_1' }] };
    expect(links(play({ matches: [shell('00:00')], spans: [[LEDGER, byOrder]] }))).toMatchObject([
      { confidence: 0.48 },
    ]);
    const named = [paymentEvent({ traceId: '1'.repeat(32) })];
    expect(
      links(play({ matches: [shell('00:00')], payments: named, spans: [[LEDGER, byOrder]] })),
    ).toMatchObject([{ confidence: 0.6 }]);
  });

  test('[J14] a bulk trace links nothing, but says what it withheld', () => {
    const payments = [1, 2, 3].map((n) => paymentEvent({ ownId: `p${n}`, traceId: '1'.repeat(32) }));
    const result = play({
      matches: [shell('00:00')],
      payments,
      spans: [[LEDGER, {}]],
      settings: { maxPaymentsPerTrace: 2 },
    });
    expect(links(result)).toEqual([]);
    expect([...(result.withheld.get(0) ?? [])]).toEqual([0, 1, 2]);
  });

  test('[J16] an event that names the trace needs no span, and takes the smallest gap of those there are', () => {
    const event = match({ start: at('10:00'), end: at('10:00'), traceId: '1'.repeat(32) });
    const payments = [paymentEvent({ traceId: '1'.repeat(32) })];
    expect(links(play({ matches: [event], payments }))).toMatchObject([
      { method: 'trace_exact', confidence: 0.98, gap: 0 },
    ]);
    const nowhere = spanIdentity();
    const spans: Scene['spans'] = [
      [nowhere, { start: at('08:58'), end: at('09:00') }],
      [nowhere, { start: at('11:00'), end: at('11:02') }],
    ];
    expect(links(play({ matches: [event], payments, spans }))).toMatchObject([{ gap: -60_000_000 }]);
  });

  test('[J11] a payment that names the pod is linked without any tracing', () => {
    const payments = [paymentEvent({ podUid: 'A', time: at('30:00') })];
    expect(links(play({ matches: [shell('15:00')], payments }))).toMatchObject([
      { method: 'payment_pod', confidence: 0.424264, gap: 900_000_000 },
    ]);
  });

  test('[J12] what the workload itself reports after the event began is capped', () => {
    const self = { ...LEDGER, provenance: 'self' as const };
    const event = shell('00:01', { containerId: 'c'.repeat(64) });
    expect(links(play({ matches: [event], spans: [[self, pays]] }))).toMatchObject([{ confidence: 0.6 }]);
    const before = shell('00:02', { containerId: 'c'.repeat(64) });
    expect(links(play({ matches: [before], spans: [[self, pays]] }))).toMatchObject([
      { confidence: 0.69973 },
    ]);
  });

  test('[J9] workload and service reach further, and weaker', () => {
    const workload = { kind: 'deployment' as const, name: 'ledger' };
    const place = { cluster: 'c', namespace: 'pay', workload };
    const own = { ...LEDGER, ...place };
    const sibling = spanIdentity({ ...place, podUid: 'B', serviceName: 'ledger' });
    const bare = spanIdentity({ cluster: 'c', serviceName: 'ledger' });
    const scene = (identity: SpanIdentity): Scene => ({
      matches: [shell('00:00')],
      spans: [
        [own, { traceId: '2'.repeat(32) }],
        [identity, pays],
      ],
    });
    expect(links(play(scene(sibling)))).toMatchObject([{ method: 'workload_interval', confidence: 0.25 }]);
    expect(links(play(scene(bare)))).toMatchObject([{ method: 'service_interval', confidence: 0.2 }]);
  });

  test('[J9] an account joins only where no pod is known, through the pods known to run as it', () => {
    const account = { namespace: 'pay', name: 'notify' };
    const sighting = {
      at: at('00:00'),
      identity: { ...NO_IDENTITY, cluster: 'c', namespace: 'pay', podName: 'n', podUid: 'A' },
      serviceAccount: account,
    };
    const stolen = match({
      start: at('00:00'),
      end: at('00:00'),
      serviceAccount: account,
      sightings: [sighting],
    });
    const capped = { ...stolen, observation: { ...stolen.observation, nativeTuple: ['2'] } };
    expect(links(play({ matches: [stolen], spans: [[LEDGER, pays]] }))).toMatchObject([
      { method: 'identity_interval', confidence: 0.35 },
    ]);
    const result = play({ matches: [capped], spans: [[LEDGER, pays]], settings: { maxPodsPerEvent: 0 } });
    expect(links(result)).toEqual([]);
    expect(result.hotEvents.events[0]?.podsCapped).toBe(true);
    expect([...(result.withheld.get(0) ?? [])]).toEqual([0]);
  });

  test('a span delivered twice changes nothing but the count of duplicates', () => {
    const once = play({ matches: [shell('00:00')], spans: [[LEDGER, pays]] });
    const twice = play({
      matches: [shell('00:00')],
      spans: [
        [LEDGER, { ...pays, spanId: 'a'.repeat(16) }],
        [LEDGER, { ...pays, spanId: 'a'.repeat(16) }],
      ],
    });
    expect(links(twice)).toEqual(links(once));
    expect(twice.duplicateSpans).toBe(1);
    expect(twice.bindings.traces[0]).toMatchObject({ spans: 1, spansWithIdentity: 1 });
  });
});
