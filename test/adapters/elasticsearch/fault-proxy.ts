/**
 * Stands between a client and the real server and spoils what it is told to: so that what a server does under load, behind a proxy or at its end
 * can be had at will, over the wire and with the real client.
 */
import {
  createServer,
  request as send,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

export type Fault =
  /** The server is not asked. */
  | { kind: 'answer'; status: number; type?: string }
  /** The connection breaks, and the server is not asked: as if it were away. */
  | { kind: 'cut' }
  /** Nothing is answered, and the server is not asked. */
  | { kind: 'hang' }
  /** The server does what it is asked, and the answer is lost. */
  | { kind: 'lose' }
  /** Of a bulk request: items that the server is not given, with the status that they get instead. */
  | { kind: 'items'; statusOf: (item: number) => number | null; type?: string };

export interface ProxiedRequest {
  method: string;
  path: string;
  body: string;
  /** Requests of this kind so far, from 1. */
  count: number;
}

export type Faults = (request: ProxiedRequest) => Fault | null;

export interface FaultProxy {
  url: string;
  faults: Faults;
  /** Bulk requests that came. */
  bulks: number;
  /** Breaks the connections of all who were left without an answer. */
  release(): void;
  close(): Promise<void>;
}

/** What one proxy keeps. */
type Kept = Omit<FaultProxy, 'url' | 'close' | 'release'> & { hanging: Set<ServerResponse> };

/** @param target URL of the server */
export async function openFaultProxy(target: string): Promise<FaultProxy> {
  const proxy: Kept = { faults: () => null, bulks: 0, hanging: new Set() };
  const server = createServer((asked, answer) => {
    // The server is away: so are we.
    handle(proxy, target, asked, answer).catch(() => answer.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const release = (): void => {
    for (const answer of proxy.hanging) answer.destroy();
    proxy.hanging.clear();
  };
  return Object.assign(proxy, { url: `http://127.0.0.1:${port}`, release, close: () => closed(server) });
}

async function handle(
  proxy: Kept,
  target: string,
  asked: IncomingMessage,
  answer: ServerResponse,
): Promise<void> {
  const body = await textOf(asked);
  const path = asked.url ?? '/';
  if (path.startsWith('/_bulk')) proxy.bulks += 1;
  const fault = proxy.faults({ method: asked.method ?? '', path, body, count: proxy.bulks });
  if (fault?.kind === 'cut') return void answer.destroy();
  if (fault?.kind === 'hang') return void proxy.hanging.add(answer);
  if (fault?.kind === 'answer') {
    answerWith(answer, fault.status, errorOf(fault.type ?? 'made_up_exception', fault.status));
    return;
  }
  const refused = fault?.kind === 'items' ? fault : null;
  const { rest, refusals } = withoutRefused(body, refused);
  const nothingLeft = rest === '' && refusals.size > 0;
  const [status, text] = nothingLeft ? [200, '{"items":[]}'] : await forward(target, asked, rest);
  if (fault?.kind === 'lose') answer.destroy();
  else answerWith(answer, status, merged(text, refusals));
}

type Refusals = Map<number, object>;

function withoutRefused(
  body: string,
  fault: Extract<Fault, { kind: 'items' }> | null,
): { rest: string; refusals: Refusals } {
  const refusals: Refusals = new Map();
  if (fault === null) return { rest: body, refusals };
  const lines = body.split('\n').filter((line) => line !== '');
  const rest: string[] = [];
  for (let at = 0, item = 0; at < lines.length; item += 1) {
    const [action = ''] = Object.keys(JSON.parse(lines[at] ?? '{}') as object);
    const length = action === 'delete' ? 1 : 2;
    const status = fault.statusOf(item);
    if (status === null) rest.push(...lines.slice(at, at + length));
    else refusals.set(item, { [action]: { status, error: { type: fault.type ?? 'made_up_exception' } } });
    at += length;
  }
  return { rest: rest.length === 0 ? '' : `${rest.join('\n')}\n`, refusals };
}

function merged(text: string, refusals: Refusals): string {
  if (refusals.size === 0) return text;
  const answer = JSON.parse(text) as { items?: object[] };
  const items = [...(answer.items ?? [])];
  for (const [at, refusal] of [...refusals].toSorted(([a], [b]) => a - b)) items.splice(at, 0, refusal);
  return JSON.stringify({ ...answer, items });
}

function forward(target: string, asked: IncomingMessage, body: string): Promise<[number, string]> {
  return new Promise((resolve, reject) => {
    const headers = {
      ...asked.headers,
      host: new URL(target).host,
      'content-length': Buffer.byteLength(body),
    };
    const options = { method: asked.method ?? 'GET', headers };
    const sent = send(new URL(asked.url ?? '/', target), options, (answer) => {
      textOf(answer).then((text) => resolve([answer.statusCode ?? 0, text]), reject);
    });
    sent.on('error', reject).end(body);
  });
}

function answerWith(answer: ServerResponse, status: number, body: string): void {
  answer.writeHead(status, {
    'content-type': 'application/vnd.elasticsearch+json;compatible-with=9',
    'x-elastic-product': 'Elasticsearch',
  });
  answer.end(status === 413 ? '' : body);
}

/** As the server says it: with a reason that repeats what was sent. */
function errorOf(type: string, status: number): string {
  return JSON.stringify({ error: { type, reason: 'failed to parse [4111111111111111]' }, status });
}

async function textOf(stream: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
