/**
 * Asks a port of this machine who is there, as a client would. It is not bound, not for a moment: a process that
 * starts just then must find it free. What answers may be anything, so little of it is read and nothing believed.
 */

export type PortLook =
  | { kind: 'free' }
  /** Our API, and its checks that are not ready, each as `name: detail`. */
  | { kind: 'counterfoil'; version: string; notReady: string[] }
  /** Our listener for OTLP, which has nothing else on it. */
  | { kind: 'otlp' }
  | { kind: 'other' }
  | { kind: 'unknown'; why: string };

const ANSWER_WITHIN_MS = 3_000;
const MOST_BYTES = 64 * 1_024;
const MOST_TEXT = 200;

/** @param where address or name, and port, as in a URL */
export async function lookAtPort(where: string): Promise<PortLook> {
  const base = `http://${where}`;
  let health: Answer;
  try {
    health = await get(`${base}/healthz`);
  } catch (error) {
    return ofFailure(error);
  }
  // With API keys it does not say to strangers what it does not have.
  if (health.code === 'CF_NOT_FOUND' || health.code === 'CF_UNAUTHENTICATED') return { kind: 'otlp' };
  const { status, version } = health.body;
  if (health.status !== 200 || status !== 'ok' || typeof version !== 'string') return { kind: 'other' };
  const ready = await get(`${base}/readyz`).catch(() => null);
  return { kind: 'counterfoil', version: short(version), notReady: notReadyOf(ready) };
}

interface Answer {
  status: number;
  /** Of problem details; empty for all else. */
  code: string;
  body: Record<string, unknown>;
}

async function get(url: string): Promise<Answer> {
  const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
  const body = parsed(await textOf(response));
  const isProblem = response.headers.get('content-type')?.startsWith('application/problem+json') === true;
  return { status: response.status, code: isProblem ? String(body['code']) : '', body };
}

/** As much as an answer of ours can have. */
async function textOf({ body }: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of body ?? []) {
    parts.push(part as Uint8Array);
    bytes += (part as Uint8Array).length;
    if (bytes > MOST_BYTES) break;
  }
  return Buffer.concat(parts).toString('utf8');
}

function parsed(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function notReadyOf(answer: Answer | null): string[] {
  if (answer === null) return ['/readyz: has not answered'];
  const checks = Object.entries(
    (answer.body['checks'] ?? {}) as Record<string, { ready?: unknown; detail?: unknown }>,
  );
  return checks
    .filter(([, check]) => check?.ready !== true)
    .map(([name, check]) => short(`${name}: ${String(check?.detail)}`));
}

function short(text: string): string {
  return text.slice(0, MOST_TEXT);
}

function ofFailure(error: unknown): PortLook {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  if (code === 'ECONNREFUSED') return { kind: 'free' };
  // Fetch asks no ports that browsers keep away from.
  if (cause instanceof Error && cause.message === 'bad port')
    return { kind: 'unknown', why: 'it is one that is not asked over HTTP' };
  return { kind: 'other' };
}
