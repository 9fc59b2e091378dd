/**
 * The HTTP API and the page: reads the index through its port and answers with documents. No state, and no writes but what the
 * engine is asked to do; questions about yesterday are kept by who answers them.
 *
 * Responses are written by JSON.stringify, not by a serialiser made from the schema: the latter drops members that
 * a schema does not name, silently, and test/api proves instead that every answer fits the schema that is published.
 */
import helmet from '@fastify/helmet';
import swagger from '@fastify/swagger';
import { EventDocument } from '../model/documents/event.ts';
import { IncidentDocument } from '../model/documents/incident.ts';
import { LinkDocument } from '../model/documents/link.ts';
import { PaymentDocument } from '../model/documents/payment.ts';
import { createServer } from './base-server.ts';
import type { AddRoutes, Api, ApiContext, LiveContext } from './context.ts';
import type { Doorway } from './listen.ts';
import { openApiOptions } from './openapi.ts';
import { ProblemDocument } from './problem.ts';
import { addDeadLetterRoutes } from './routes/dead-letters.ts';
import { addEventRoutes } from './routes/events.ts';
import { addIncidentRoutes } from './routes/incidents.ts';
import { addLinkRoutes } from './routes/links.ts';
import { addPage } from './routes/page.ts';
import { addPaymentRoutes } from './routes/payments.ts';
import { addLiveRoutes } from './routes/live.ts';
import { addRetroRoutes } from './routes/retro.ts';
import { addReadinessRoutes } from './routes/readiness.ts';
import { addServiceRoutes } from './routes/service.ts';
import { securityHeaders } from './security-headers.ts';

export interface ApiOptions extends Omit<ApiContext, 'minP' | 'idValue' | 'live'> {
  /** See ApiContext; where it is not given, ids are taken as they are. */
  idValue?: (id: string) => string;
  /** Links below it are weak: listed, in no sum; 0.10 where it is not given. */
  minP?: number;
  /** What else there is where an engine runs; absent: nothing but documents. */
  live?: LiveContext;
  /** `service`: what tells how the process is, and questions where they are answered; a worker has no documents to show. */
  shows?: 'documents' | 'service';
  /** Adds routes of others, the intake, to the same server and its description. */
  extend?: (app: Api) => void;
  /** Is told what made a request fail on our side; the client is not. */
  onInternalError?: (error: Error) => void;
  /** What is asked of clients; where it is not given, that they are on this machine. */
  doorway?: Doorway;
}

const SERVICE: readonly AddRoutes[] = [addServiceRoutes, addReadinessRoutes, addLiveRoutes];
const DOCUMENTS: readonly AddRoutes[] = [
  addPaymentRoutes,
  addIncidentRoutes,
  addEventRoutes,
  addLinkRoutes,
  addRetroRoutes,
  addDeadLetterRoutes,
  addPage,
];

/**
 * Makes the server; whoever makes it listens (listen.ts, loopback.ts) and closes it.
 * @throws nothing: plugins that fail do so in `ready` and `listen`
 */
export function createApi(options: ApiOptions): Api {
  const {
    onInternalError = () => undefined,
    minP = 0.1,
    idValue = (id) => id,
    extend,
    live = null,
    doorway,
    shows = 'documents',
    ...rest
  } = options;
  const context: ApiContext = { ...rest, minP, idValue, live };
  const app = createServer(onInternalError, doorway);
  for (const schema of [EventDocument, IncidentDocument, LinkDocument, PaymentDocument, ProblemDocument]) {
    app.addSchema(schema);
  }
  void app.register(helmet, securityHeaders);
  void app.register(swagger, openApiOptions(context.version));
  void app.register(async (routes: Api) => {
    for (const add of routesOf(shows, live)) add(routes, context);
  });
  extend?.(app);
  return app;
}

/** With the documents, questions have routes where nobody answers them too: they say who does. */
function routesOf(shows: ApiOptions['shows'], live: LiveContext | null): AddRoutes[] {
  if (shows === 'documents') return [...SERVICE, ...DOCUMENTS];
  return live?.retro === undefined ? [...SERVICE] : [...SERVICE, addRetroRoutes];
}
