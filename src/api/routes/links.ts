/** Links: which event met which payment, and how that is known. */
import { Type } from 'typebox';
import { CounterfoilError } from '../../model/errors.ts';
import type { AddRoutes } from '../context.ts';
import { entityTag, sendTagged } from '../entity-tag.ts';
import { Id, IdParams, Link, PageOf, answers, pageQuery, pageRequest } from '../schemas.ts';

const LinksQuery = Type.Object(
  {
    ...pageQuery,
    event: Type.Optional(Id),
    payment: Type.Optional(
      Type.String({ minLength: 1, maxLength: 256, description: "The payment's own id." }),
    ),
    incident: Type.Optional(Id),
  },
  { additionalProperties: false },
);

export const addLinkRoutes: AddRoutes = (app, { index, tenant, idValue }) => {
  app.get(
    '/api/v1/links',
    {
      schema: {
        operationId: 'listLinks',
        summary: 'Links of one event, one payment or one incident, by event start',
        description: 'Exactly one of `event`, `payment` and `incident` is needed.',
        tags: ['links'],
        querystring: LinksQuery,
        response: answers(PageOf(Link), 'A page of links.'),
      },
    },
    async (request) => {
      const { event, payment, incident } = request.query;
      const page = pageRequest(request.query);
      if ([event, payment, incident].filter((id) => id !== undefined).length !== 1) throw notExactlyOne();
      if (event !== undefined) return await index.linksOfEvent(tenant, event, page);
      if (payment !== undefined) return await index.linksOfPayment(tenant, idValue(payment), page);
      const found = await index.incident(tenant, incident ?? '');
      return await index.linksOfIncident(tenant, found?.incident.id ?? '', page);
    },
  );

  app.get(
    '/api/v1/links/:id',
    {
      schema: {
        operationId: 'getLink',
        summary: 'A link',
        tags: ['links'],
        params: IdParams,
        response: answers(Link, 'The link.'),
      },
    },
    async (request, reply) => {
      const link = await index.link(tenant, request.params.id);
      if (link === null) throw new CounterfoilError('CF_NOT_FOUND', 'No link has this id.');
      return await sendTagged(request, reply, entityTag(link.link.id, link), link);
    },
  );
};

function notExactlyOne(): CounterfoilError {
  const text = 'Exactly one of event, payment and incident is needed.';
  const at = ['event', 'payment', 'incident'].map((name) => ({ at: `querystring#/${name}`, text }));
  return new CounterfoilError('CF_USAGE', text, at);
}
