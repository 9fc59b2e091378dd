/** Incidents: what happened, which payments, how much money, until when. */
import { Type } from 'typebox';
import { IncidentDocument } from '../../model/documents/incident.ts';
import { PaymentDocument } from '../../model/documents/payment.ts';
import { CounterfoilError } from '../../model/errors.ts';
import type { AddRoutes, ApiContext } from '../context.ts';
import { entityTag, sendTagged } from '../entity-tag.ts';
import { findPayment } from '../find-payment.ts';
import { IncidentNowPart, incidentNow } from '../incident-now.ts';
import { queryError } from '../problem.ts';
import { asOfInstant, recoverNow } from '../recover-now.ts';
import {
  AsOfQuery,
  Event,
  Id,
  IdParams,
  Incident,
  NowPart,
  PageOf,
  PageQuery,
  answers,
  pageQuery,
  pageRequest,
} from '../schemas.ts';

const IncidentAnswer = Type.Object({
  ...IncidentDocument.properties,
  asked: Type.Object({
    id: Type.String(),
    matched: Type.Union([Type.Literal('id'), Type.Literal('member_event')], {
      description: 'member_event: the id is that of an incident that became part of this one.',
    }),
  }),
  now: Type.Union([IncidentNowPart, Type.Null()], {
    description: 'Null where the incident has over 20,000 links.',
  }),
});

const PaymentNow = Type.Object({ ...PaymentDocument.properties, now: NowPart });
const PaymentsQuery = Type.Object({ ...pageQuery, ...AsOfQuery.properties }, { additionalProperties: false });
const IncidentsQuery = Type.Object(
  { ...pageQuery, transaction_id: Type.Optional(Id) },
  { additionalProperties: false },
);

export const addIncidentRoutes: AddRoutes = (app, context) => {
  app.get(
    '/api/v1/incidents',
    {
      schema: {
        operationId: 'listIncidents',
        summary: 'Incidents, newest first; all or those of a payment',
        tags: ['incidents'],
        querystring: IncidentsQuery,
        response: answers(PageOf(Incident), 'A page of incidents.'),
      },
    },
    async (request) => {
      const { transaction_id: transactionId } = request.query;
      const page = pageRequest(request.query);
      if (transactionId === undefined)
        return await context.index.incidents(context.tenant, { paymentId: null }, page);
      return await incidentsOf(context, transactionId, page);
    },
  );

  app.get(
    '/api/v1/incidents/:id',
    {
      schema: {
        operationId: 'getIncident',
        summary: 'An incident, and its money as of now or another instant',
        description:
          'The id that an incident would have as the incident of any single member event finds it too: an id once handed out keeps working when incidents grow together.',
        tags: ['incidents'],
        params: IdParams,
        querystring: AsOfQuery,
        response: answers(IncidentAnswer, 'The incident.'),
      },
    },
    async (request, reply) => {
      const asOf = asOfInstant(request.query.as_of, context.clock);
      const incident = await theIncident(context, request.params.id);
      const now = await incidentNow(context, incident, asOf);
      const matched =
        incident.incident.id === request.params.id ? ('id' as const) : ('member_event' as const);
      const body = { ...incident, asked: { id: request.params.id, matched }, now };
      const stable = request.query.as_of === undefined ? { ...now, as_of: '' } : now;
      return await sendTagged(
        request,
        reply,
        entityTag(incident.meta.content_hash, { ...body, now: stable }),
        body,
      );
    },
  );

  app.get(
    '/api/v1/incidents/:id/payments',
    {
      schema: {
        operationId: 'listPaymentsOfIncident',
        summary: 'Payments of an incident, by time, weak ones included',
        tags: ['incidents'],
        params: IdParams,
        querystring: PaymentsQuery,
        response: answers(PageOf(PaymentNow), 'A page of payments.'),
      },
    },
    async (request) => {
      const asOf = asOfInstant(request.query.as_of, context.clock);
      const { incident } = await theIncident(context, request.params.id);
      const page = await context.index.paymentsOfIncident(
        context.tenant,
        incident.id,
        pageRequest(request.query),
      );
      const items = page.items.map((item) => ({ ...item, now: recoverNow(item.payment.recover, asOf) }));
      return { items, next: page.next };
    },
  );

  app.get(
    '/api/v1/incidents/:id/events',
    {
      schema: {
        operationId: 'listEventsOfIncident',
        summary: 'Security events of an incident, by start',
        tags: ['incidents'],
        params: IdParams,
        querystring: PageQuery,
        response: answers(PageOf(Event), 'A page of events.'),
      },
    },
    async (request) => {
      const { incident } = await theIncident(context, request.params.id);
      return await context.index.eventsOfIncident(context.tenant, incident.id, pageRequest(request.query));
    },
  );
};

async function theIncident({ index, tenant }: ApiContext, id: string): Promise<IncidentDocument> {
  const incident = await index.incident(tenant, id);
  if (incident === null) throw new CounterfoilError('CF_NOT_FOUND', 'No incident has this id.');
  return incident;
}

async function incidentsOf(context: ApiContext, transactionId: string, page: ReturnType<typeof pageRequest>) {
  const found = await findPayment(context, context.idValue(transactionId));
  if (found.kind === 'none') return { items: [], next: null };
  if (found.kind === 'several') {
    const many = found.candidates.length;
    throw queryError(
      'transaction_id',
      `transaction_id names ${many} payments. GET payments/{id} lists them; take one.`,
    );
  }
  return await context.index.incidents(context.tenant, { paymentId: found.payment.payment.id }, page);
}
