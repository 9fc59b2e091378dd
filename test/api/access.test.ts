// Goal: who has no key gets nothing, on any route, and who has one gets what its scope says. Method: every route of the published
// description, and those that it does not list, against keys that are named after their scope.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { intakePlugin } from '../../src/adapters/http/intake-plugin.ts';
import { ByteBudget } from '../../src/adapters/http/budget.ts';
import { IntakeGate } from '../../src/adapters/http/intake-gate.ts';
import type { Refusal } from '../../src/api/access-guard.ts';
import { CounterfoilError } from '../../src/model/errors.ts';
import { ToldIntake } from '../adapters/http/intake-server.ts';
import { openFixture, type Fixture } from './fixture.ts';
import { doorwayFor, NAMED_KEYS } from './key-ring.ts';

const refusals: Refusal[] = [];
let api: Fixture;
let open: Fixture;

beforeAll(async () => {
  api = await openFixture(undefined, { doorway: doorwayFor(NAMED_KEYS, refusals) });
  open = await openFixture();
  for (const { app } of [api, open])
    void app.register(intakePlugin, {
      gate: new IntakeGate(new ToldIntake()),
      budget: new ByteBudget(1_000_000),
      maxBodyBytes: 1_000_000,
      bounded: null,
      onInternalError: () => undefined,
    });
  await Promise.all([api.app.ready(), open.app.ready()]);
});
afterAll(async () => {
  await api.close();
  await open.close();
});

type Method = 'GET' | 'POST' | 'HEAD' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS';

async function statusOf(method: Method, url: string, key?: string): Promise<number> {
  const headers = key === undefined ? {} : { authorization: `Bearer ${key}` };
  return (await api.inject({ method, url, headers })).statusCode;
}

/** Every route there is, by scope; those of the description are compared with this table below. */
const ROUTES: Record<string, [Method, string][]> = {
  intake: [
    ['POST', '/intake/kubernetes-audit'],
    ['POST', '/intake/falco'],
    ['POST', '/intake/payments'],
    ['POST', '/intake/events'],
    ['POST', '/intake/_end'],
    ['POST', '/intake/tetragon'],
    ['POST', '/intake/hubble'],
    ['POST', '/intake/istio'],
    ['POST', '/intake/vault'],
    ['POST', '/intake/spire'],
    ['POST', '/intake/gatekeeper'],
    ['POST', '/intake/kyverno'],
    ['POST', '/intake/argocd'],
    ['POST', '/intake/trivy'],
    ['POST', '/intake/opa'],
    ['POST', '/v1/traces'],
    ['POST', '/v1/logs'],
  ],
  read: [
    ['GET', '/api/v1/payments/{id}'],
    ['POST', '/api/v1/payments/_lookup'],
    ['GET', '/api/v1/incidents'],
    ['GET', '/api/v1/incidents/{id}'],
    ['GET', '/api/v1/incidents/{id}/payments'],
    ['GET', '/api/v1/incidents/{id}/events'],
    ['GET', '/api/v1/events/{id}'],
    ['GET', '/api/v1/events/{id}/links'],
    ['GET', '/api/v1/links'],
    ['GET', '/api/v1/links/{id}'],
    ['GET', '/api/v1/accounting'],
    ['GET', '/api/v1/dead-letters'],
    ['GET', '/api/v1/retro/{id}'],
    ['GET', '/api/v1/retro/{id}/links'],
    ['GET', '/metrics'],
    ['HEAD', '/api/v1/incidents'],
    ['GET', '/nothing/here'],
    ['GET', '/api/v1/'],
  ],
  write: [
    ['POST', '/api/v1/dead-letters/{id}/_redrive'],
    ['POST', '/api/v1/retro'],
    ['DELETE', '/api/v1/retro/{id}'],
    ['POST', '/nothing/here'],
    ['DELETE', '/api/v1/incidents/{id}'],
    ['OPTIONS', '/api/v1/incidents'],
  ],
};
const OPEN: [Method, string][] = [
  ['GET', '/healthz'],
  ['GET', '/readyz'],
  ['HEAD', '/healthz'],
  ['GET', '/'],
  ['GET', '/web/app.js'],
  ['GET', '/openapi.json'],
];

const CASES = Object.entries(ROUTES).flatMap(([scope, routes]) =>
  routes.map(([method, path]) => [scope, method, path] as const),
);

