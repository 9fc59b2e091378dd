import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  RECALL_DEADLINE,
  SHELL_INCIDENT,
  STOP_DEADLINE,
  TENANT,
  paymentDocument,
} from '../conformance/incident-documents.ts';
import { CARD, NOW, openFixture, type Fixture } from './fixture.ts';

let api: Fixture;
beforeEach(async () => {
  api = await openFixture();
});
afterEach(async () => {
  await api.close();
});

const url = (id: string): string => `/api/v1/payments/${encodeURIComponent(id)}`;

describe('a payment by any of its ids', () => {
  it('answers with the document, its links and its incidents', async () => {
    const response = await api.get(url('p1'));
    expect(response.statusCode).toBe(200);
    const body = response.json();
    expect(body).toMatchObject(JSON.parse(JSON.stringify(await api.index.payment(TENANT, 'p1'))));
    expect(body.asked).toEqual({ id: 'p1', matched: 'id' });
    expect(body.answer).toBe('linked');
    expect(body.links.items.map((link: { event: { id: string } }) => link.event.id)).toEqual([
      'ev_1',
      'ev_2',
    ]);
    expect(body.links.next).toBeNull();
    expect(body.incidents).toEqual({ items: [SHELL_INCIDENT], next: null });
  });

  it.each([
    'E2E-1',
    '7f3c2a10-9b1e-4c55-8d21-0a1b2c3d4e5f',
    '7F3C2A10-9B1E-4C55-8D21-0A1B2C3D4E5F',
    ' E2E-1 ',
  ])('finds by alias %j, as ids are normalised in the join', async (alias) => {
    const body = (await api.get(url(alias))).json();
    expect(body.payment.id).toBe('p1');
    expect(body.asked).toEqual({ id: alias, matched: 'alias' });
  });

  it('answers for a superseded id with the payment that replaced it, and says so', async () => {
    const body = (await api.get(url('p0'))).json();
    expect(body.payment.id).toBe('p1');
    expect(body.asked).toEqual({ id: 'p0', matched: 'superseded_id', replaced_by: 'p1' });
  });

  it('answers for an ambiguous alias with the candidates', async () => {
    const response = await api.get(url('order-7'));
    expect(response.statusCode).toBe(200);
    const body = response.json();
    expect(body.candidates.map((candidate: { id: string }) => candidate.id)).toEqual(['p1', 'p2']);
    expect(body.answer).toBe('not_known');
    expect(body.known.why).toContain('names 2 payments');
    expect(body.payment).toBeUndefined();
  });

  it.each([
    ['p5', 'none_found', 'Its 3 spans name pods, and no event met them.'],
    ['p6', 'not_known', 'No trace carries an id of this payment.'],
  ])('gives the negative answer of %s: %s', async (id, answer, why) => {
    const body = (await api.get(url(id))).json();
    expect(body).toMatchObject({ answer, known: { why } });
    expect(Object.keys(body.known).toSorted()).toEqual(
      ['complete_until', 'events_watermark', 'spans_with_identity', 'traces', 'why'].toSorted(),
    );
    expect(body.links).toEqual({ items: [], next: null });
  });

  it('answers 404 where no payment has the id, without repeating it', async () => {
    const response = await api.get(url('4111111111111111'));
    expect(response.statusCode).toBe(404);
    expect(response.json()).toMatchObject({ code: 'CF_NOT_FOUND', status: 404 });
    expect(response.body).not.toContain('4111111111111111');
  });

  it.each(['a/b', '100%', '?', '#', '"><script>', "'; DROP TABLE payment; --", '支払い', '__proto__'])(
    'finds the payment %j, whatever its id means elsewhere',
    async (id) => {
      await api.index.replaceAll(TENANT, {
        events: [],
        links: [],
        incidents: [],
        payments: [paymentDocument({ id })],
      });
      const response = await api.get(url(id));
      expect([response.statusCode, response.json().payment?.id]).toEqual([200, id]);
    },
  );
});

