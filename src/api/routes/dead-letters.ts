/** Records and items that could not be used: which they are, and those that the log keeps put through again. */
import { Type } from 'typebox';
import { formatInstant } from '../../model/instant.ts';
import * as part from '../../model/documents/parts.ts';
import type { DeadLetter } from '../../ports/fact-store.ts';
import type { AddRoutes } from '../context.ts';
import { liveOf } from '../live-of.ts';
import { IdParams, PageOf, PageQuery, answers, pageRequest } from '../schemas.ts';

const DeadLetterPart = Type.Object({
  id: Type.String(),
  input: Type.String(),
  time: part.Time,
  reason: Type.String(),
  text: Type.String(),
  place: Type.String({
    description:
      'Request, line and column of what was refused at once; `log:partition:offset` of what was set aside later. Only the latter can be redriven.',
  }),
  excerpt: Type.Union([Type.String(), Type.Null()], {
    description: 'The beginning or the shape of the record, redacted.',
  }),
  redriven_at: Type.Union([part.Time, Type.Null()], {
    description: 'When it was put through again, for the last time; null: never.',
  }),
});

const DeadLetterPage = Type.Object({
  ...PageOf(DeadLetterPart).properties,
  kept: Type.Integer({ minimum: 0, description: 'How many can be read, redriven ones too.' }),
  dropped: Type.Integer({ minimum: 0, description: 'Older letters that were dropped for newer ones.' }),
});

const RedriveAnswer = Type.Object({
  input: Type.String(),
  items: Type.Integer({ minimum: 0, description: 'Items that are put through again.' }),
  refused: Type.Integer({
    minimum: 0,
    description:
      'Records and items that are refused now: only those of a record that could not be read at all before.',
  }),
  place: Type.String({
    description: 'Where they are in the log now; dead letters that they may become again name it.',
  }),
});

const { 200: accepted, ...others } = answers(RedriveAnswer, 'What is put through is durable.');

export const addDeadLetterRoutes: AddRoutes = (app, context) => {
  app.get(
    '/api/v1/dead-letters',
    {
      schema: {
        operationId: 'listDeadLetters',
        summary: 'Records and items that could not be used, newest first',
        tags: ['service'],
        querystring: PageQuery,
        response: answers(DeadLetterPage, 'A page of them.'),
      },
    },
    async (request) => {
      const { deadLetters } = liveOf(context);
      const { items, next } = await deadLetters.deadLetters(pageRequest(request.query));
      return { items: items.map(shown), next, ...(await deadLetters.deadLetterCount()) };
    },
  );

  app.post(
    '/api/v1/dead-letters/:id/_redrive',
    {
      schema: {
        operationId: 'redriveDeadLetter',
        summary: 'Puts what was set aside through again',
        description:
          'Of items whose time lay too far in the future, and of records that an earlier version could not read: they are appended to the log again, and judged as if they came now. What is still too early becomes a new dead letter. 202 is sent when they are durable; the letter gets its `redriven_at` when they are applied. Doing it twice does no harm. 409: the record was not kept and must be sent again by its sender, or would be refused again; 410: the log no longer keeps it. In the accounts a redriven item is one more decoded item of a record that was counted before, which stays as it was counted; the records of what could not be read before are counted now.',
        tags: ['service'],
        params: IdParams,
        response: { 202: accepted, ...others },
      },
    },
    async (request, reply) => {
      const { input, items, refused, place } = await liveOf(context).redrives.redrive(request.params.id);
      return await reply.code(202).header('cache-control', 'no-store').send({ input, items, refused, place });
    },
  );
};

/** As the list shows it: how its items are told apart is ours alone. */
function shown({ id, input, at, reason, text, place, excerpt, redrivenAt }: DeadLetter) {
  const redriven_at = redrivenAt === null ? null : formatInstant(redrivenAt);
  return { id, input, time: formatInstant(at), reason, text, place, excerpt, redriven_at };
}
