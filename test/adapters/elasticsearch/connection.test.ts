// Goal: whatever is wrong with the server, one error says what, where and what to do, and nothing of what was sent. Method: real ports, a server
// that answers as it is told, and the real client.
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { connectElastic } from '../../../src/adapters/elasticsearch/connection.ts';
import { CounterfoilError } from '../../../src/model/errors.ts';
import { openFaultProxy, type Fault, type FaultProxy } from './fault-proxy.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

async function failureAt(url: string, requestTimeoutMs = 5_000): Promise<CounterfoilError> {
  const connection = connectElastic({ nodes: [url], requestTimeoutMs, username: 'u', password: 'pass-word' });
  closing.push(() => connection.close());
  const ask = connection.ask('reading a payment', (client) => client.mget({ docs: [] }, { maxRetries: 0 }));
  const error: unknown = await ask.then(
    () => null,
    (cause: unknown) => cause,
  );
  if (error instanceof CounterfoilError) return error;
  throw new Error('it answered');
}

async function proxyWith(fault: Fault): Promise<FaultProxy> {
  const proxy = await openFaultProxy('http://127.0.0.1:1');
  closing.push(() => proxy.close());
  proxy.faults = () => fault;
  return proxy;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe('a server that does not do its part [E7]', () => {
  it('is not there', async () => {
    const address = `127.0.0.1:${await freePort()}`;
    const error = await failureAt(`http://user:secret@${address}`);
    expect(error.code).toBe('CF_UNREACHABLE');
    expect(error.message).toContain(address);
    expect(error.message).toContain('ECONNREFUSED');
    expect(error.message).not.toMatch(/secret|pass-word/);
  });

  it('does not answer in time', async () => {
    const { url } = await proxyWith({ kind: 'hang' });
    expect(await failureAt(url, 200)).toMatchObject({
      code: 'CF_UNREACHABLE',
      message: expect.stringContaining('did not answer in time for reading a payment'),
    });
  });

  it.each<[number, string, string, RegExp]>([
    [401, 'security_exception', 'CF_SERVER_SETUP', /API key or the user/],
    [403, 'security_exception', 'CF_SERVER_SETUP', /API key or the user/],
    [403, 'cluster_block_exception', 'CF_SERVER_SETUP', /blocked/],
    [404, 'index_not_found_exception', 'CF_SERVER_SETUP', /Install the templates/],
    [429, 'es_rejected_execution_exception', 'CF_UNREACHABLE', /load/],
    [503, 'cluster_exception', 'CF_UNREACHABLE', /load/],
    [400, 'parsing_exception', 'CF_INTERNAL', /parsing_exception/],
  ])('answers %i %s', async (status, type, code, text) => {
    const { url } = await proxyWith({ kind: 'answer', status, type });
    const error = await failureAt(url);
    expect(error.code).toBe(code);
    expect(error.message).toMatch(text);
    expect(error.message).toContain(new URL(url).host);
    // What the server gives as its reason repeats what was sent.
    expect(error.message).not.toContain('4111');
  });
});

it('an address that is none is a fault of the configuration [E7]', () => {
  expect(() => connectElastic({ nodes: ['search.example:9200:x'], requestTimeoutMs: 1 })).toThrow(
    /https:\/\/host:port/,
  );
});
