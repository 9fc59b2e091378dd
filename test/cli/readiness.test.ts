/**
 * Goal: whoever has no links is told why, and what to set [R6]. Method: the small case, with one thing taken away at a time; the
 * finding names the attribute and the setting, and nothing else is found.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Readiness } from '../../src/runtime/readiness/report.ts';
import { runCli } from './run-cli.ts';
import { execRecord, linesOf, paymentRecord, spanRecord } from './small-case.ts';

let dir = '';
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'counterfoil-readiness-'));
});
afterAll(() => rmSync(dir, { recursive: true }));

interface Input {
  audit?: object[];
  alerts?: object[];
  spans?: object[];
  payments?: object[];
}

const AT = '2026-03-10T14:00:02.000Z';
const WHOLE: Required<Input> = {
  audit: [execRecord()],
  alerts: [],
  spans: [spanRecord('ledger-1', 'p1', AT, 1), spanRecord('checkout-1', 'p2', AT, 2)],
  payments: [paymentRecord('p1'), paymentRecord('p2')],
};

async function readiness(input: Input, ...args: string[]) {
  const flags = Object.entries({ ...WHOLE, ...input }).flatMap(([name, records]) => {
    const file = join(dir, name);
    writeFileSync(file, linesOf(records));
    return records.length === 0 ? [] : [`--${name}`, file];
  });
  const { status, stdout, stderr } = await runCli(['readiness', ...flags, ...args], {
    env: { COUNTERFOIL_DATA: dir },
  });
  return { status, stdout, stderr };
}

async function findings(input: Input, ...args: string[]): Promise<Readiness['findings']> {
  const { status, stdout } = await readiness(input, ...args);
  expect(status).toBe(0);
  return (JSON.parse(stdout) as Readiness).findings;
}

/** Spans whose attributes of that name are gone. */
function without(...names: string[]): object[] {
  const gone = (value: unknown): unknown =>
    Array.isArray(value)
      ? value.filter((each) => !names.includes((each as { key?: string }).key ?? '')).map(gone)
      : typeof value === 'object' && value !== null
        ? Object.fromEntries(Object.entries(value).map(([key, member]) => [key, gone(member)]))
        : value;
  return WHOLE.spans.map((span) => gone(span) as object);
}

const falco = (output: object): object => ({
  rule: 'Shell',
  priority: 'Notice',
  time: AT,
  output: 'x',
  output_fields: output,
});

