// Goal: calls find their answers, bodies are handed over, and nobody waits for a thread that is gone. Method: the other side of
// the port, by hand.
import { describe, expect, it } from 'vitest';
import { EngineClient, type ThreadPort } from '../../src/cli/engine-client.ts';
import { toSent, type Call, type News, type Reply } from '../../src/cli/engine-rpc.ts';
import { CounterfoilError } from '../../src/model/errors.ts';
import type { IntakeRequest } from '../../src/ports/intake.ts';

class HandPort implements ThreadPort {
  readonly calls: Call[] = [];
  readonly transferred: ArrayBuffer[] = [];
  readonly #listeners = new Map<string, (argument: never) => void>();

  postMessage(message: Call, transfer: readonly ArrayBuffer[] = []): void {
    this.calls.push(message);
    this.transferred.push(...transfer);
  }

  on(event: string, listener: (argument: never) => void): void {
    this.#listeners.set(event, listener);
  }

  say(message: Reply | News): void {
    this.#listeners.get('message')?.(message as never);
  }

  exit(code: number): void {
    this.#listeners.get('exit')?.(code as never);
  }
}

function open(maxPostedBytes = 1_000): { port: HandPort; client: EngineClient; logged: string[] } {
  const port = new HandPort();
  const logged: string[] = [];
  const logger = { log: (_level: string, event: string) => void logged.push(event) };
  return { port, logged, client: new EngineClient(port, { logger, maxPostedBytes }) };
}

const request = (bytes: number): IntakeRequest => ({
  input: 'payments',
  name: '/intake/payments',
  body: new Uint8Array(bytes),
  encoding: 'identity',
  media: 'json',
});
/** What a call is rejected with. */
const failureOf = (call: Promise<unknown>): Promise<unknown> => call.catch((error: unknown) => error);

const TAKEN = { kind: 'taken', records: 1, items: 1, refusedItems: 0, refusals: [] };

describe('the client of the engine thread', () => {
  it('gives every call its own answer, in whatever order they come', async () => {
    const { port, client } = open();
    const [first, second] = [client.status(), client.accounting()];
    const [a, b] = port.calls;
    port.say({ id: b?.id ?? 0, value: 'second' });
    port.say({ id: a?.id ?? 0, value: 'first' });
    expect([await first, await second]).toEqual(['first', 'second']);
  });

  it('hands large bodies over, and copies those that share their memory', () => {
    const { port, client } = open();
    void client.submit(request(100));
    const pool = new Uint8Array(64);
    void client.submit({ ...request(0), body: pool.subarray(8, 16) });
    expect(port.transferred.map(({ byteLength }) => byteLength)).toEqual([100, 8]);
    expect(pool.byteLength).toBe(64);
  });

  it('is busy when too many bytes are posted and unanswered, without posting more', async () => {
    const { port, client } = open(150);
    const first = client.submit(request(100));
    expect(await client.submit(request(100))).toEqual({ kind: 'busy', retryAfterSeconds: 1 });
    expect(port.calls).toHaveLength(1);
    port.say({ id: port.calls[0]?.id ?? 0, value: TAKEN });
    await first;
    void client.submit(request(100));
    expect(port.calls).toHaveLength(2);
  });

  it('gives errors their codes back', async () => {
    const { port, client } = open();
    const call = client.status();
    const error = new CounterfoilError('CF_LOG_CORRUPT', 'damaged');
    port.say({ id: port.calls[0]?.id ?? 0, failure: toSent(error) });
    await expect(call).rejects.toMatchObject({ code: 'CF_LOG_CORRUPT', message: 'damaged' });
  });

  it('passes on what the thread has to tell', () => {
    const { port, logged } = open();
    port.say({ news: 'log', level: 'info', event: 'engine-finished', detail: '', fields: {} });
    expect(logged).toEqual(['engine-finished']);
    const ids: string[] = [];
    const listening = new HandPort();
    const logger = { log: () => undefined };
    const onIncidents = (told: readonly string[]): void => void ids.push(...told);
    expect(new EngineClient(listening, { logger, maxPostedBytes: 1, onIncidents })).toBeDefined();
    listening.say({ news: 'incidents', ids: ['inc_1', 'inc_2'] });
    expect(ids).toEqual(['inc_1', 'inc_2']);
  });
});

describe('when the thread fails', () => {
  it('while it starts: whoever waits for it is told why', async () => {
    const { port, client } = open();
    port.say({ news: 'failed', failure: toSent(new CounterfoilError('CF_INDEX_LOCKED', 'in use')) });
    await expect(client.started).rejects.toMatchObject({ code: 'CF_INDEX_LOCKED' });
  });

  it('later: every open call and every later one is rejected, and the death is known', async () => {
    const { port, client } = open();
    port.say({ news: 'started' });
    await client.started;
    const call = failureOf(client.submit(request(1)));
    port.say({ news: 'failed', failure: toSent(new Error('broken')) });
    port.exit(0);
    expect(await call).toMatchObject({ message: 'broken' });
    await expect(client.status()).rejects.toThrow('broken');
    expect((await client.died).message).toBe('broken');
  });

  it('without a word', async () => {
    const { port, client } = open();
    const call = failureOf(client.status());
    port.exit(1);
    expect(await call).toMatchObject({ message: 'The engine thread has ended' });
  });

  it('but an end after a drain is none', async () => {
    const { port, client } = open();
    const drain = client.drain();
    port.say({ id: port.calls[0]?.id ?? 0, value: null });
    await drain;
    port.exit(0);
    expect(await Promise.race([client.died, Promise.resolve('alive')])).toBe('alive');
  });
});
