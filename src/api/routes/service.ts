/** About the server itself: is it alive, and what can be asked. */
import { Type } from 'typebox';
import type { AddRoutes } from '../context.ts';
import { answers } from '../schemas.ts';

export const addServiceRoutes: AddRoutes = (app, { version }) => {
  app.get(
    '/healthz',
    {
      schema: {
        operationId: 'getHealth',
        summary: 'Whether the server is alive',
        tags: ['service'],
        response: answers(Type.Object({ status: Type.Literal('ok'), version: Type.String() }), 'It is.'),
      },
    },
    (_request, reply) => {
      void reply.header('cache-control', 'no-store');
      return { status: 'ok' as const, version };
    },
  );

  app.get('/openapi.json', { schema: { hide: true } }, () => app.swagger());
};
