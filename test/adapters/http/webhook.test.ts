// Goal: what is posted can be told from what is forged, and the answer decides what comes next. Method: a real receiver that verifies by the
// specification, and answers in every way that receivers do.
import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebhookSender } from '../../../src/adapters/http/webhook.ts';
import type { SendOutcome } from '../../../src/ports/notices.ts';
import { HookReceiver } from './hook-receiver.ts';

const SECRET = `whsec_${Buffer.from('a secret of thirty-two bytes....').toString('base64')}`;
const OTHER = `whsec_${Buffer.from('another one of thirty-two bytes.').toString('base64')}`;
const NOTICE = { id: 'msg_1', body: '{"type":"incident.opened","title":"Größe ✓"}' };

let receiver: HookReceiver;
let url = '';
beforeEach(async () => {
  receiver = new HookReceiver(SECRET);
  url = await receiver.listen();
});
afterEach(() => receiver.close());

const bytesOf = (secret: string): Uint8Array => Buffer.from(secret.slice('whsec_'.length), 'base64');

interface Sending {
  secrets?: string[];
  to?: string;
  timeoutMs?: number;
  signal?: AbortSignal;
}

async function send({
  secrets = [SECRET],
  to = url,
  timeoutMs = 5_000,
  signal,
}: Sending = {}): Promise<SendOutcome> {
  const sender = new WebhookSender({
    url: to,
    secrets: secrets.map(bytesOf),
    userAgent: 'counterfoil/9',
    timeoutMs,
  });
  return await sender.send(NOTICE, Date.now() * 1_000, signal ?? new AbortController().signal);
}

describe('what is posted [N1]', () => {
  it('is signed, so that the receiver knows it is ours, now, and as it was sent', async () => {
    expect(await send()).toEqual({ kind: 'taken' });
    const [received] = receiver.received;
    expect(received).toMatchObject({ id: 'msg_1', body: NOTICE.body, genuine: true });
    expect(received?.headers).toMatchObject({
      'content-type': 'application/json',
      'user-agent': 'counterfoil/9',
    });
  });

  it('is signed with both secrets while they change', async () => {
    await send({ secrets: [OTHER, SECRET] });
    await send({ secrets: [SECRET, OTHER] });
    await send({ secrets: [OTHER] });
    expect(receiver.received.map(({ genuine }) => genuine)).toEqual([true, true, false]);
  });
});

describe('the answer decides [N3]', () => {
  it.each([
    [200, 'taken'],
    [202, 'taken'],
    [204, 'taken'],
    [301, 'refused'],
    [307, 'refused'],
    [400, 'refused'],
    [401, 'refused'],
    [404, 'refused'],
    [408, 'again'],
    [410, 'refused'],
    [429, 'again'],
    [500, 'again'],
    [502, 'again'],
    [503, 'again'],
  ])('%i: %s', async (status, kind) => {
    receiver.answer = (response) => void response.writeHead(status, { location: url }).end('{}');
    expect((await send()).kind).toBe(kind);
    // Above all no redirect is followed.
    expect(receiver.received).toHaveLength(1);
  });

  it.each([
    ['120', 120_000],
    ['0', 0],
    ['Wed, 21 Oct 2026 07:28:00 GMT', null],
    ['-5', null],
  ])('Retry-After: %s', async (text, retryAfterMs) => {
    receiver.answer = (response) => void response.writeHead(503, { 'retry-after': text }).end();
    expect(await send()).toEqual({ kind: 'again', why: 'status 503', retryAfterMs });
  });

  it('no answer in time: again', async () => {
    receiver.answer = () => undefined;
    expect(await send({ timeoutMs: 50 })).toEqual({
      kind: 'again',
      why: 'no answer in time',
      retryAfterMs: null,
    });
  });

  it('nobody there, a connection that breaks, no TLS where it should be: again, and nothing of the address is said', async () => {
    const gone = new HookReceiver(SECRET);
    const to = `${await gone.listen()}?token=hidden`;
    await gone.close();
    const refused = await send({ to });
    expect(refused).toMatchObject({ kind: 'again', why: 'ECONNREFUSED' });
    receiver.answer = (response) => response.destroy();
    expect((await send()).kind).toBe('again');
    const notTls = await send({ to: `${url.replace('http:', 'https:')}?token=hidden` });
    expect(notTls.kind).toBe('again');
    expect(JSON.stringify([refused, notTls])).not.toContain('hidden');
  });

  it('what speaks no HTTP: again', async () => {
    const server = createServer((socket) => socket.end('nonsense\r\n\r\n'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    expect((await send({ to: `http://127.0.0.1:${port}/` })).kind).toBe('again');
    server.close();
  });

  it('an answer without an end does not hold it up', async () => {
    let open = true;
    receiver.answer = (response) => {
      response.writeHead(200);
      response.on('close', () => (open = false));
      const more = (): void => {
        if (open && response.write('x'.repeat(60_000))) setImmediate(more);
        else if (open) response.once('drain', more);
      };
      more();
    };
    expect(await send()).toEqual({ kind: 'taken' });
  });

  it('is broken off when the process stops', async () => {
    receiver.answer = () => undefined;
    const stop = new AbortController();
    const sent = send({ signal: stop.signal });
    stop.abort();
    expect((await sent).kind).toBe('again');
  });
});
