import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openIncidentIndex } from '../../src/adapters/embedded/incident-index.ts';
import { linkId } from '../../src/model/ids.ts';
import { SHELL_INCIDENT, story, TENANT } from '../conformance/incident-documents.ts';
import { runCli } from './run-cli.ts';

let dir = '';
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'counterfoil-lookup-'));
  const index = openIncidentIndex(dir, 'write');
  await index.replaceAll(TENANT, story({ pod: 'pod\u001b[2J', rule: 'shell\u202e' }));
  await index.close();
});
afterAll(() => rmSync(dir, { recursive: true }));

const run = (...args: string[]) => runCli([...args, '--data', dir]);

describe('lookup', () => {
  test('JSON off a terminal: the payment and every event that met it', async () => {
    const { status, stdout, stderr } = await run('lookup', 'p1');
    expect([status, stderr]).toEqual([0, '']);
    const [answer] = JSON.parse(stdout) as {
      id: string;
      found: boolean;
      links: { event: { id: string } }[];
    }[];
    expect(answer).toMatchObject({ id: 'p1', found: true, payment: { answer: 'linked' } });
    expect(answer?.links.map((link) => link.event.id)).toEqual(['ev_1', 'ev_2']);
  });

  test('by alias and by an id of before', async () => {
    for (const id of ['E2E-1', 'p0']) {
      expect((await run('lookup', id, '-o', 'ndjson')).stdout).toContain('"payment":{"id":"p1"');
    }
  });

  test('the text for people: what can be done, which events, nothing that steers a terminal', async () => {
    const { stdout } = await run('lookup', 'p1', '-o', 'table');
    expect(stdout).toContain('Payment p1: 48000.00 EUR, sepa_ct accepted');
    expect(stdout).toContain('cancel (we alone decide) before 2026-03-10T15:30:00.000Z');
    expect(stdout).toContain('recall (another party must agree) before 2026-03-20T22:59:59.000Z');
    expect(stdout).toContain('2 security events met it');
    expect(stdout).toContain('shell\\u{202e}');
    for (const steering of ['\u001b', '\u202e']) expect(stdout).not.toContain(steering);
  });

  test('the negative answers, in words, exit 0: the payment is known', async () => {
    const none = await run('lookup', 'p5', '-o', 'table');
    expect([none.status, none.stdout.includes('No security event met it.')]).toEqual([0, true]);
    expect(none.stdout).toContain('Its 3 spans name pods, and no event met them.');
    const unknown = await run('lookup', 'p6', '-o', 'table');
    expect(unknown.stdout).toContain('Whether a security event met it is not known.');
    expect(unknown.stdout).toContain('No trace carries an id of this payment.');
  });

  test('an alias of two payments names them and says nothing of either', async () => {
    const { status, stdout } = await run('lookup', 'order-7');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toEqual([{ id: 'order-7', found: true, candidates: ['p1', 'p2'] }]);
  });

  test('exit 1 when one of the ids is of no payment; the others are still answered', async () => {
    const { status, stdout } = await run('lookup', 'p1', 'nobody', '-o', 'table');
    expect(status).toBe(1);
    expect(stdout).toContain('Payment p1');
    expect(stdout).toContain('No payment has the id nobody');
  });

  test('links as CSV', async () => {
    const { stdout } = await run('lookup', 'p1', '-o', 'csv');
    const [head, ...rows] = stdout.trimEnd().split('\r\n');
    expect(head).toContain('payment.id');
    expect(rows).toHaveLength(2);
  });

  test('no index: exit 1, and what to do', async () => {
    const { status, stderr } = await runCli(['lookup', 'p1', '--data', join(dir, 'none')]);
    expect(status).toBe(1);
    expect(stderr).toContain('[CF_NO_INDEX]');
  });
});

describe('explain', () => {
  test('a link: both values, base, decay, other methods', async () => {
    const id = linkId(TENANT, 'ev_1', 'p1');
    const { status, stdout } = await run('explain', id, '-o', 'table');
    expect(status).toBe(0);
    expect(stdout).toContain('container_overlap: same container, and the span was running during the event');
    expect(stdout).toContain('container.id');
    expect(stdout).toContain('0.9 = base 0.9');
    expect(stdout).toContain('pod_interval 0.6');
    const json = JSON.parse((await run('explain', id)).stdout) as { explanation: object };
    expect(json.explanation).toEqual({ base: 0.9, decay: 1, factor: 1, capped: false });
  });

  test('a link whose figure the settings do not give says so', async () => {
    const { stdout } = await run('explain', linkId(TENANT, 'ev_1', 'p2'), '-o', 'table');
    expect(stdout).toContain('0.6, made under other settings than those in force');
  });

  test('a payment, an event, an incident', async () => {
    expect((await run('explain', 'p1', '-o', 'table')).stdout).toContain('What can be done');
    const event = (await run('explain', 'ev_1', '-o', 'table')).stdout;
    expect(event).toContain('It met 3 payments');
    const incident = (await run('explain', SHELL_INCIDENT, '-o', 'table')).stdout;
    expect(incident).toContain(
      'linked = stoppable (we alone decide) + recallable (another party must agree) + final',
    );
    expect(incident).toMatch(/EUR +49250\.50 +48000\.00 +0\.00 +1250\.50 +61000\.00 +2/);
    expect(incident).toContain('2026-03-10T15:30:00.000Z');
    expect(incident).toContain('ev_2');
    for (const steering of ['\u001b', '\u202e']) expect(incident).not.toContain(steering);
  });

  test('nothing has the id, or two payments have it: exit 1', async () => {
    const none = await run('explain', 'lk_none');
    expect([none.status, none.stdout]).toEqual([1, '']);
    expect(none.stderr).toContain('[CF_NOT_FOUND]');
    expect((await run('explain', 'order-7')).stderr).toContain('names 2 payments: p1, p2');
  });
});
