// Goal: senders of records get the answers that make them do the right thing. Method: real sockets, and an intake that answers as
// it is told; what the intake itself does is in test/runtime/live.
import { setImmediate } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { serveIntake, ToldIntake, type IntakeServer, type ServerSettings } from './intake-server.ts';

const open: IntakeServer[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

async function serve(settings: ServerSettings = {}): Promise<{ server: IntakeServer; intake: ToldIntake }> {
  const intake = new ToldIntake();
  const server = await serveIntake(intake, settings);
  open.push(server);
  return { server, intake };
}

const JSON_TYPE = { 'content-type': 'application/json' };

describe('the routes', () => {
  it.each([
    ['/intake/kubernetes-audit', 'audit'],
    ['/intake/falco', 'alerts'],
    ['/intake/tetragon', 'alerts'],
    ['/intake/hubble', 'events'],
    ['/intake/istio', 'events'],
    ['/intake/vault', 'events'],
    ['/intake/spire', 'events'],
    ['/intake/gatekeeper', 'events'],
    ['/intake/kyverno', 'events'],
    ['/intake/argocd', 'events'],
    ['/intake/trivy', 'events'],
    ['/intake/payments', 'payments'],
    ['/intake/iso20022', 'payments'],
    ['/intake/iso8583', 'payments'],
    ['/intake/stripe', 'payments'],
    ['/intake/adyen', 'payments'],
    ['/intake/events', 'events'],
  ])('%s hands the body over as it came', async (path, input) => {
    const { server, intake } = await serve();
    const body = Buffer.from([0x7b, 0x00, 0xff, 0x7d]);
    const answer = await server.post(path, body, { ...JSON_TYPE, 'content-encoding': 'gzip' });
    expect([answer.status, answer.json()]).toEqual([200, { records: 1, accepted: 1, refused: 0 }]);
    const [request] = intake.requests;
    expect(request).toMatchObject({ input, name: path, encoding: 'gzip', media: 'json' });
    expect(Buffer.from(request?.body ?? []).equals(body)).toBe(true);
    expect(server.answered).toEqual([`${path} 200`]);
  });

  it.each(['application/x-ndjson', 'text/plain', 'application/x-www-form-urlencoded', ''])(
    'whatever the content type says: "%s"',
    async (type) => {
      const { server, intake } = await serve();
      const answer = await server.post('/intake/falco', '{}', type === '' ? {} : { 'content-type': type });
      expect([answer.status, intake.requests.length]).toEqual([200, 1]);
    },
  );

  it('says of what is promised that it is not built yet, and of all else that it is not there', async () => {
    const { server } = await serve();
    expect((await server.post('/intake/terraform', '{}')).json()).toMatchObject({
      status: 501,
      code: 'CF_NOT_BUILT',
    });
    expect((await server.post('/intake/nothing', '{}')).status).toBe(404);
  });

  it('tells what was refused', async () => {
    const { server, intake } = await serve();
    const refusals = [
      { reason: 'truncated' as const, text: 'the record breaks off', at: '/intake/falco:2:1' },
    ];
    intake.answer = { kind: 'taken', records: 2, items: 1, refusedItems: 1, refusals };
    expect((await server.post('/intake/falco', '{}')).json()).toEqual({
      records: 2,
      accepted: 1,
      refused: 1,
      refusals,
    });
    intake.answer = { kind: 'refused', refusals };
    const answer = await server.post('/intake/falco', '{}');
    expect(answer.json()).toMatchObject({ status: 422, code: 'CF_INPUT_REFUSED' });
    expect(answer.body.toString()).toContain('/intake/falco:2:1: truncated');
  });
});

describe('what is not taken', () => {
  it.each([
    [{ kind: 'busy', retryAfterSeconds: 1 } as const, 429, '1'],
    [{ kind: 'full', text: 'the disk is full', retryAfterSeconds: 30 } as const, 503, '30'],
  ])('%o: when to send it again', async (told, status, after) => {
    const { server, intake } = await serve();
    intake.answer = told;
    const answer = await server.post('/intake/payments', '{}');
    expect([answer.status, answer.headers['retry-after']]).toEqual([status, after]);
    expect(answer.headers['content-type']).toContain('application/problem+json');
  });

  it('a body larger than allowed: 413 with the limit, and the intake never saw it', async () => {
    const { server, intake } = await serve({ maxBodyBytes: 100 });
    const answer = await server.post('/intake/payments', 'x'.repeat(101));
    expect(answer.json()).toMatchObject({
      status: 413,
      detail: expect.stringContaining('100 bytes') as unknown,
    });
    expect(intake.requests).toEqual([]);
  });

  it('more at once than may wait: 429 before the body is read; and taken again afterwards', async () => {
    const { server, intake } = await serve({ budgetBytes: 150 });
    const gate = Promise.withResolvers<void>();
    intake.hold = gate.promise;
    const first = server.post('/intake/payments', 'x'.repeat(100));
    while (intake.requests.length === 0) await setImmediate();
    const second = await server.post('/intake/payments', 'x'.repeat(100));
    expect([second.status, second.headers['retry-after']]).toEqual([429, '1']);
    gate.resolve();
    expect((await first).status).toBe(200);
    expect((await server.post('/intake/payments', 'x'.repeat(100))).status).toBe(200);
  });

  it.each([
    ['a coding that is not read', { 'content-encoding': 'br' }, 415],
    ['protobuf', { 'content-type': 'application/x-protobuf' }, 415],
    ['CSV', { 'content-type': 'text/csv; charset=utf-8' }, 415],
    ['another host', { host: 'evil.example' }, 421],
    ['a page of another site', { 'sec-fetch-site': 'cross-site' }, 403],
    ['a page of another port', { 'sec-fetch-site': 'same-site' }, 403],
    ['a page, as older browsers say it', { origin: 'https://evil.example' }, 403],
    ['a page from nowhere', { origin: 'null' }, 403],
  ])('%s', async (_what, headers, status) => {
    const { server, intake } = await serve();
    expect((await server.post('/intake/payments', '{}', headers)).status).toBe(status);
    expect(intake.requests).toEqual([]);
  });

  it('our own page may send', async () => {
    const { server } = await serve();
    const headers = { origin: server.url, 'sec-fetch-site': 'same-origin' };
    expect((await server.post('/intake/payments', '{}', headers)).status).toBe(200);
  });

  it('what fails on our side: 500 without a word of why, and told to us', async () => {
    const { server, intake } = await serve();
    intake.answer = new Error('secret');
    const answer = await server.post('/intake/payments', '{}');
    expect([answer.status, answer.body.toString().includes('secret'), server.errors.length]).toEqual([
      500,
      false,
      1,
    ]);
  });
});

describe('stopping', () => {
  it('answers what was let in, refuses what comes, and then is idle', async () => {
    const { server, intake } = await serve();
    const gate = Promise.withResolvers<void>();
    intake.hold = gate.promise;
    const first = server.post('/intake/payments', '{}');
    while (intake.requests.length === 0) await setImmediate();
    let idle = false;
    const closed = server.gate.close().then(() => (idle = true));
    const late = await server.post('/intake/payments', '{}');
    expect([late.status, late.headers['retry-after'], idle]).toEqual([503, '5', false]);
    gate.resolve();
    expect((await first).status).toBe(200);
    await closed;
    expect(idle).toBe(true);
  });
});

describe('the end of inputs', () => {
  it('in a bounded run: ends those that are named, which then take nothing more', async () => {
    const { server, intake } = await serve({ bounded: ['payments', 'spans'] });
    expect((await server.post('/intake/_end?input=payments&input=spans', '')).status).toBe(200);
    expect(intake.ended).toEqual(['payments', 'spans']);
    expect((await server.post('/intake/payments', '{}')).json()).toMatchObject({
      status: 409,
      code: 'CF_ENDED',
    });
  });

  it.each([
    ['an input that is none', ['payments'] as const, '?input=nothing'],
    ['no input', ['payments'] as const, ''],
    ['a run that is not bounded', null, '?input=payments'],
  ])('%s: 400', async (_what, bounded, query) => {
    const { server, intake } = await serve({ bounded });
    expect((await server.post(`/intake/_end${query}`, '')).status).toBe(400);
    expect(intake.ended).toEqual([]);
  });
});
