import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { incidentId } from '../../src/model/ids.ts';
import {
  SHELL_INCIDENT,
  STOP_DEADLINE,
  TENANT,
  TOKEN_INCIDENT,
  eventDocument,
  incidentDocument,
  linkDocument,
  paymentDocument,
} from '../conformance/incident-documents.ts';
import { NOW, openFixture, type Fixture } from './fixture.ts';

let api: Fixture;
beforeEach(async () => {
  api = await openFixture();
});
afterEach(async () => {
  await api.close();
});

const idsOf = (items: { incident: { id: string } }[]): string[] => items.map((item) => item.incident.id);

describe('incidents', () => {
  it('are listed newest first', async () => {
    const body = (await api.get('/api/v1/incidents')).json();
    expect(idsOf(body.items)).toEqual([TOKEN_INCIDENT, SHELL_INCIDENT]);
    expect(body.next).toBeNull();
  });

  it('are paged by cursor', async () => {
    const first = (await api.get('/api/v1/incidents?limit=1')).json();
    const second = (await api.get(`/api/v1/incidents?limit=1&cursor=${first.next}`)).json();
    expect(idsOf([...first.items, ...second.items])).toEqual([TOKEN_INCIDENT, SHELL_INCIDENT]);
    expect(second.next).toBeNull();
  });

  it('refuse a cursor when the filter changed', async () => {
    const { next } = (await api.get('/api/v1/incidents?limit=1')).json();
    const response = await api.get(`/api/v1/incidents?limit=1&transaction_id=p1&cursor=${next}`);
    expect([response.statusCode, response.json().code]).toEqual([400, 'CF_CURSOR']);
  });

  it.each([
    ['p1', [SHELL_INCIDENT]],
    ['E2E-1', [SHELL_INCIDENT]],
    ['p0', [SHELL_INCIDENT]],
    ['p4', [TOKEN_INCIDENT]],
    ['p5', []],
    ['nobody', []],
  ])('of the payment %s are %j', async (id, incidents) => {
    const body = (await api.get(`/api/v1/incidents?transaction_id=${id}`)).json();
    expect(idsOf(body.items)).toEqual(incidents);
  });

  it('refuse an alias that names several payments', async () => {
    const response = await api.get('/api/v1/incidents?transaction_id=order-7');
    expect(response.statusCode).toBe(400);
    expect(response.json().errors[0].pointer).toBe('#/transaction_id');
  });

  it.each([
    'limit=0',
    'limit=201',
    'limit=x',
    'limit=1.5',
    'limit=',
    'limit=1&limit=2',
    'unknown=1',
    `cursor=${'x'.repeat(5_000)}`,
  ])('refuse the query %s', async (query) => {
    expect((await api.get(`/api/v1/incidents?${query}`)).statusCode).toBe(400);
  });
});

describe('an incident', () => {
  it('is found by its id', async () => {
    const body = (await api.get(`/api/v1/incidents/${SHELL_INCIDENT}`)).json();
    expect(body).toMatchObject(JSON.parse(JSON.stringify(await api.index.incident(TENANT, SHELL_INCIDENT))));
    expect(body.asked).toEqual({ id: SHELL_INCIDENT, matched: 'id' });
  });

  it('is found by the id that a member event alone would have given it', async () => {
    const id = incidentId(TENANT, 'ev_2');
    for (const path of ['', '/payments', '/events']) {
      expect((await api.get(`/api/v1/incidents/${id}${path}`)).statusCode).toBe(200);
    }
    const body = (await api.get(`/api/v1/incidents/${id}`)).json();
    expect([body.incident.id, body.asked.matched]).toEqual([SHELL_INCIDENT, 'member_event']);
  });

  it.each(['', '/payments', '/events'])('that is not there answers 404 (%s)', async (path) => {
    const response = await api.get(`/api/v1/incidents/inc_none${path}`);
    expect([response.statusCode, response.json().code]).toEqual([404, 'CF_NOT_FOUND']);
  });

  it('lists its payments with what can be done now, and its events', async () => {
    const payments = (await api.get(`/api/v1/incidents/${SHELL_INCIDENT}/payments`)).json();
    expect(
      payments.items.map((item: { payment: { id: string }; now: { class: string } }) => [
        item.payment.id,
        item.now.class,
      ]),
    ).toEqual([
      ['p1', 'stoppable'],
      ['p2', 'final'],
      ['p3', 'stoppable'],
    ]);
    const later = (
      await api.get(`/api/v1/incidents/${SHELL_INCIDENT}/payments?as_of=2027-01-01T00:00:00Z`)
    ).json();
    expect(later.items[0].now.class).toBe('final');
    const events = (await api.get(`/api/v1/incidents/${SHELL_INCIDENT}/events`)).json();
    expect(events.items.map((item: { event: { id: string } }) => item.event.id)).toEqual(['ev_1', 'ev_2']);
  });
});

describe('the money of an incident as of an instant', () => {
  const now = async (asOf?: string) => {
    const query = asOf === undefined ? '' : `?as_of=${encodeURIComponent(asOf)}`;
    return (await api.get(`/api/v1/incidents/${SHELL_INCIDENT}${query}`)).json().now;
  };

  it('counts each payment once, in its class, without the weak one', async () => {
    expect(await now()).toMatchObject({
      as_of: NOW,
      exposures: [
        {
          currency: 'EUR',
          payments: 2,
          linked: '49250.50',
          stoppable: '48000.00',
          recallable: '0.00',
          final: '1250.50',
        },
      ],
    });
  });

  it('moves to the next class at the deadline, and the sum stays (SPEC M1)', async () => {
    const at = await now(STOP_DEADLINE);
    expect(at.exposures).toEqual([
      {
        currency: 'EUR',
        payments: 2,
        linked: '49250.50',
        stoppable: '0.00',
        recallable: '48000.00',
        final: '1250.50',
      },
    ]);
    expect(at.clock.map((row: { actions: string[] }) => row.actions)).toEqual([['recall']]);
    const end = await now('2027-01-01T00:00:00Z');
    expect(end.exposures[0]).toMatchObject({ linked: '49250.50', final: '49250.50' });
    expect(end.clock).toEqual([]);
  });

  it('ignores withdrawn links', async () => {
    const event = eventDocument({ id: 'ev_1', incident: SHELL_INCIDENT });
    const payment = paymentDocument({ id: 'gone' });
    await api.index.replaceAll(TENANT, {
      events: [event],
      payments: [payment],
      links: [linkDocument(event, payment, 0.9, 'withdrawn')],
      incidents: [incidentDocument({ id: SHELL_INCIDENT })],
    });
    expect((await now()).exposures).toEqual([]);
  });

  it('is null rather than a part of it where there are too many links', async () => {
    const event = eventDocument({ id: 'ev_1', incident: SHELL_INCIDENT });
    const links = function* () {
      for (let i = 0; i <= 20_000; i += 1) yield linkDocument(event, paymentDocument({ id: `p${i}` }));
    };
    const incidents = [incidentDocument({ id: SHELL_INCIDENT })];
    await api.index.replaceAll(TENANT, { events: [event], payments: [], links: links(), incidents });
    expect(await now()).toBeNull();
  });
});
