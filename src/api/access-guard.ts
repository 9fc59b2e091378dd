/**
 * Lets a request in by its API key (RFC 6750, Bearer) or by a verified client certificate, before its body is read.
 *
 * Either one does. A certificate of the configured authority has every scope: who issues them decides who gets one. A key has the
 * scopes that it was made with. Where neither is configured everybody is let in, which no listener off loopback allows.
 *
 * `socket.authorized` is a verdict on the session, and sessions are resumed; whoever shows no certificate is not to pass, whatever
 * a version of TLS or of Node makes of that. So the certificate itself is looked for too.
 */
import type { TLSSocket } from 'node:tls';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Scope } from '../model/access.ts';
import { CounterfoilError } from '../model/errors.ts';
import type { AccessKeys } from '../ports/access-keys.ts';
import { scopeOf } from './route-scope.ts';

/** A request that was not let in. It holds nothing that the sender chose but his address. */
export interface Refusal {
  reason: 'no_key' | 'unknown_key' | 'lacks_scope' | 'key_file';
  method: string;
  /** The route as it is declared; empty where there is none. */
  route: string;
  address: string;
  /** Of a key that lacks the scope. */
  keyId: string | null;
  /** What is wrong with the file of keys. */
  fault: CounterfoilError | null;
}

export interface AccessRules {
  keys: AccessKeys;
  /** Whether clients are asked for a certificate. */
  certificates: boolean;
  onRefused: (refusal: Refusal) => void;
}

interface Denial extends Pick<Refusal, 'reason' | 'keyId' | 'fault'> {
  headers: Record<string, string>;
  error: CounterfoilError;
}

type Guard = (request: FastifyRequest, reply: FastifyReply) => Promise<void>;

const BEARER = /^Bearer +([^\s,]{1,200}) *$/i;
const REALM = 'Bearer realm="counterfoil"';
const RETRY_SECONDS = '5';

/** A hook for `onRequest`; it throws CF_UNAUTHENTICATED, CF_FORBIDDEN or CF_KEY_FILE. */
export function accessGuard({ keys, certificates, onRefused }: AccessRules): Guard {
  return async (request, reply) => {
    const scope = scopeOf(request);
    if (scope === null || (certificates && hasCertificate(request))) return;
    if (!keys.demanded() && !certificates) return;
    const denial = denialOf(request.headers.authorization, scope, keys);
    if (denial === null) return;
    const { reason, keyId, fault, headers, error } = denial;
    const { method, ip: address, routeOptions } = request;
    onRefused({ reason, method, route: routeOptions.url ?? '', address, keyId, fault });
    void reply.headers(headers);
    throw error;
  };
}

function denialOf(header: string | undefined, scope: Scope, keys: AccessKeys): Denial | null {
  const key = BEARER.exec(header ?? '')?.[1];
  if (key === undefined) return unauthenticated('no_key', REALM, wanted(scope));
  try {
    const grant = keys.grantOf(key);
    if (grant === null) {
      const text = `The key is not known here, or was revoked. ${wanted(scope)}`;
      return unauthenticated('unknown_key', `${REALM}, error="invalid_token"`, text);
    }
    return grant.scopes.includes(scope) ? null : lacking(scope, grant.id);
  } catch (error) {
    if (!(error instanceof CounterfoilError)) throw error;
    return undecided(error);
  }
}

function unauthenticated(reason: Refusal['reason'], challenge: string, text: string): Denial {
  const error = new CounterfoilError('CF_UNAUTHENTICATED', text);
  return { reason, keyId: null, fault: null, headers: { 'www-authenticate': challenge }, error };
}

function lacking(scope: Scope, keyId: string): Denial {
  const challenge = `${REALM}, error="insufficient_scope", scope="${scope}"`;
  const text = `This needs a key with the scope ${scope}, which the key that came does not have.`;
  const error = new CounterfoilError('CF_FORBIDDEN', text);
  return { reason: 'lacks_scope', keyId, fault: null, headers: { 'www-authenticate': challenge }, error };
}

/** Which file it is, and what is wrong with it, is for the log only. */
function undecided(fault: CounterfoilError): Denial {
  const error = new CounterfoilError(
    'CF_KEY_FILE',
    `Nobody can be let in just now; the log of the process says why. Try again in ${RETRY_SECONDS} s.`,
  );
  return { reason: 'key_file', keyId: null, fault, headers: { 'retry-after': RETRY_SECONDS }, error };
}

function wanted(scope: Scope): string {
  return `Send a key with the scope ${scope} as "Authorization: Bearer cfk_…"; "counterfoil keys add" makes one.`;
}

function hasCertificate({ raw: { socket } }: FastifyRequest): boolean {
  const { authorized, getPeerX509Certificate } = socket as Partial<TLSSocket>;
  return authorized === true && getPeerX509Certificate?.call(socket) !== undefined;
}
