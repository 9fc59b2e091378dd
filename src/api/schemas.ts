/** Parameters and shapes that routes share. Documents are referred to by their `$id`, so that OpenAPI names them. */
import { Type, type Static, type TSchema } from 'typebox';
import type { EventDocument } from '../model/documents/event.ts';
import type { IncidentDocument } from '../model/documents/incident.ts';
import type { LinkDocument } from '../model/documents/link.ts';
import * as part from '../model/documents/parts.ts';
import type { PaymentDocument } from '../model/documents/payment.ts';
import type { PageRequest } from '../ports/incident-index.ts';

export const MAX_ID_LENGTH = 256;
const MAX_CURSOR_LENGTH = 4_000;
const MAX_PAGE = 200;
const DEFAULT_PAGE = 50;

export const Event = Type.Unsafe<EventDocument>({ $ref: 'event/1#' });
export const Incident = Type.Unsafe<IncidentDocument>({ $ref: 'incident/1#' });
export const Link = Type.Unsafe<LinkDocument>({ $ref: 'link/1#' });
export const Payment = Type.Unsafe<PaymentDocument>({ $ref: 'payment/1#' });

export const Id = Type.String({ minLength: 1, maxLength: MAX_ID_LENGTH });
export const IdParams = Type.Object({ id: Id });

/** Members of the query of every list. */
export const pageQuery = {
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: MAX_PAGE, default: DEFAULT_PAGE, description: 'Items of a page.' }),
  ),
  cursor: Type.Optional(
    Type.String({
      maxLength: MAX_CURSOR_LENGTH,
      description: '`next` of the page before; left out: the first page.',
    }),
  ),
};

export const PageQuery = Type.Object(pageQuery, { additionalProperties: false });

export const AsOfQuery = Type.Object(
  {
    as_of: Type.Optional(
      Type.String({
        maxLength: 40,
        description: 'RFC 3339: what can still be done is answered for this instant; left out: now.',
      }),
    ),
  },
  { additionalProperties: false },
);

/** A page of a list. */
export function PageOf<T extends TSchema>(items: T) {
  return Type.Object({
    items: Type.Array(items),
    next: Type.Union([Type.String(), Type.Null()], {
      description: 'Cursor of the next page; null: this is the last.',
    }),
  });
}

export const NowPart = Type.Object(
  {
    as_of: part.Time,
    class: Type.Union([Type.Literal('stoppable'), Type.Literal('recallable'), Type.Literal('final')]),
    action: Type.Union([Type.String(), Type.Null()]),
    until: Type.Union([part.Time, Type.Null()], { description: 'Deadline, exclusive; null: none.' }),
  },
  {
    description:
      'What can still be done as of an instant: the first step of `recover` whose deadline is ahead.',
  },
);

export type NowPart = Static<typeof NowPart>;

/** What the index is asked for. */
export function pageRequest(query: { limit?: number; cursor?: string }): PageRequest {
  return { limit: query.limit ?? DEFAULT_PAGE, cursor: query.cursor ?? null };
}

export const FIRST_PAGE: PageRequest = { limit: DEFAULT_PAGE, cursor: null };

const Problem = Type.Unsafe({ $ref: 'problem/1#' });
const problemContent = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: Problem } },
});

/** The answers of a route: its own, and what any route may answer. */
export function answers<T extends TSchema>(ok: T, description: string) {
  return {
    200: Object.assign({}, ok, { description }),
    '4xx': problemContent('The request cannot be answered.'),
    '5xx': problemContent('Something failed on our side, or there is no index.'),
  };
}
