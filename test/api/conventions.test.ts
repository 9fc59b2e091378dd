/** What holds for every path: problems, headers, entity tags, loopback. */
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isLoopback, listenOnLoopback } from '../../src/api/loopback.ts';
import { createApi } from '../../src/api/server.ts';
import type { IncidentIndex } from '../../src/ports/incident-index.ts';
import { SHELL_INCIDENT, TENANT, paymentDocument, story } from '../conformance/incident-documents.ts';
import { openFixture, type Fixture } from './fixture.ts';

let api: Fixture;
beforeEach(async () => {
  api = await openFixture();
});
afterEach(async () => {
  await api.close();
});

describe('every error is a problem document', () => {
  it.each([
    ['a path that is not there', { url: '/api/v1/nothing' }, 404, 'CF_NOT_FOUND'],
    ['a method that is not there', { method: 'DELETE', url: '/api/v1/incidents' }, 404, 'CF_NOT_FOUND'],
    ['a bad percent sign', { url: '/api/v1/payments/%E0%A4%A' }, 400, 'CF_USAGE'],
    ['an id that is too long', { url: `/api/v1/payments/${'x'.repeat(257)}` }, 400, 'CF_USAGE'],
    [
      'an id that is far too long',
      { url: `/api/v1/payments/${'%F0%9F%92%B6'.repeat(300)}` },
      400,
      'CF_USAGE',
    ],
    ['a cursor of nobody', { url: '/api/v1/incidents?cursor=abc' }, 400, 'CF_CURSOR'],
    [
      'a body that is no JSON',
      {
        method: 'POST',
        url: '/api/v1/payments/_lookup',
        payload: '{',
        headers: { 'content-type': 'application/json' },
      },
      400,
      'CF_USAGE',
    ],
    [
      'a body of another type',
      {
        method: 'POST',
        url: '/api/v1/payments/_lookup',
        payload: '<a/>',
        headers: { 'content-type': 'text/xml' },
      },
      415,
      'CF_USAGE',
    ],
    [
      'a body over 1 MiB',
      { method: 'POST', url: '/api/v1/payments/_lookup', payload: { ids: ['x'.repeat(1_100_000)] } },
      413,
      'CF_OVER_LIMIT',
    ],
    [
      'a body that would poison a prototype',
      {
        method: 'POST',
        url: '/api/v1/payments/_lookup',
        payload: '{"ids":[],"__proto__":{"x":1}}',
        headers: { 'content-type': 'application/json' },
      },
      400,
      'CF_USAGE',
    ],
  ] as const)('%s', async (_name, request, status, code) => {
    const response = await api.inject(request);
    expect(response.statusCode).toBe(status);
    expect(response.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    expect(response.headers['x-content-type-options']).toBe('nosniff');
    const body = response.json();
    expect(body).toMatchObject({ type: `urn:counterfoil:error:${code}`, status, code });
    expect(body.title).not.toBe('');
    expect(body.detail).not.toBe('');
  });

  it('says of a failure on our side that it was one, and nothing else', async () => {
    const broken = new Proxy({} as IncidentIndex, {
      get: () => () => {
        throw new Error('secret detail at /home/somebody/index.sqlite');
      },
    });
    const errors: Error[] = [];
    const clock = { now: () => 0, elapsedMs: () => 0 };
    const onInternalError = (error: Error) => void errors.push(error);
    const app = createApi({ index: broken, tenant: TENANT, clock, version: '1', onInternalError });
    const response = await app.inject('/api/v1/payments/p1');
    await app.close();
    expect(response.statusCode).toBe(500);
    expect(response.json().code).toBe('CF_INTERNAL');
    expect(response.body).not.toMatch(/secret|somebody|stack|\.ts/);
    expect(errors.map((error) => error.message)).toEqual(['secret detail at /home/somebody/index.sqlite']);
  });

  it('never has more than 20 faults', async () => {
    const ids = Array.from({ length: 500 }, () => '');
    const response = await api.inject({ method: 'POST', url: '/api/v1/payments/_lookup', payload: { ids } });
    expect(response.json().errors).toHaveLength(20);
  });

  it('also where the bytes are no HTTP', async () => {
    const address = new URL(await listenOnLoopback(api.app, { port: 0 }));
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(Number(address.port), address.hostname, () => socket.write('nonsense\r\n\r\n'));
      let text = '';
      socket.on('data', (chunk) => (text += chunk.toString()));
      socket.on('close', () => resolve(text));
      socket.on('error', reject);
    });
    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request/);
    expect(answer).toContain('application/problem+json');
  });
});

