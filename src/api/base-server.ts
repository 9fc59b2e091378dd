/**
 * A server with nothing on it yet: limits, errors as problem details, no answer to foreign hosts, nothing taken
 * from pages of other sites. What every listener of
 * ours has in common.
 */
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { fastify, type FastifyError, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Api } from './context.ts';
import { refuseOtherOrigins } from './browser-guard.ts';
import { refuseForeignHost } from './loopback.ts';
import { answerBrokenClient, notFound, problemOfError, sendProblem } from './problem.ts';

const BODY_LIMIT_BYTES = 1024 * 1024;
const REQUEST_TIMEOUT_MS = 30_000;
const KEEP_ALIVE_MS = 10_000;
/** An id of 256 characters may be 12 bytes each in a path; longer ones are told so by validation, not by a 404. */
const MAX_PARAM_LENGTH = 8_192;

/** @param onInternalError is told what made a request fail on our side; the client is not */
export function createServer(onInternalError: (error: Error) => void): Api {
  const app = fastify({
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
  app.addHook('onRequest', refuseForeignHost);
  app.addHook('onRequest', refuseOtherOrigins);
  return app;
}
