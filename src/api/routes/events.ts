/** Security events, whether or not they met a payment. */
import { CounterfoilError } from '../../model/errors.ts';
import type { AddRoutes } from '../context.ts';
import { entityTag, sendTagged } from '../entity-tag.ts';
import { Event, IdParams, answers } from '../schemas.ts';

export const addEventRoutes: AddRoutes = (app, { index, tenant }) => {
  app.get(
    '/api/v1/events/:id',
    {
      schema: {
        operationId: 'getEvent',
        summary: 'A security event',
        tags: ['events'],
        params: IdParams,
        response: answers(Event, 'The event.'),
      },
    },
    async (request, reply) => {
      const event = await index.event(tenant, request.params.id);
      if (event === null) throw new CounterfoilError('CF_NOT_FOUND', 'No security event has this id.');
      return await sendTagged(request, reply, entityTag(event.meta.content_hash, event), event);
    },
  );
};
