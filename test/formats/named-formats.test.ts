/** Formats that are named for an input: tried first, alone taken, and what reads a record without marks [F24]. */
import { describe, expect, test } from 'vitest';
import { createDecoders, type InputFormats } from '../../src/runtime/decoders.ts';
import type { Observation } from '../../src/model/observation.ts';
import { CONTEXT, only, PLACE, type JsonObject } from './format-context.ts';
import { ENVELOPES } from './envelopes.ts';
import { PAYMENT_CONTEXT } from './payment-context.ts';
import { auditRecord, falcoRecord, paymentRecord } from './sample-records.ts';
import { istioRecord } from './sensor-records.ts';
import { realAttributes } from './span-context.ts';

const ANY: InputFormats = { audit: [], alerts: [], events: [], payments: [] };

function decodersFor(formats: Partial<InputFormats>) {
  return createDecoders({
    tenant: 'default',
    cluster: null,
    provenance: 'platform',
    attributes: realAttributes(),
    payments: PAYMENT_CONTEXT,
    recoverability: { gapOf: () => null },
    formats: { ...ANY, ...formats },
    redactor: CONTEXT.redactor,
  });
}

const json = (value: unknown) => ({ kind: 'json', place: PLACE, value, bytes: 1 }) as const;

describe('[F24] one format', () => {
  const { alerts, events } = decodersFor({ alerts: ['falco'], events: ['istio'] });

  test('is read, in every envelope, and of another the refusal names both', () => {
    for (const { wrap } of Object.values(ENVELOPES)) {
      expect(only(alerts(json(wrap(falcoRecord()))).items).source).toBe('falco');
      expect(alerts(json(wrap(auditRecord()))).refused).toEqual([
        {
          reason: 'other_format',
          text: 'The record is of kubernetes-audit; inputs.alerts.formats names falco.',
        },
      ]);
    }
  });

  test('reads what has no marks of any, and says what is wrong with it', () => {
    const own: JsonObject = {
      start_time: '2026-03-10T14:00:02Z',
      response_code: 403,
      path: '/a',
      pod_name: 'p',
    };
    expect(decodersFor({}).events(json(own)).items).toEqual([]);
    const observation: Observation = only(events(json(own)).items);
    expect([observation.source, observation.identity.podName]).toEqual(['istio', 'p']);
    expect(events(json({ x: 1 })).refused).toEqual([
      { reason: 'wrong_shape', text: 'An access log of Envoy has response_code or response_flags.' },
    ]);
  });

  test('is the one of a record that has the marks of two', () => {
    const both = { ...istioRecord(), ...falcoRecord() };
    expect(only(decodersFor({}).events(json(both)).items).source).toBe('falco');
    expect(only(events(json(both)).items).source).toBe('istio');
  });
});

test('[F24] of several, what is of none is refused with all of them', () => {
  const { alerts } = decodersFor({ alerts: ['tetragon', 'falco'] });
  expect(only(alerts(json(falcoRecord())).items).source).toBe('falco');
  expect(alerts(json({ x: 1 })).refused).toEqual([
    {
      reason: 'unknown_format',
      text: 'The record is of none of falco, tetragon, which inputs.alerts.formats names.',
    },
  ]);
});

test('[F24] of payments too, and our own form stands for what is mapped', () => {
  const { payments } = decodersFor({ payments: ['iso20022', 'payments'] });
  expect(only(payments(json(paymentRecord())).items).state).toBe(paymentRecord()['state']);
  const { payments: others } = decodersFor({ payments: ['stripe', 'adyen'] });
  expect(others(json(paymentRecord())).refused).toEqual([
    {
      reason: 'other_format',
      text: 'The record is of payments; inputs.payments.formats names stripe, adyen.',
    },
  ]);
});
