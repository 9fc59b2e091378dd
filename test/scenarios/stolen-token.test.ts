// The story of examples/stolen-token, told by its README: what it says must be what the engine finds.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accountingErrors, type Accounting } from '../../src/model/accounting.ts';
import type { IncidentDocument } from '../../src/model/documents/incident.ts';
import type { LinkDocument } from '../../src/model/documents/link.ts';
import { runCli, type CliRun } from '../cli/run-cli.ts';

const DATA = fileURLToPath(new URL('../../examples/stolen-token/data', import.meta.url));
const LEDGER = 'ledger-7d9f6c5b8-x2x4q';

const scratch = mkdtempSync(join(tmpdir(), 'counterfoil-story-'));
const index = join(scratch, 'index');
const stats = join(scratch, 'stats.json');
let run: CliRun;
let links: LinkDocument[];
let incidents: IncidentDocument[];
let accounting: Accounting & { unlinked: Record<string, number> };

function correlateArgs(more: readonly string[]): string[] {
  const file = (name: string): string => join(DATA, name);
  const security = ['--audit', file('audit.ndjson'), '--alerts', file('falco.ndjson')];
  const money = ['--spans', file('spans.ndjson'), '--payments', file('payments.ndjson')];
  return ['correlate', '-c', file('counterfoil.yaml'), ...security, ...money, '-o', 'ndjson', ...more];
}

function documentsOf<T>(text: string): T[] {
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as T);
}

function theIncident(): IncidentDocument {
  const [incident] = incidents;
  if (incident === undefined) throw new Error('there is no incident');
  return incident;
}

/** The surest link of a payment. */
function surest(payment: string): LinkDocument | undefined {
  const own = links.filter((link) => link.payment.id === payment);
  return own.toSorted((a, b) => b.link.confidence - a.link.confidence)[0];
}

beforeAll(async () => {
  run = await runCli(correlateArgs(['--stats', stats, '--data', index]));
  links = documentsOf<LinkDocument>(run.stdout);
  incidents = documentsOf<IncidentDocument>((await runCli(correlateArgs(['--incidents']))).stdout);
  accounting = JSON.parse(readFileSync(stats, 'utf8')) as typeof accounting;
});

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe('the accounts', () => {
  it('add up', () => {
    expect(run.status).toBe(0);
    expect(accountingErrors(accounting)).toEqual([]);
  });

  it('show the record that was cut off, with its place, and what came twice', () => {
    const { audit, alerts, payments } = accounting.inputs;
    expect(audit?.dead_lettered).toBe(1);
    expect(run.stderr).toMatch(/audit\.ndjson:\d+:\d+: refused, truncated/);
    expect(audit?.items.duplicate).toBe(1);
    expect(payments?.items.duplicate).toBe(1);
    expect(alerts?.items.ignored).toEqual({ sensor_health: 13 });
  });

  it('know why the alerts of others touched no payment, and every id on a span', () => {
    expect(accounting.unlinked).toEqual({ no_payment_in_window: 4 });
  });
});

describe('the incident', () => {
  it('is one, from the first alert to the last, over pod, account, container and secret', () => {
    expect(incidents).toHaveLength(1);
    const { incident, events, entities, threat } = theIncident();
    expect(incident.start.slice(0, 19)).toBe('2026-03-10T14:01:12');
    expect(incident.end.slice(0, 19)).toBe('2026-03-10T14:07:52');
    expect(events.total).toBe(11);
    expect(entities.pods).toEqual([`payments/${LEDGER}`, 'payments/notify-699d4b8dc7-p8hnq']);
    expect(entities.service_accounts).toEqual(['payments/notify']);
    expect(entities.resources).toContain('secrets payments/ledger-db');
    expect(threat?.technique.id).toEqual(expect.arrayContaining(['T1059', 'T1528', 'T1552.007', 'T1609']));
  });

  it('splits the money of every currency into what can and cannot be undone', () => {
    const { exposures, report, clock } = theIncident().impact;
    expect(exposures.map(({ currency }) => currency)).toEqual(['EUR', 'JPY', 'USD']);
    for (const { linked, stoppable, recallable, final, lower, upper } of exposures) {
      const cents = (text: string): bigint => BigInt(text.replace('.', ''));
      expect(cents(linked)).toBe(cents(stoppable) + cents(recallable) + cents(final));
      expect(lower).toBe(linked);
      expect(cents(upper)).toBeGreaterThan(cents(linked));
    }
    expect(report?.currency).toBe('EUR');
    expect(clock[0]?.deadline).toBe('2026-03-10T14:30:00.000Z');
  });
});

