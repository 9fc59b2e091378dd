/**
 * Loopback only, twice: such a server listens on no other address, and answers no request that names another host.
 *
 * The second half is against DNS rebinding: a page of evil.example, open in the analyst's browser, may point its own
 * name at 127.0.0.1 and then read this server as "its own origin". The Host header still says evil.example, so that
 * request is refused (421). Off loopback a server has names that we do not know; there every request must bring a key or a
 * certificate, and such a page has neither: the key is in the storage of another origin, the certificate of the server in another name.
 */
import { isIPv4 } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CounterfoilError } from '../model/errors.ts';
import type { Api } from './context.ts';
import { listen } from './listen.ts';
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
 * Listens without access control, on this machine only.
 * @param where port 0 means any free one
 * @returns the address, such as `http://127.0.0.1:8686`
 * @throws CounterfoilError CF_USAGE for a host that is not loopback, CF_PORT_IN_USE
 */
export async function listenOnLoopback(app: Api, where: { host?: string; port: number }): Promise<string> {
  const host = where.host ?? '127.0.0.1';
  if (!isLoopback(host)) {
    throw new CounterfoilError(
      'CF_USAGE',
      'This server has no access control, and so serves loopback addresses only. Use 127.0.0.1, ::1 or localhost.',
    );
  }
  return await listen(app, { host, port: where.port });
}
