/**
 * A server with nothing on it yet: limits, errors as problem details, nobody let in who may not be, no answer to foreign hosts,
 * nothing taken from pages of other sites. What every listener of ours has in common.
 */
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { fastify, type FastifyError, type FastifyReply, type FastifyRequest } from 'fastify';
import { accessGuard } from './access-guard.ts';
import { refuseOtherOrigins } from './browser-guard.ts';
import type { Api } from './context.ts';
import type { Doorway } from './listen.ts';
import { refuseForeignHost } from './loopback.ts';
import { answerBrokenClient, notFound, problemOfError, sendProblem } from './problem.ts';

const BODY_LIMIT_BYTES = 1024 * 1024;
const REQUEST_TIMEOUT_MS = 30_000;
const KEEP_ALIVE_MS = 10_000;
/** An id of 256 characters may be 12 bytes each in a path; longer ones are told so by validation, not by a 404. */
const MAX_PARAM_LENGTH = 8_192;

/** On this machine only, where everybody is let in. */
const LOOPBACK: Doorway = { tls: null, access: null, loopbackOnly: true };

/** @param onInternalError is told what made a request fail on our side; the client is not */
export function createServer(
  onInternalError: (error: Error) => void,
  { tls, access, loopbackOnly }: Doorway = LOOPBACK,
): Api {
  const app: Api = fastify({
    // A server over TLS is one over HTTP in all that is used here, but another type.
    ...({ https: tls } as object),
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    ajv: { customOptions: { removeAdditional: false, coerceTypes: true, allErrors: true } },
    clientErrorHandler: answerBrokenClient,
    frameworkErrors: (error: FastifyError, _request: FastifyRequest, reply: FastifyReply) => {
      void sendProblem(reply, problemOfError(error));
    },
  }).withTypeProvider<TypeBoxTypeProvider>();

  app.setSerializerCompiler(() => (body: unknown) => JSON.stringify(body));
  app.setNotFoundHandler(notFound);
  app.setErrorHandler(async (error: FastifyError, _request, reply) => {
    const problem = problemOfError(error);
    if (problem.status === 500) onInternalError(error);
    await sendProblem(reply, problem);
  });
  if (loopbackOnly) app.addHook('onRequest', refuseForeignHost);
  if (access !== null) app.addHook('onRequest', accessGuard(access));
  app.addHook('onRequest', refuseOtherOrigins);
  return app;
}
