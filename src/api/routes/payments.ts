/** Payments: did anything bad touch this one, how sure is that, and what can still be done? */
import { Type, type Static } from 'typebox';
import * as part from '../../model/documents/parts.ts';
import { KnownPart, PaymentDocument } from '../../model/documents/payment.ts';
import type { AddRoutes, ApiContext } from '../context.ts';
import { entityTag, sendTagged } from '../entity-tag.ts';
import { findPayment, noSuchPayment, type Found } from '../find-payment.ts';
import { asOfInstant, recoverNow } from '../recover-now.ts';
import { AsOfQuery, FIRST_PAGE, Id, IdParams, Link, NowPart, PageOf, Payment, answers } from '../schemas.ts';

const MAX_LOOKUPS = 10_000;
const LOOKUPS_AT_ONCE = 32;

const AskedPart = Type.Object({
  id: Type.String(),
  matched: Type.Union([Type.Literal('id'), Type.Literal('superseded_id'), Type.Literal('alias')], {
    description: 'How the id that was asked for names the payment.',
  }),
  replaced_by: Type.Optional(Type.String({ description: 'Superseded ids only: the id to use from now on.' })),
});

const PaymentAnswer = Type.Object({
  ...PaymentDocument.properties,
  asked: AskedPart,
  now: NowPart,
  links: PageOf(Link),
  incidents: PageOf(Type.String()),
});

const CandidatePart = Type.Object({
  id: Type.String(),
  time: part.Time,
  rail: Type.String(),
  state: Type.String(),
  amount: Type.Object({ value: part.Decimal, currency: Type.String() }),
  answer: PaymentDocument.properties.answer,
});

const AmbiguousAnswer = Type.Object({
  asked: Type.Object({ id: Type.String(), matched: Type.Literal('alias') }),
  answer: Type.Literal('not_known'),
  known: KnownPart,
  candidates: Type.Array(CandidatePart, { maxItems: 100 }),
});

const LookupAnswer = Type.Object({
  results: Type.Array(
    Type.Object({
      id: Type.String(),
      found: Type.Boolean(),
      payment: Type.Optional(Payment),
      candidates: Type.Optional(
        Type.Array(Type.String(), { description: 'Payments of an alias that names several.' }),
      ),
    }),
  ),
});

type LookupResult = Static<typeof LookupAnswer>['results'][number];

export const addPaymentRoutes: AddRoutes = (app, context) => {
  app.get(
    '/api/v1/payments/:id',
    {
      schema: {
        operationId: 'getPayment',
        summary: 'What is known of a payment, by any of its transaction ids',
        description:
          'Own id, superseded id, UETR, PSP reference or any other alias. `answer` is linked, none_found (looked at, nothing met it) or not_known (it could not be looked at), and `known` says what that rests on. An alias that names several payments answers with `candidates`.',
        tags: ['payments'],
        params: IdParams,
        querystring: AsOfQuery,
        response: answers(
          Type.Union([PaymentAnswer, AmbiguousAnswer]),
          'The payment, or the candidates of an alias.',
        ),
      },
    },
    async (request, reply) => {
      const asked = context.idValue(request.params.id);
      const asOf = asOfInstant(request.query.as_of, context.clock);
      const found = await findPayment(context, asked);
      if (found.kind === 'none') throw noSuchPayment();
      if (found.kind === 'several') return ambiguous(asked, found.candidates);
      const now = recoverNow(found.payment.payment.recover, asOf);
      const body = {
        ...found.payment,
        asked: askedPart(asked, found),
        now,
        ...(await around(context, found.payment)),
      };
      const stable = request.query.as_of === undefined ? { ...now, as_of: '' } : now;
      const tag = entityTag(found.payment.meta.content_hash, { ...body, now: stable });
      return await sendTagged(request, reply, tag, body);
    },
  );

  app.post(
    '/api/v1/payments/_lookup',
    {
      schema: {
        operationId: 'lookupPayments',
        summary: 'Many payments at once, in the order asked',
        description:
          'One result for each id, repeats included. An id that names no payment, or several, is `found: false`.',
        tags: ['payments'],
        body: Type.Object(
          { ids: Type.Array(Id, { maxItems: MAX_LOOKUPS }) },
          { additionalProperties: false },
        ),
        response: answers(LookupAnswer, 'One result for each id.'),
      },
    },
    async (request) => {
      const ids = request.body.ids.map((id) => context.idValue(id));
      return { results: await lookupResults(context, ids) };
    },
  );
};

function askedPart(id: string, found: Extract<Found, { kind: 'one' }>): Static<typeof AskedPart> {
  const { matched, payment } = found;
  return { id, matched, ...(matched === 'superseded_id' ? { replaced_by: payment.payment.id } : {}) };
}

async function around({ index, tenant }: ApiContext, document: PaymentDocument) {
  const { id } = document.payment;
  const incidents = await index.incidents(tenant, { paymentId: id }, FIRST_PAGE);
  return {
    links: await index.linksOfPayment(tenant, id, FIRST_PAGE),
    incidents: { items: incidents.items.map(({ incident }) => incident.id), next: incidents.next },
  };
}

function ambiguous(id: string, candidates: PaymentDocument[]): Static<typeof AmbiguousAnswer> {
  return {
    asked: { id, matched: 'alias' },
    answer: 'not_known',
    known: {
      traces: 0,
      spans_with_identity: 0,
      events_watermark: null,
      complete_until: null,
      why: `This alias names ${candidates.length} payments, so it cannot mean one of them. Ask with the id of a candidate.`,
    },
    candidates: candidates.map(({ payment, answer }) => ({
      id: payment.id,
      time: payment.time,
      rail: payment.rail,
      state: payment.state,
      amount: { value: payment.amount.value, currency: payment.amount.currency },
      answer,
    })),
  };
}

/** Some at once: an index on another machine answers each after a while. */
async function lookupResults(context: ApiContext, ids: readonly string[]): Promise<LookupResult[]> {
  const results: LookupResult[] = [];
  for (let from = 0; from < ids.length; from += LOOKUPS_AT_ONCE) {
    const some = ids.slice(from, from + LOOKUPS_AT_ONCE);
    const found = some.map(async (id) => lookupResult(id, await findPayment(context, id)));
    results.push(...(await Promise.all(found)));
  }
  return results;
}

function lookupResult(id: string, found: Found): LookupResult {
  if (found.kind === 'one') return { id, found: true, payment: found.payment };
  if (found.kind === 'none') return { id, found: false };
  return { id, found: false, candidates: found.candidates.map(({ payment }) => payment.id) };
}
