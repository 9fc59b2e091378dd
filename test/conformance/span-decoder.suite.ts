// Goal: every decoder of spans makes the same of the same spans, whatever the encoding. Method: one list of cases as
// plain OTLP values; the decoder under test brings the encoder.
import { describe, expect, it } from 'vitest';
import type { SpanContext } from '../../src/formats/otlp/span-context.ts';
import type { SpanIdentity } from '../../src/model/span-record.ts';
import type { DecodedSpans } from '../../src/ports/span-decoder.ts';
import { CARD, spanContext } from '../formats/span-context.ts';
import {
  END,
  list,
  span,
  SPAN,
  START,
  text,
  TRACE,
  traces,
  whole,
  type Span,
  type Traces,
} from './otlp-spans.ts';

export type Decode = (traces: Traces) => DecodedSpans;

const NOTHING: SpanIdentity = {
  cluster: null,
  namespace: null,
  podName: null,
  podUid: null,
  containerId: null,
  containerName: null,
  node: null,
  serviceName: null,
  serviceNamespace: null,
  workload: null,
  hostName: null,
  provenance: 'platform',
};

const PLAIN = {
  traceId: TRACE,
  spanId: SPAN,
  start: 1544712660000001,
  end: 1544712661000000,
  transactionIds: [],
};

const POD = [
  text('service.name', 'ledger'),
  text('service.namespace', 'shop'),
  text('k8s.cluster.name', 'prod-eu'),
  text('k8s.namespace.name', 'payments'),
  text('k8s.pod.name', 'ledger-7d9f-x2x4q'),
  text('k8s.pod.uid', '0f5a7b9e-1111-4222-8333-123456789abc'),
  text('container.id', `containerd://${'AB'.repeat(32)}`),
  text('k8s.container.name', 'app'),
  text('k8s.node.name', 'node-1'),
  text('k8s.job.name', 'ledger-28'),
  text('k8s.cronjob.name', 'ledger'),
  text('host.name', 'ledger-7d9f-x2x4q'),
];

