import { expect, test } from 'vitest';
import { detectFormat } from '../../src/formats/detect.ts';
import { fixture } from './format-context.ts';
import { auditRecord, falcoRecord, nativeRecord, paymentRecord, traceRecord } from './sample-records.ts';

const FORMATS = [
  ['kubernetes-audit', auditRecord()],
  ['falco', falcoRecord()],
  ['events', nativeRecord()],
  ['payments', paymentRecord()],
  ['traces', traceRecord()],
] as const;

test.each(FORMATS)('%s, and not a list of it', (format, record) => {
  expect(detectFormat(record)).toBe(format);
  // A list is opened first: what is in it is of several formats, or of none.
  expect(detectFormat([record, 7])).toBeUndefined();
});

test('every line of the samples', () => {
  for (const file of ['falco-website/alerts.jsonl', 'falcosidekick/test-inputs.jsonl']) {
    for (const line of fixture(file).trim().split('\n')) expect(detectFormat(JSON.parse(line))).toBe('falco');
  }
  expect(detectFormat(JSON.parse(fixture('k8s-audit-falco/exec_pod.json')))).toBe('kubernetes-audit');
  expect(detectFormat(JSON.parse(fixture('otlp-proto/trace.json')))).toBe('traces');
});

test('a list of audit events, and spans in other spellings', () => {
  expect(detectFormat({ kind: 'EventList', items: [auditRecord()] })).toBe('kubernetes-audit');
  expect(detectFormat({ resource_spans: [{}] })).toBe('traces');
  expect(detectFormat({ batches: [{}] })).toBe('traces');
});

test.each([
  null,
  7,
  'text',
  true,
  [],
  {},
  [[auditRecord()]],
  { resourceSpans: [] },
  { resourceSpans: 7 },
  { rule: 'r' },
  { time: 't' },
])('%j is none', (value) => {
  expect(detectFormat(value)).toBeUndefined();
});
