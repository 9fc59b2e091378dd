/** Payment document, `payment/1`: state, what is left of the money, and whether it could be linked at all. */
import { Type, type Static } from 'typebox';
import * as part from './parts.ts';

/** The negative answer of DESIGN 4.6: what is known when nothing was found. */
export const KnownPart = Type.Object({
  traces: Type.Integer({ minimum: 0, description: 'Traces bound to the payment.' }),
  spans_with_identity: Type.Integer({
    minimum: 0,
    description: 'Spans of those that name a pod or container.',
  }),
  events_watermark: Type.Union([part.Time, Type.Null()]),
  complete_until: Type.Union([part.Time, Type.Null()]),
  why: Type.String({ description: 'In words: what the answer rests on, or what is missing.' }),
});

export const PaymentDocument = Type.Object(
  {
    '@timestamp': part.Time,
    schema: Type.Literal('payment/1'),
    tenant: Type.String(),
    payment: part.PaymentPart,
    service: Type.Optional(Type.Object({ name: Type.String() })),
    answer: Type.Union([Type.Literal('linked'), Type.Literal('none_found'), Type.Literal('not_known')]),
    known: KnownPart,
    superseded_ids: Type.Array(Type.String()),
    meta: part.MetaPart,
  },
  { $id: 'payment/1', title: 'Payment', description: 'A payment and what is known of it.' },
);

export type PaymentDocument = Static<typeof PaymentDocument>;