describe('what can still be done', () => {
  it('is answered for now', async () => {
    const { now } = (await api.get(url('p1'))).json();
    expect(now).toEqual({ as_of: NOW, class: 'stoppable', action: 'cancel', until: STOP_DEADLINE });
  });

  it.each([
    ['2026-03-10T15:29:59.999999Z', 'stoppable', 'cancel', STOP_DEADLINE],
    [STOP_DEADLINE, 'recallable', 'recall', RECALL_DEADLINE],
    ['2026-03-10T16:30:00+01:00', 'recallable', 'recall', RECALL_DEADLINE],
    [RECALL_DEADLINE, 'final', null, null],
  ])('as of %s is %s (SPEC M2: a deadline is exclusive)', async (asOf, name, action, until) => {
    const { now } = (await api.get(`${url('p1')}?as_of=${encodeURIComponent(asOf)}`)).json();
    expect(now).toMatchObject({ class: name, action, until });
  });

  it('is final where there is nothing to do', async () => {
    expect((await api.get(url('p2'))).json().now).toMatchObject({
      class: 'final',
      action: null,
      until: null,
    });
  });

  it('has no end where the step has no deadline', async () => {
    const payment = paymentDocument({
      id: 'p',
      recover: [{ class: 'stoppable', action: 'void', until: null }],
    });
    await api.index.replaceAll(TENANT, { events: [], links: [], incidents: [], payments: [payment] });
    const { now } = (await api.get(`${url('p')}?as_of=2200-01-01T00:00:00Z`)).json();
    expect(now).toMatchObject({ class: 'stoppable', action: 'void', until: null });
  });

  it.each(['yesterday', '2026-03-10', '2026-03-10T14:00:00', '2026-02-30T00:00:00Z', ''])(
    'refuses to answer as of %j',
    async (asOf) => {
      const response = await api.get(`${url('p1')}?as_of=${encodeURIComponent(asOf)}`);
      expect(response.statusCode).toBe(400);
      expect(response.json()).toMatchObject({
        code: 'CF_USAGE',
        errors: [{ in: 'querystring', pointer: '#/as_of' }],
      });
    },
  );
});

describe('many payments at once', () => {
  const lookup = (ids: unknown) =>
    api.inject({ method: 'POST', url: '/api/v1/payments/_lookup', payload: { ids } });

  it('answers in the order asked, repeats included', async () => {
    const response = await lookup(['p2', 'nobody', 'p0', 'p2', 'order-7']);
    expect(response.statusCode).toBe(200);
    const { results } = response.json();
    expect(results.map((result: { id: string; found: boolean }) => [result.id, result.found])).toEqual([
      ['p2', true],
      ['nobody', false],
      ['p0', true],
      ['p2', true],
      ['order-7', false],
    ]);
    expect(results[2].payment.payment.id).toBe('p1');
    expect(results[1]).toEqual({ id: 'nobody', found: false });
    expect(results[4].candidates).toEqual(['p1', 'p2']);
  });

  it('takes 10,000 ids and no more', async () => {
    const ids = Array.from({ length: 10_000 }, (_, i) => `p${i}`);
    const response = await lookup(ids);
    expect(response.statusCode).toBe(200);
    expect(response.json().results).toHaveLength(10_000);
    expect((await lookup([...ids, 'one more'])).statusCode).toBe(400);
  });

  it('takes none', async () => {
    expect((await lookup([])).json()).toEqual({ results: [] });
  });

  it('names each fault by a JSON pointer', async () => {
    const response = await lookup(['p1', '', 'x'.repeat(257)]);
    expect(response.statusCode).toBe(400);
    expect(
      response.json().errors.map((fault: { in: string; pointer: string }) => [fault.in, fault.pointer]),
    ).toEqual([
      ['body', '#/ids/1'],
      ['body', '#/ids/2'],
    ]);
  });

  it.each([
    [{}, '#/ids'],
    [{ ids: ['p1'], more: 1 }, '#/more'],
    [{ ids: 'p1' }, '#/ids'],
    [[], '#'],
  ])('refuses the body %j', async (payload, pointer) => {
    const response = await api.inject({ method: 'POST', url: '/api/v1/payments/_lookup', payload });
    expect([response.statusCode, response.json().errors[0].pointer]).toEqual([400, pointer]);
  });
});

it('a card number as an id is asked for by its token, on every path that takes one, and not repeated', async () => {
  const payload = { ids: [CARD] };
  const answers = [
    await api.get(`/api/v1/payments/${CARD}`),
    await api.get(`/api/v1/links?payment=${CARD}`),
    await api.get(`/api/v1/incidents?transaction_id=${CARD}`),
    await api.inject({ method: 'POST', url: '/api/v1/payments/_lookup', payload }),
  ];
  for (const { statusCode, body } of answers) {
    expect(statusCode).toBe(200);
    expect(body).toMatch(/"p1"/);
    expect(body).not.toContain(CARD);
  }
});
