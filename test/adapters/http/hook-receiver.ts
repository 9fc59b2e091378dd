/**
 * A receiver of webhooks on a real socket. It judges signatures by the text of Standard Webhooks 1.0, with nothing of ours: the
 * signed content is `msg_id.timestamp.payload`, the secret base64 behind `whsec_`, the header a list of `v1,` signatures.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';

export interface Received {
  id: string;
  headers: IncomingHttpHeaders;
  body: string;
  /** Whether it is signed with the secret, and not older than five minutes. */
  genuine: boolean;
}

type Answer = (response: ServerResponse, received: Received) => void;

export class HookReceiver {
  readonly received: Received[] = [];
  /** 204 at once where it is not set. */
  answer: Answer = (response) => void response.writeHead(204).end();
  readonly #secret: string;
  readonly #server = createServer((request, response) => void this.#take(request, response));

  constructor(secret: string) {
    this.#secret = secret;
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const address = this.#server.address();
    return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/hook`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString('utf8');
    const { headers } = request;
    const genuine = isGenuine(headers, body, this.#secret);
    const received = { id: String(headers['webhook-id']), headers, body, genuine };
    this.received.push(received);
    this.answer(response, received);
  }
}

export function isGenuine(headers: IncomingHttpHeaders, body: string, secret: string): boolean {
  const [id, timestamp] = [String(headers['webhook-id']), String(headers['webhook-timestamp'])];
  if (!/^\d+$/.test(timestamp) || Math.abs(Date.now() / 1_000 - Number(timestamp)) > 300) return false;
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
  const expected = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest();
  return String(headers['webhook-signature'])
    .split(' ')
    .some((each) => {
      const [version, signature = ''] = each.split(',', 2);
      const given = Buffer.from(signature, 'base64');
      return version === 'v1' && given.length === expected.length && timingSafeEqual(given, expected);
    });
}
