/**
 * The HTTP API and the page: reads the index through its port and answers with documents. No state, no writes.
 *
 * Responses are written by JSON.stringify, not by a serialiser made from the schema: the latter drops members that
 * a schema does not name, silently, and test/api proves instead that every answer fits the schema that is published.
 */
import helmet from '@fastify/helmet';
import swagger from '@fastify/swagger';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { fastify, type FastifyError, type FastifyReply, type FastifyRequest } from 'fastify';
import { EventDocument } from '../model/documents/event.ts';
import { IncidentDocument } from '../model/documents/incident.ts';
import { LinkDocument } from '../model/documents/link.ts';
import { PaymentDocument } from '../model/documents/payment.ts';
import type { Api, ApiContext } from './context.ts';
import { refuseForeignHost } from './loopback.ts';
import { openApiOptions } from './openapi.ts';
import { ProblemDocument, answerBrokenClient, notFound, problemOfError, sendProblem } from './problem.ts';
import { addEventRoutes } from './routes/events.ts';
import { addIncidentRoutes } from './routes/incidents.ts';
import { addLinkRoutes } from './routes/links.ts';
import { addPage } from './routes/page.ts';
import { addPaymentRoutes } from './routes/payments.ts';
import { addServiceRoutes } from './routes/service.ts';
import { securityHeaders } from './security-headers.ts';

const BODY_LIMIT_BYTES = 1024 * 1024;
const REQUEST_TIMEOUT_MS = 30_000;
const KEEP_ALIVE_MS = 10_000;
/** An id of 256 characters may be 12 bytes each in a path; longer ones are told so by validation, not by a 404. */
const MAX_PARAM_LENGTH = 8_192;

export interface ApiOptions extends Omit<ApiContext, 'minP' | 'idValue'> {
  /** See ApiContext; where it is not given, ids are taken as they are. */
  idValue?: (id: string) => string;
  /** Links below it are weak: listed, in no sum; 0.10 where it is not given. */
  minP?: number;
  /** Is told what made a request fail on our side; the client is not. */
  onInternalError?: (error: Error) => void;
}

/**
 * Makes the server; whoever makes it listens (loopback.ts) and closes it.
 * @throws nothing: plugins that fail do so in `ready` and `listen`
 */
export function createApi(options: ApiOptions): Api {
  const { onInternalError = () => undefined, minP = 0.1, idValue = (id) => id, ...rest } = options;
  const context: ApiContext = { ...rest, minP, idValue };
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
  for (const schema of [EventDocument, IncidentDocument, LinkDocument, PaymentDocument, ProblemDocument]) {
    app.addSchema(schema);
  }
  void app.register(helmet, securityHeaders);
  void app.register(swagger, openApiOptions(context.version));
  void app.register(async (routes: Api) => {
    for (const add of [
      addPaymentRoutes,
      addIncidentRoutes,
      addEventRoutes,
      addLinkRoutes,
      addServiceRoutes,
      addPage,
    ]) {
      add(routes, context);
    }
  });
  return app;
}
