/**
 * Goal: every file that others wrote, and that lies in test/fixtures, says in a test what is to come of it: identity, time, action, outcome, severity, amount
 * [F12]. Method: a table names the test that states it; a file without a line, a line without a file, and a test that does not name the file fail. What is no
 * record of ours has its expectation here.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, extname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { describe, expect, it, test } from 'vitest';
import { detectFormat } from '../../src/formats/detect.ts';
import { decodeOtlpJson } from '../../src/formats/otlp/otlp-json.ts';
import { decodePayments } from '../../src/formats/payments/payment-formats.ts';
import { fixture, PLACE } from '../formats/format-context.ts';
import { PAYMENT_CONTEXT } from '../formats/payment-context.ts';
import { realAttributes, spanContext } from '../formats/span-context.ts';

const TESTS = fileURLToPath(new URL('..', import.meta.url));
const HERE = 'guarantees/every-fixture-has-an-expectation.test.ts';

/** Beginnings of paths, the longest that fits counts: the test that states what comes of each such file. */
const STATED: Readonly<Record<string, string>> = {
  'adyen/': 'formats/payments/adyen.test.ts',
  'argocd-diff/': 'formats/security/sensor-samples.test.ts',
  'compose-spec/': 'deploy/compose.test.ts',
  'falco-website/': 'formats/security/falco.test.ts',
  'falcosidekick/': 'formats/security/falco.test.ts',
  'hubble-flows/small': 'formats/security/sensor-samples.test.ts',
  'hubble-flows/empty': HERE,
  'iso20022/': 'formats/payments/iso20022.test.ts',
  'iso8583/': 'formats/payments/iso8583.test.ts',
  'iso8583/iso_reversal_message.dat': HERE,
  'iso8583/spec87ascii': HERE,
  'istio-docs/': 'formats/security/sensor-samples.test.ts',
  'k8s-audit-falco/': 'formats/security/kubernetes-audit.test.ts',
  'kyverno-policyreports/': 'formats/security/sensor-samples.test.ts',
  'otel-collector/': 'deploy/compose.test.ts',
  'otel-demo-schema/': HERE,
  'otlp-proto/trace': 'formats/otlp/otlp-json.test.ts',
  'otlp-proto/metrics': HERE,
  'otlp-proto/logs': 'formats/otlp/otlp-logs.test.ts',
  'otlp-proto/events': 'formats/otlp/otlp-logs.test.ts',
  'stripe/': 'formats/payments/stripe.test.ts',
  'tetragon/': 'formats/security/sensor-samples.test.ts',
  'trivy-operator/': 'formats/security/sensor-samples.test.ts',
};
/** Prose, and definitions that tests load as a whole folder. */
const NOT_SAMPLES = /^SOURCES\.md$|^otlp-proto\/opentelemetry\//;

const FIXTURES = readdirSync(join(TESTS, 'fixtures'), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => relative(join(TESTS, 'fixtures'), join(entry.parentPath, entry.name)).split(sep).join('/'))
  .filter((path) => !NOT_SAMPLES.test(path));

const lineOf = (path: string): string | undefined =>
  Object.keys(STATED)
    .filter((beginning) => path.startsWith(beginning))
    .toSorted((a, b) => b.length - a.length)[0];

describe('[F12] every fixture', () => {
  it.each(FIXTURES)('%s', (path) => {
    const line = lineOf(path);
    expect(line, 'name its test in the table of this file').toBeDefined();
    const stem = basename(path, extname(path));
    // Names that a test puts together from a beginning and what differs.
    const named = [
      stem,
      stem.replace(/^00_four_golden_signals__/, ''),
      stem.replace(/-(?:live|config)$/, ''),
    ];
    const text = readFileSync(join(TESTS, STATED[line ?? ''] ?? ''), 'utf8');
    expect(
      named.some((name) => text.includes(name)),
      `${STATED[line ?? '']} does not name it`,
    ).toBe(true);
  });

  it('and every line of the table', () => {
    for (const line of Object.keys(STATED))
      expect(FIXTURES.filter((path) => lineOf(path) === line)).not.toEqual([]);
  });
});

describe('[F12] what is no record', () => {
  test('hubble-flows/empty.jsonl holds nothing', () =>
    expect(fixture('hubble-flows/empty.jsonl').trim()).toBe(''));

  test.each(['iso8583/iso_reversal_message.dat', 'iso8583/spec87ascii.json'])(
    '%s, a raw message and the definition of one, is refused: messages come decoded',
    (path) => {
      const text = fixture(path);
      const value: unknown = path.endsWith('.json') ? JSON.parse(text) : text;
      expect(detectFormat(value)).toBeUndefined();
      const { items, refused } = decodePayments(value, PLACE, PAYMENT_CONTEXT);
      expect([items, refused.map(({ reason }) => reason)]).toEqual([[], ['wrong_shape']]);
    },
  );

  test('otlp-proto/metrics.json holds no spans, and is refused as such', () => {
    const { batches, refused } = decodeOtlpJson(
      JSON.parse(fixture('otlp-proto/metrics.json')),
      spanContext(),
    );
    expect([batches, refused.map(({ reason }) => reason)]).toEqual([[], ['wrong_shape']]);
  });

  test.each(['payment', 'order'])(
    'otel-demo-schema/%s.yaml: its ids are attributes that are known',
    (name) => {
      const schema = parse(fixture(`otel-demo-schema/${name}.yaml`)) as { attributes: { key: string }[] };
      const ids = schema.attributes.map(({ key }) => key).filter((key) => key.endsWith('.id'));
      expect(ids.length).toBeGreaterThan(0);
      for (const key of ids) expect(realAttributes().lookup(key), key).toBeDefined();
    },
  );
});