describe('headers', () => {
  it.each(['/', '/api/v1/incidents', '/api/v1/nothing'])('are strict on %s', async (url) => {
    const { headers } = await api.get(url);
    const policy = String(headers['content-security-policy']).split(';');
    expect(policy).toEqual(
      expect.arrayContaining([
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "img-src 'self' data:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
      ]),
    );
    expect(String(headers['content-security-policy'])).not.toContain('unsafe');
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['x-frame-options']).toBe('DENY');
    expect(headers['referrer-policy']).toBe('no-referrer');
    expect(headers['strict-transport-security']).toBeUndefined();
  });

  it('let no other origin read', async () => {
    const { headers } = await api.get('/api/v1/incidents', { origin: 'https://evil.example' });
    expect(headers['access-control-allow-origin']).toBeUndefined();
    expect(headers['cross-origin-resource-policy']).toBe('same-origin');
  });
});

describe('entity tags', () => {
  const tagged = ['/api/v1/payments/p1', `/api/v1/incidents/${SHELL_INCIDENT}`, '/api/v1/events/ev_1', '/'];

  it.each(tagged)('answer 304 on %s to whoever has it', async (url) => {
    const first = await api.get(url);
    const tag = String(first.headers['etag']);
    for (const header of [tag, tag.replace('W/', ''), `"other", ${tag}`, '*']) {
      const again = await api.get(url, { 'if-none-match': header });
      expect([again.statusCode, again.body, again.headers['etag']]).toEqual([304, '', tag]);
    }
    expect((await api.get(url, { 'if-none-match': '"other"' })).statusCode).toBe(200);
  });

  it('carry the content hash', async () => {
    const response = await api.get('/api/v1/events/ev_1');
    expect(response.headers['etag']).toContain(response.json().meta.content_hash);
  });

  it('hold while time passes, and change at the deadline', async () => {
    const tagNow = async () => (await api.get('/api/v1/payments/p1')).headers['etag'];
    const first = await tagNow();
    api.setNow('2026-03-10T15:29:59Z');
    expect(await tagNow()).toBe(first);
    api.setNow('2026-03-10T15:30:00Z');
    expect(await tagNow()).not.toBe(first);
  });

  it('change when a link is added to the payment', async () => {
    const before = (await api.get('/api/v1/payments/p1')).headers['etag'];
    const changed = story();
    changed.links.pop();
    changed.links = changed.links.slice(0, 1);
    await api.index.replaceAll(TENANT, changed);
    expect((await api.get('/api/v1/payments/p1')).headers['etag']).not.toBe(before);
  });
});

describe('loopback', () => {
  it.each(['localhost', 'LOCALHOST:8686', '127.0.0.1:8686', '127.1.2.3', '[::1]', '[::1]:8686'])(
    'answers to the host %s',
    async (host) => {
      expect((await api.get('/healthz', { host })).statusCode).toBe(200);
    },
  );

  it.each([
    'evil.example',
    'evil.example:8686',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    '0.0.0.0',
    '10.0.0.1',
    'localhost:x',
    '[::2]',
  ])('refuses the host %j, on any path', async (host) => {
    for (const url of ['/', '/healthz', '/api/v1/incidents', '/nothing']) {
      const response = await api.get(url, { host });
      expect([response.statusCode, response.json().code]).toEqual([421, 'CF_USAGE']);
    }
  });

  it.each(['0.0.0.0', '::', '192.168.0.1', 'example.org', ''])('refuses to listen on %j', async (host) => {
    await expect(listenOnLoopback(api.app, { host, port: 0 })).rejects.toMatchObject({ code: 'CF_USAGE' });
    expect(isLoopback(host)).toBe(false);
  });

  it('says that a port is in use', async () => {
    const port = Number(new URL(await listenOnLoopback(api.app, { port: 0 })).port);
    const second = await openFixture();
    await expect(listenOnLoopback(second.app, { port })).rejects.toMatchObject({ code: 'CF_PORT_IN_USE' });
    await second.close();
  });
});

describe('the rest', () => {
  it('is alive', async () => {
    const response = await api.get('/healthz');
    expect(response.json()).toEqual({ status: 'ok', version: '9.9.9' });
    expect(response.headers['cache-control']).toBe('no-store');
  });

  it('serves the page and all that it asks for, of the right type', async () => {
    const page = await api.get('/');
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
    const asked = [...page.body.matchAll(/(?:src|href)="(\/[^"]*)"/g)].map(([, path]) => path ?? '');
    expect(asked).toEqual(expect.arrayContaining(['/web/app.js', '/web/style.css', '/openapi.json']));
    for (const path of asked) expect([path, (await api.get(path)).statusCode]).toEqual([path, 200]);
    expect((await api.get('/web/app.js')).headers['content-type']).toBe('text/javascript; charset=utf-8');
    expect((await api.get('/web/style.css')).headers['content-type']).toBe('text/css; charset=utf-8');
    expect((await api.get('/web/../api/server.ts')).statusCode).toBe(404);
  });

  it('shows no document of another tenant', async () => {
    await api.index.replaceAll('other', {
      events: [],
      links: [],
      incidents: [],
      payments: [paymentDocument({ id: 'theirs' })],
    });
    expect((await api.get('/api/v1/payments/theirs')).statusCode).toBe(404);
  });
});