/** @param create a decoder for a context, in front of which the encoder stands */
export function spanDecoderSuite(name: string, create: (context: SpanContext) => Decode): void {
  const decodeWith = (differences: Partial<SpanContext>): Decode => create(spanContext(differences));
  const decode: Decode = (value) => decodeWith({})(value);
  const idsOf = (value: Traces): string[] =>
    decode(value).batches.flatMap(({ spans }) =>
      spans.flatMap(({ transactionIds }) => transactionIds.map((id) => `${id.attribute}=${id.value}`)),
    );
  const reasonOf = (differences: Partial<Span>): string[] => {
    const { batches, refused } = decode(traces([span(differences), span()]));
    expect(batches).toEqual([{ identity: NOTHING, spans: [PLAIN] }]);
    return refused.map(({ reason }) => reason);
  };

  describe(`${name}: spans`, () => {
    it('cuts nanoseconds to microseconds, exactly', () => {
      expect(decode(traces([span()]))).toEqual({
        batches: [{ identity: NOTHING, spans: [PLAIN] }],
        ignored: {},
        refused: [],
      });
      for (const nanos of ['999999999999', '4294967296000', '1773151202118999999', '8999999999999999999']) {
        const [batch] = decode(traces([span({ startTimeUnixNano: nanos, endTimeUnixNano: nanos })])).batches;
        expect(batch?.spans[0]?.start).toBe(Number(BigInt(nanos) / 1000n));
      }
    });

    it('ends a span without an end where it starts', () => {
      for (const end of [{}, { endTimeUnixNano: '0' }]) {
        const [batch] = decode(
          traces([{ traceId: TRACE, spanId: SPAN, startTimeUnixNano: START, ...end }]),
        ).batches;
        expect(batch?.spans).toEqual([{ ...PLAIN, end: PLAIN.start }]);
      }
    });

    it('refuses a span by itself, and takes the others', () => {
      expect(reasonOf({ traceId: '0'.repeat(32) })).toEqual(['bad_trace_id']);
      expect(reasonOf({ traceId: 'abcd' })).toEqual(['bad_trace_id']);
      expect(reasonOf({ traceId: '' })).toEqual(['bad_trace_id']);
      expect(reasonOf({ traceId: `${TRACE}00` })).toEqual(['bad_trace_id']);
      expect(reasonOf({ spanId: '0'.repeat(16) })).toEqual(['bad_span_id']);
      expect(reasonOf({ spanId: TRACE })).toEqual(['bad_span_id']);
      expect(reasonOf({ startTimeUnixNano: '0' })).toEqual(['missing_time']);
      expect(reasonOf({ startTimeUnixNano: '18446744073709551615' })).toEqual(['bad_time']);
      expect(reasonOf({ endTimeUnixNano: '18446744073709551615' })).toEqual(['bad_time']);
      expect(reasonOf({ startTimeUnixNano: END, endTimeUnixNano: START })).toEqual(['time_order']);
    });

    it('leaves out what a forwarder made of security events, and counts it', () => {
      expect(decode(traces([span(), span()], POD, { name: 'falco-event' }))).toEqual({
        batches: [],
        ignored: { falco_event_scope: 2 },
        refused: [],
      });
    });

    it('takes an export without spans', () => {
      expect(decode({ resourceSpans: [] })).toEqual({ batches: [], ignored: {}, refused: [] });
    });
  });

  describe(`${name}: identity`, () => {
    it('takes the identity from the resource, the outermost workload, the container without its scheme', () => {
      expect(decode(traces([span()], POD)).batches[0]?.identity).toEqual({
        cluster: 'prod-eu',
        namespace: 'payments',
        podName: 'ledger-7d9f-x2x4q',
        podUid: '0f5a7b9e-1111-4222-8333-123456789abc',
        containerId: 'ab'.repeat(32),
        containerName: 'app',
        node: 'node-1',
        serviceName: 'ledger',
        serviceNamespace: 'shop',
        workload: { kind: 'cronjob', name: 'ledger' },
        hostName: 'ledger-7d9f-x2x4q',
        provenance: 'platform',
      });
    });

    it('takes older labels, the cluster uid and the configured cluster where nothing better is stated', () => {
      const labels = ['cluster', 'namespace', 'pod', 'container'].map((key) => text(key, `old-${key}`));
      expect(decode(traces([span()], labels)).batches[0]?.identity).toMatchObject({
        cluster: 'old-cluster',
        namespace: 'old-namespace',
        podName: 'old-pod',
        containerName: 'old-container',
      });
      const uid = [text('k8s.cluster.name', ' '), text('k8s.cluster.uid', 'c-uid'), text('cluster', 'old')];
      expect(decode(traces([span()], uid)).batches[0]?.identity.cluster).toBe('c-uid');
      const self = decodeWith({ cluster: 'configured', provenance: 'self' });
      expect(self(traces([span()])).batches[0]?.identity).toEqual({
        ...NOTHING,
        cluster: 'configured',
        provenance: 'self',
      });
    });

    it('takes absent values for absent', () => {
      const absent = POD.map(({ key }, i) => text(key, ['', '<NA>', 'null', '-'][i % 4] ?? ''));
      expect(decode(traces([span()], absent)).batches[0]?.identity).toEqual(NOTHING);
    });

    it('gives the same object for the same resource', () => {
      const one = create(spanContext());
      const [first] = one(traces([span()], POD)).batches;
      const [second] = one(traces([span()], [...POD, text('process.pid', '7')])).batches;
      expect(second?.identity).toBe(first?.identity);
    });

    it('redacts it, also when it is seen again', () => {
      const one = create(spanContext());
      const resource = [
        text('k8s.pod.name', `pod-${CARD}`),
        text('container.id', CARD),
        text('service.name', CARD),
      ];
      for (const { batches } of [one(traces([span()], resource)), one(traces([span()], resource))]) {
        expect(batches[0]?.identity).toEqual({ ...NOTHING, podName: 'pod-[card]', serviceName: '[card]' });
      }
    });
  });

  describe(`${name}: transaction ids`, () => {
    it('finds them on the span, its events and links, the scope and the resource, each once', () => {
      const value = traces(
        [
          span({
            attributes: [text('http.route', '/pay'), text('payment.id', ' P1 '), whole('order.id', 77)],
            events: [{ name: 'charged', attributes: [text('demo.payment.transaction.id', 'P2')] }],
            links: [
              {
                traceId: TRACE,
                spanId: SPAN,
                attributes: [text('payment.id', 'P3'), text('payment.id', 'P1')],
              },
            ],
          }),
          span(),
        ],
        [text('stripe.charge_id', 'ch_1')],
        { name: 'lib', attributes: [text('payment_id', 'P4')] },
      );
      const shared = ['payment_id=P4', 'stripe.charge_id=ch_1'];
      expect(idsOf(value)).toEqual([
        'payment.id=P1',
        'order.id=77',
        'demo.payment.transaction.id=P2',
        'payment.id=P3',
        ...shared,
        ...shared,
      ]);
    });

    it('takes every element of a list, and integers of 64 bits', () => {
      const attributes = [
        list('http.request.header.x-transaction-id', 'T1', 'T2', 'T1'),
        whole('payment.txn_id', '9223372036854775807'),
      ];
      expect(idsOf(traces([span({ attributes })]))).toEqual([
        'http.request.header.x-transaction-id=T1',
        'http.request.header.x-transaction-id=T2',
        'payment.txn_id=9223372036854775807',
      ]);
    });

    it('leaves out what is no id', () => {
      const attributes = [
        text('payment.id', ''),
        text('payment.end_to_end_id', 'NOTPROVIDED'),
        text('payment.uetr', '00000000-0000-0000-0000-000000000000'),
        text('payment_id', 'x'.repeat(513)),
        { key: 'payment.id', value: { boolValue: true } },
        { key: 'payment.id', value: { doubleValue: 1.5 } },
        { key: 'payment.id', value: {} },
      ];
      expect(idsOf(traces([span({ attributes })]))).toEqual([]);
    });

    it('writes UUIDs in lower case, and a card number as a token', () => {
      const attributes = [
        text('payment.uetr', 'EB6305C9-1F7F-49DE-AED0-16487C27B42D'),
        text('payment.id', CARD),
      ];
      expect(idsOf(traces([span({ attributes })]))).toEqual([
        'payment.uetr=eb6305c9-1f7f-49de-aed0-16487c27b42d',
        'payment.id=tok_card',
      ]);
    });

    it('reads weak names, but not on database spans and not from Elastic APM agents', () => {
      const weak = [text('transaction.id', 'W'), text('transaction_id', 'W'), text('payment.id', 'P')];
      expect(idsOf(traces([span({ attributes: weak })]))).toHaveLength(3);
      for (const key of ['db.system', 'db.system.name']) {
        expect(idsOf(traces([span({ attributes: [...weak, text(key, 'postgresql')] })]))).toEqual([
          'payment.id=P',
        ]);
      }
      for (const key of ['telemetry.sdk.name', 'agent.name']) {
        const resource = [text(key, 'Elastic-apm'), text('transaction.id', 'R')];
        expect(idsOf(traces([span({ attributes: weak })], resource))).toEqual(['payment.id=P']);
      }
      const resource = [text('transaction.id', 'R'), text('telemetry.sdk.name', 'opentelemetry')];
      expect(idsOf(traces([span({ attributes: [text('db.system', 'x')] }), span()], resource))).toEqual([
        'transaction.id=R',
      ]);
    });
  });
}
