/**
 * Loopback only, twice: the server listens on no other address, and answers no request that names another host.
 *
 * The second half is against DNS rebinding: a page of evil.example, open in the analyst's browser, may point its own
 * name at 127.0.0.1 and then read this server as "its own origin". The Host header still says evil.example, so that
 * request is refused (421). There are no API keys yet, which is why nothing else than loopback is served at all.
 */
import { isIPv4 } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CounterfoilError } from '../model/errors.ts';
import type { Api } from './context.ts';
import { problemOf, sendProblem } from './problem.ts';

/** Whether a host name or address, without port, can only mean this machine. */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase();
  if (name === 'localhost' || name === '::1' || name === '[::1]') return true;
  return isIPv4(name) && name.startsWith('127.');
}

/** Refuses requests that were sent to another name than this machine's own. */
export async function refuseForeignHost(
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply | void> {
  if (isLoopback(hostWithoutPort(request.headers.host ?? ''))) return;
  const detail = 'This server answers to localhost, 127.0.0.1 and [::1] only.';
  await sendProblem(reply, problemOf('CF_USAGE', detail, 421));
  return reply;
}

function hostWithoutPort(host: string): string {
  return /^(\[[^\]]*\]|[^:]*)(?::\d{1,5})?$/.exec(host)?.[1] ?? '';
}

/**
 * Starts to listen.
 * @param where port 0 means any free one
 * @returns the address, such as `http://127.0.0.1:8686`
 * @throws CounterfoilError CF_USAGE for a host that is not loopback, CF_PORT_IN_USE
 */
export async function listenOnLoopback(app: Api, where: { host?: string; port: number }): Promise<string> {
  const host = where.host ?? '127.0.0.1';
  if (!isLoopback(host)) {
    throw new CounterfoilError(
      'CF_USAGE',
      'The API serves loopback addresses only, because it has no access control yet. Use 127.0.0.1, ::1 or localhost.',
    );
  }
  try {
    return await app.listen({ host, port: where.port });
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE')) throw cause;
    throw new CounterfoilError(
      'CF_PORT_IN_USE',
      `Port ${where.port} on ${host} is in use. Choose another one.`,
    );
  }
}
