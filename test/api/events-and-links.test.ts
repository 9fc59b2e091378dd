import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { incidentId, linkId } from '../../src/model/ids.ts';
import { SHELL_INCIDENT, TENANT } from '../conformance/incident-documents.ts';
import { openFixture, type Fixture } from './fixture.ts';

let api: Fixture;
beforeEach(async () => {
  api = await openFixture();
});
afterEach(async () => {
  await api.close();
});

describe('events and links by id', () => {
  it('are the documents themselves', async () => {
    expect((await api.get('/api/v1/events/ev_4')).json()).toEqual(await api.index.event(TENANT, 'ev_4'));
    const id = linkId(TENANT, 'ev_1', 'p2');
    expect((await api.get(`/api/v1/links/${id}`)).json()).toEqual(await api.index.link(TENANT, id));
  });

  it.each(['/api/v1/events/ev_none', '/api/v1/links/lk_none'])(
    'answer 404 where nothing has it: %s',
    async (url) => {
      const response = await api.get(url);
      expect([response.statusCode, response.json().code]).toEqual([404, 'CF_NOT_FOUND']);
    },
  );
});

describe('links', () => {
  it.each([
    ['payment=p1', 2],
    ['event=ev_1', 3],
    [`incident=${SHELL_INCIDENT}`, 4],
    [`incident=${incidentId(TENANT, 'ev_2')}`, 4],
    ['payment=p5', 0],
    ['incident=inc_none', 0],
  ])('with %s are %i', async (query, count) => {
    const body = (await api.get(`/api/v1/links?${query}`)).json();
    expect([body.items.length, body.next]).toEqual([count, null]);
  });

  it('are paged by cursor, also from the payment they stood in', async () => {
    const first = (await api.get('/api/v1/links?payment=p1&limit=1')).json();
    const second = (await api.get(`/api/v1/links?payment=p1&limit=1&cursor=${first.next}`)).json();
    expect(second.items[0].event.id).toBe('ev_2');
  });

  it.each(['', '?payment=p1&event=ev_1', '?payment=p1&event=ev_1&incident=x', '?payment='])(
    'need exactly one filter: refused %j',
    async (query) => {
      const response = await api.get(`/api/v1/links${query}`);
      expect([response.statusCode, response.json().code]).toEqual([400, 'CF_USAGE']);
      expect(response.json().errors.length).toBeGreaterThan(0);
    },
  );
});
