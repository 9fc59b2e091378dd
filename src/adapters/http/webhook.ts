/**
 * Sends a notice as a webhook: one POST, signed after Standard Webhooks, so that the receiver can tell it from a forged or an old
 * one, and a repeat from a new one.
 *
 *   webhook-id         of the notice, the same in every attempt
 *   webhook-timestamp  seconds, of this attempt; receivers refuse what is older than some minutes
 *   webhook-signature  `v1,` and base64 of HMAC-SHA256 over `id.timestamp.body`; one for each secret, while secrets change
 *
 * What comes back is believed by its status alone: 2xx is taken; 408, 429, 5xx, no answer in time and no connection are tried
 * again; all else never would be taken. A redirect is not followed, since it could lead the notice, or this process, anywhere.
 * Source: Standard Webhooks 1.0 (standardwebhooks.com).
 */
import { createHmac } from 'node:crypto';
import { MICROS_PER_MS, type Instant } from '../../model/instant.ts';
import type { Notice, NoticeSender, SendOutcome } from '../../ports/notices.ts';

export interface WebhookSettings {
  url: string;
  /** Keys of the signatures; the receiver needs one of them. */
  secrets: readonly Uint8Array[];
  userAgent: string;
  timeoutMs?: number;
}

const TIMEOUT_MS = 15_000;
const MS_PER_SECOND = 1_000;
/** Read, so that the connection can be used again; nothing of it is looked at. */
const MAX_ANSWER_BYTES = 65_536;
const AGAIN = new Set([408, 425, 429]);

export class WebhookSender implements NoticeSender {
  readonly #settings: WebhookSettings;

  constructor(settings: WebhookSettings) {
    this.#settings = settings;
  }

  async send(
    { id, body }: Pick<Notice, 'id' | 'body'>,
    now: Instant,
    signal: AbortSignal,
  ): Promise<SendOutcome> {
    const { url, secrets, userAgent, timeoutMs = TIMEOUT_MS } = this.#settings;
    const timestamp = Math.floor(now / MICROS_PER_MS / MS_PER_SECOND);
    try {
      const response = await fetch(url, {
        method: 'POST',
        redirect: 'manual',
        headers: {
          'content-type': 'application/json',
          'user-agent': userAgent,
          'webhook-id': id,
          'webhook-timestamp': String(timestamp),
          'webhook-signature': secrets.map((secret) => signatureOf(secret, id, timestamp, body)).join(' '),
        },
        body,
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      });
      const outcome = outcomeOf(response);
      // Decided already: an answer that breaks off or never ends changes nothing.
      await passOver(response).catch(() => undefined);
      return outcome;
    } catch (error) {
      return { kind: 'again', why: failureOf(error), retryAfterMs: null };
    }
  }
}

function signatureOf(secret: Uint8Array, id: string, timestamp: number, body: string): string {
  return `v1,${createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
}

function outcomeOf({ status, ok, headers }: Response): SendOutcome {
  if (ok) return { kind: 'taken' };
  const why = `status ${status}`;
  if (status < 500 && !AGAIN.has(status)) return { kind: 'refused', why };
  const seconds = Number(headers.get('retry-after') ?? Number.NaN);
  return { kind: 'again', why, retryAfterMs: seconds >= 0 ? seconds * MS_PER_SECOND : null };
}

async function passOver({ body }: Response): Promise<void> {
  let bytes = 0;
  for await (const part of body ?? []) {
    bytes += (part as Uint8Array).length;
    if (bytes > MAX_ANSWER_BYTES) return;
  }
}

/** The system's word for it; messages of errors may hold the address, which may hold a secret. */
function failureOf(error: unknown): string {
  if (!(error instanceof Error)) return 'failed';
  if (error.name === 'TimeoutError') return 'no answer in time';
  const { cause } = error;
  return cause instanceof Error && 'code' in cause ? String(cause.code) : error.name;
}