describe('the links', () => {
  it('of the large payment: booked in the container while the shell was open [J8]', () => {
    const link = surest('pay_0299');
    expect(link?.link).toMatchObject({
      method: 'container_overlap',
      confidence: 0.9,
      gap_ms: 0,
      status: 'live',
    });
    // The audit record names pod and container; the span has the container's id too.
    expect(link?.link.matched).toEqual({ field: 'container.name', event: 'ledger', span: 'ledger' });
    expect(link?.payment.amount).toMatchObject({ value: '48000.00', currency: 'EUR' });
    expect(link?.kubernetes?.pod?.name).toBe(LEDGER);
    expect(link?.payment.recover[0]).toEqual({
      class: 'stoppable',
      action: 'cancel',
      until: '2026-03-10T15:30:00.000Z',
    });
  });

  it('of the exec, told by two records: one event with a start and an end', () => {
    const execs = links.filter((link) => link.rule.name === 'Command run in a pod');
    expect(new Set(execs.map(({ event }) => event.id)).size).toBe(1);
    expect(execs[0]?.event).toMatchObject({ count: 1 });
    expect(execs[0]?.event.end.slice(11, 19)).toBe('14:07:35');
    expect(execs[0]?.event.ongoing).toBeUndefined();
  });

  it('of the alert that knew no pod: found by twelve digits of the container', () => {
    const dropped = links.filter((link) => link.rule.name === 'Drop and execute new binary in container');
    expect(new Set(dropped.map(({ link }) => link.method))).toContain('container_interval');
    expect(dropped[0]?.container?.id).toHaveLength(12);
    expect(dropped[0]?.kubernetes?.pod).toBeUndefined();
  });

  it('of the token that names no pod: by the account, whose pods records taught that no rule matched [J4]', () => {
    const cleanUp = links.filter((link) => link.rule.name === 'Admission control or logging weakened');
    expect(new Set(cleanUp.map(({ link }) => link.method))).toEqual(new Set(['identity_interval']));
    expect(cleanUp[0]?.link.matched.field).toBe('kubernetes.service_account');
  });

  it('by what a workload says of itself are capped', () => {
    const own = links.filter(({ link }) => link.provenance === 'self');
    expect(own.length).toBeGreaterThan(20);
    expect(Math.max(...own.map(({ link }) => link.confidence))).toBe(0.6);
  });

  it('by an order id are less sure, and a payment may be known by its record alone', () => {
    expect(links.some(({ link }) => link.method === 'container_overlap' && link.confidence === 0.72)).toBe(
      true,
    );
    expect(surest('pay_0354')?.link.confidence).toBeGreaterThan(0.2);
    expect(surest('pay_0304')?.link.method).toBe('payment_pod');
  });

  it('reach payments whatever their ids are called', async () => {
    const { stdout } = await runCli(['lookup', 'pay_0299', '--data', index]);
    expect(stdout).toContain('container_overlap');
  });
});

it('the card number of a note is nowhere: not in the output, not on stderr, not in the index', async () => {
  const everything = [run.stdout, run.stderr, readFileSync(join(index, 'index.sqlite'), 'latin1')];
  const noted = await runCli(['normalize', '--format', 'payments', join(DATA, 'payments.ndjson')]);
  expect(noted.stdout).toContain('pay_0117');
  for (const text of [...everything, noted.stdout, noted.stderr])
    expect(text).not.toMatch(/4111[ -]?1111[ -]?1111/);
});