describe('keys are asked for [A2]', () => {
  it.each(CASES)('%s: %s %s', async (scope, method, path) => {
    const url = path.replace('{id}', 'x');
    expect(await statusOf(method, url)).toBe(401);
    expect(await statusOf(method, url, 'made-up')).toBe(401);
    for (const other of ['intake', 'read', 'write'].filter((name) => name !== scope))
      expect([other, await statusOf(method, url, other)]).toEqual([other, 403]);
    // What it is then, the route says: here it often has nothing of that id.
    expect([401, 403]).not.toContain(await statusOf(method, url, scope));
  });

  it('names every route that the description has', async () => {
    const { paths } = (await api.get('/openapi.json')).json<{ paths: Record<string, object> }>();
    const described = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const known = new Set([...Object.values(ROUTES).flat(), ...OPEN].map((route) => route.join(' ')));
    expect(described.filter((route) => !known.has(route))).toEqual([]);
  });

  it.each(OPEN)('%s %s is open', async (method, path) => {
    expect(await statusOf(method, path)).toBe(200);
  });

  it('and nothing but what is open is reached by another spelling of its path', async () => {
    for (const url of [
      '//healthz',
      '/healthz/',
      '/healthz/../metrics',
      '/web/../metrics',
      '/%2e%2e/metrics',
      '/METRICS',
    ])
      expect([url, await statusOf('GET', url)]).toEqual([url, 401]);
  });

  it('not where there are none', async () => {
    expect((await open.get('/api/v1/incidents')).statusCode).toBe(200);
  });
});

describe('an answer to who is not let in [A2]', () => {
  it('is a problem that says what to send, and how', async () => {
    const none = await api.get('/api/v1/incidents');
    expect(none.headers['content-type']).toContain('application/problem+json');
    expect(none.headers['www-authenticate']).toBe('Bearer realm="counterfoil"');
    expect(none.json()).toMatchObject({ code: 'CF_UNAUTHENTICATED', status: 401 });
    const unknown = await api.get('/api/v1/incidents', { authorization: 'Bearer nobody' });
    expect(unknown.headers['www-authenticate']).toContain('error="invalid_token"');
    const lacking = await api.get('/api/v1/incidents', { authorization: 'bearer intake' });
    expect(lacking.headers['www-authenticate']).toContain('error="insufficient_scope", scope="read"');
    expect(lacking.json()).toMatchObject({ code: 'CF_FORBIDDEN', status: 403 });
  });

  it.each([
    'read',
    'Basic cmVhZDpyZWFk',
    'Bearer',
    'Bearer ',
    'Bearer read read',
    'Bearer read,write',
    `Bearer ${'r'.repeat(300)}`,
  ])('takes %j for no key', async (authorization) => {
    expect((await api.get('/api/v1/incidents', { authorization })).statusCode).toBe(401);
  });

  it('is, on the routes of OTLP, a status that exporters read', async () => {
    const answer = await api.inject({
      method: 'POST',
      url: '/v1/traces',
      headers: { 'content-type': 'application/json' },
      payload: '{}',
    });
    expect([answer.statusCode, answer.json()]).toEqual([401, expect.objectContaining({ code: 16 })]);
  });

  it('tells of it without a word of the key', async () => {
    refusals.splice(0);
    await api.get('/api/v1/payments/secret-id', { authorization: 'Bearer cfk_secret' });
    await api.get('/api/v1/payments/secret-id', { authorization: 'Bearer write' });
    expect(refusals).toEqual([
      {
        reason: 'unknown_key',
        method: 'GET',
        route: '/api/v1/payments/:id',
        address: '127.0.0.1',
        keyId: null,
        fault: null,
      },
      {
        reason: 'lacks_scope',
        method: 'GET',
        route: '/api/v1/payments/:id',
        address: '127.0.0.1',
        keyId: 'id-write',
        fault: null,
      },
    ]);
    expect(JSON.stringify(refusals)).not.toContain('secret');
  });

  it('is 503 where it cannot be known who may, and does not say which file it is [A3]', async () => {
    const fault = new CounterfoilError('CF_KEY_FILE', '/secret/place cannot be read');
    const told: Refusal[] = [];
    const keys = {
      demanded: () => true,
      grantOf: () => {
        throw fault;
      },
    };
    const broken = await openFixture(undefined, { doorway: doorwayFor(keys, told) });
    const answer = await broken.get('/api/v1/incidents', { authorization: 'Bearer read' });
    expect([answer.statusCode, answer.headers['retry-after']]).toEqual([503, '5']);
    expect(answer.body).not.toContain('secret');
    expect(told[0]).toMatchObject({ reason: 'key_file', fault });
    expect(broken.errors).toEqual([]);
    await broken.close();
  });
});
