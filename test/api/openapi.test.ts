/** The published description: fresh, sound, and true of every answer. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isFresh } from '../../tools/generate-openapi.ts';
import { SHELL_INCIDENT, TENANT } from '../conformance/incident-documents.ts';
import { linkId } from '../../src/model/ids.ts';
import { openFixture, type Fixture } from './fixture.ts';

interface Operation {
  operationId: string;
  summary: string;
  tags: string[];
  parameters?: { name: string; in: string }[];
  responses: Record<string, { description: string; content?: Record<string, { schema: object }> }>;
}

interface OpenApi {
  openapi: string;
  info: { title: string; version: string };
  tags: { name: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, object> };
}

let api: Fixture;
let document: OpenApi;
beforeAll(async () => {
  api = await openFixture();
  document = (await api.get('/openapi.json')).json();
});
afterAll(async () => {
  await api.close();
});

function operations(): [string, string, Operation][] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): [string, string, Operation] => [
      path,
      method,
      operation,
    ]),
  );
}

describe('the OpenAPI document', () => {
  it('is the copy in docs/reference', async () => {
    expect(await isFresh()).toBe(true);
  });

  it('is of version 3.1 and has what 3.1 asks for', () => {
    expect(document.openapi).toMatch(/^3\.1\.\d+$/);
    expect(document.info).toMatchObject({ title: 'Counterfoil', version: '9.9.9' });
    const tags = document.tags.map(({ name }) => name);
    for (const [path, method, operation] of operations()) {
      const where = `${method} ${path}`;
      expect([where, operation.summary]).not.toEqual([where, undefined]);
      expect(tags).toEqual(expect.arrayContaining(operation.tags));
      for (const response of Object.values(operation.responses)) expect(response.description).not.toBe('');
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const declared = (operation.parameters ?? [])
        .filter((one) => one.in === 'path')
        .map(({ name }) => name);
      expect([where, declared]).toEqual([where, inPath]);
    }
    const names = operations().map(([, , operation]) => operation.operationId);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toHaveLength(18);
  });

  it('refers only to what it has', () => {
    const text = JSON.stringify(document);
    const references = [...text.matchAll(/"\$ref":"([^"]+)"/g)].map(([, reference]) => reference ?? '');
    expect(references.length).toBeGreaterThan(0);
    for (const reference of references) {
      expect(reference).toMatch(/^#\/components\/schemas\//);
      expect(Object.keys(document.components.schemas)).toContain(reference.split('/').at(-1));
    }
    expect(text).not.toContain('"$id"');
  });

  it('publishes problems for every path', () => {
    for (const [path, , operation] of operations()) {
      for (const range of ['4XX', '5XX']) {
        const media = Object.keys(operation.responses[range]?.content ?? {});
        expect([path, media]).toEqual([path, ['application/problem+json']]);
      }
    }
  });
});

describe('every answer fits its published schema', () => {
  const link = linkId(TENANT, 'ev_1', 'p1');
  it.each([
    ['/api/v1/payments/{id}', '/api/v1/payments/p1'],
    ['/api/v1/payments/{id}', '/api/v1/payments/p5'],
    ['/api/v1/payments/{id}', '/api/v1/payments/order-7'],
    ['/api/v1/payments/{id}', '/api/v1/payments/nobody'],
    ['/api/v1/incidents', '/api/v1/incidents?limit=1'],
    ['/api/v1/incidents', '/api/v1/incidents?limit=0'],
    ['/api/v1/incidents/{id}', `/api/v1/incidents/${SHELL_INCIDENT}`],
    ['/api/v1/incidents/{id}/payments', `/api/v1/incidents/${SHELL_INCIDENT}/payments`],
    ['/api/v1/incidents/{id}/events', `/api/v1/incidents/${SHELL_INCIDENT}/events`],
    ['/api/v1/events/{id}', '/api/v1/events/ev_4'],
    ['/api/v1/links', '/api/v1/links?payment=p1'],
    ['/api/v1/links/{id}', `/api/v1/links/${link}`],
    ['/healthz', '/healthz'],
    ['/readyz', '/readyz'],
    ['/api/v1/accounting', '/api/v1/accounting'],
    ['/api/v1/dead-letters', '/api/v1/dead-letters'],
  ])('%s: %s', async (path, url) => {
    const response = await api.get(url);
    expect(faults(path, 'get', response.statusCode, response.json())).toEqual([]);
  });

  it('/api/v1/payments/_lookup', async () => {
    const payload = { ids: ['p1', 'nobody', 'order-7'] };
    const response = await api.inject({ method: 'POST', url: '/api/v1/payments/_lookup', payload });
    expect(faults('/api/v1/payments/_lookup', 'post', 200, response.json())).toEqual([]);
  });

  it('/api/v1/dead-letters/{id}/_redrive', async () => {
    const response = await api.inject({ method: 'POST', url: '/api/v1/dead-letters/x/_redrive' });
    expect(faults('/api/v1/dead-letters/{id}/_redrive', 'post', 404, response.json())).toEqual([]);
  });

  it('and an answer that does not fit is told apart', () => {
    expect(faults('/healthz', 'get', 200, { status: 'ill', version: '1' })).not.toEqual([]);
    expect(faults('/api/v1/events/{id}', 'get', 200, { schema: 'event/1' })).not.toEqual([]);
  });
});

function faults(path: string, method: string, status: number, body: unknown): unknown[] {
  const responses = document.paths[path]?.[method]?.responses ?? {};
  const answer = responses[status] ?? responses[`${String(status)[0]}XX`];
  const [media] = Object.values(answer?.content ?? {});
  if (media === undefined) throw new Error(`${path} publishes no answer ${status}`);
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  const validate = ajv.compile({ ...media.schema, components: document.components });
  return validate(body) ? [] : (validate.errors ?? []);
}