describe('[R6] readiness', () => {
  it('finds nothing where nothing is missing, and counts what there is', async () => {
    const { status, stdout } = await readiness({});
    expect(status).toBe(0);
    const { findings: found, spans, payments, security } = JSON.parse(stdout) as Readiness;
    expect(found).toEqual([]);
    expect(spans).toMatchObject({ spans: 2, with_pod: 2, with_transaction_id: 2, with_payment: 2 });
    expect(payments).toEqual({ records: 2, payments: 2, named: 2, unmapped: [] });
    expect(security).toMatchObject([
      { source: 'kubernetes-audit', alerts: 1, with_identity: 1, seen_in_spans: 1 },
    ]);
  });

  it.each([
    ['no_pod', { spans: without('k8s.pod.name', 'k8s.namespace.name') }, /k8s\.pod\.uid/, /k8sattributes/],
    ['no_transaction_id', { spans: without('payment.id') }, /No span carries/, /payment\.transaction_id/],
    ['ids_name_nothing', { payments: [paymentRecord('q1')] }, /2 of 2 spans/, /same id/],
    ['no_payments', { payments: [] }, /no payments/, /--payments/],
    ['no_spans', { spans: [] }, /no spans/, /--spans/],
    ['no_alerts', { audit: [] }, /no security records/, /Falco/],
    ['alerts_without_spans', { audit: [execRecord({ pod: 'other-1' })] }, /no span was seen/, /instrument/],
  ])('%s', async (id, input, what, fix) => {
    const [first] = await findings(input);
    expect(first).toMatchObject({ id, weight: 'blocks' });
    expect(first?.what).toMatch(what);
    expect(first?.fix).toMatch(fix);
  });

  it.each([
    ['late', '2026-03-10T20:00:02.000Z'],
    ['early', '2026-03-10T09:00:02.000Z'],
  ])('says so where clocks are hours apart, spans too %s', async (_, at) => {
    const spans = [spanRecord('ledger-1', 'p1', at, 1), spanRecord('checkout-1', 'p2', at, 2)];
    const found = await findings({ spans });
    expect(found).toMatchObject([
      { id: 'alerts_of_another_time', weight: 'blocks', about: ['kubernetes-audit'] },
    ]);
    expect(found[0]?.what).toContain(`spans ${at.slice(0, -1)}`);
    expect(found[0]?.what).toContain('kubernetes-audit 2026-03-10T14:00:00');
    const both = await findings({ spans: [...spans, ...WHOLE.spans] });
    expect(both).toEqual([]);
  });

  it('says so where spans and alerts name another cluster, and not where one of them names none', async () => {
    const inCluster = (name: string): object[] =>
      WHOLE.spans.map((span) => {
        const { resourceSpans } = structuredClone(span) as {
          resourceSpans: { resource: { attributes: object[] } }[];
        };
        resourceSpans[0]?.resource.attributes.push({ key: 'k8s.cluster.name', value: { stringValue: name } });
        return { resourceSpans };
      });
    expect(await findings({ spans: inCluster('prod-a') })).toEqual([]);
    expect(await findings({ spans: inCluster('prod-a') }, '--cluster', 'prod-a')).toEqual([]);
    expect(await findings({}, '--cluster', 'prod-a')).toEqual([]);
    const both = [...inCluster('prod-a'), ...inCluster('prod-b')];
    expect(await findings({ spans: both }, '--cluster', 'prod-b')).toEqual([]);
    const found = await findings({ spans: inCluster('prod-a') }, '--cluster', 'prod-b');
    expect(found).toMatchObject([{ id: 'clusters_differ', weight: 'blocks', about: ['kubernetes-audit'] }]);
    expect(found[0]?.what).toContain('prod-a, prod-b');
    expect(found[0]?.fix).toContain('k8s.cluster.name');
  });

  it('names the services that lack something, and says that some links are missing only', async () => {
    const [poor = {}] = without('k8s.pod.name');
    const found = await findings({ spans: [poor, ...WHOLE.spans.slice(1)] });
    expect(found.find(({ id }) => id === 'no_pod')).toMatchObject({ weight: 'weakens', about: ['ledger'] });
  });

  it('names the sensor whose alerts say nobody, and what is missing where they say a container only', async () => {
    const nobody = await findings({ alerts: [falco({})] });
    expect(nobody).toMatchObject([{ id: 'alerts_without_identity', about: ['falco'] }]);
    const container = await findings({ alerts: [falco({ 'container.id': '5892b41bcf46' })] });
    expect(container.map(({ id }) => id)).toContain('no_container');
    expect(container.find(({ id }) => id === 'no_container')?.what).toContain('container.id');
  });

  it('[X9] names rails and states of which no deadline is known, and counts them in the accounts', async () => {
    const odd = { ...paymentRecord('p1'), state: 'Vaporised' };
    const { stdout, stderr } = await readiness({ payments: [odd, odd, paymentRecord('p2')] });
    const { findings: found, payments } = JSON.parse(stdout) as Readiness;
    expect(payments.unmapped).toEqual([
      { rail: 'sepa_ct', state: 'vaporised', gap: 'unknown_state', records: 2 },
    ]);
    expect(found).toMatchObject([{ id: 'states_unmapped', about: ['sepa_ct/vaporised'] }]);
    expect(stderr).toContain('flagged in payments: 2 unknown_state');
    const { stderr: rail } = await readiness({ payments: [{ ...paymentRecord('p1'), rail: 'pigeon' }] });
    expect(rail).toContain('flagged in payments: 1 unknown_rail');
  });

  it('takes an attribute that the configuration names', async () => {
    const spans = WHOLE.spans.map(
      (span) => JSON.parse(JSON.stringify(span).replace('payment.id', 'shop.pay')) as object,
    );
    expect((await findings({ spans })).map(({ id }) => id)).toContain('no_transaction_id');
    expect(await findings({ spans }, '--inputs-spans-payment-attributes', 'shop.pay')).toEqual([]);
  });

  it('is text for people, with the accounts on stderr', async () => {
    const { stdout, stderr } = await readiness({ spans: without('payment.id') }, '-o', 'table');
    expect(stdout).toMatch(/^SERVICE +SPANS/);
    expect(stdout).toContain('No links: No span carries the id of a payment.');
    expect(stdout).not.toMatch(/.{101}/);
    expect(stderr).toContain('both hold for every input');
  });

  it('says what is wrong with how it is asked', async () => {
    const run = await runCli(['readiness'], { env: {} });
    expect(run.status).toBe(2);
    expect(run.stderr).toContain('no input is named');
    expect((await readiness({}, '-o', 'csv')).status).toBe(2);
  });
});
