/** What the running engine says of its records: the accounts, those that could not be used, and the metrics. */
import { Type } from 'typebox';
import { CounterfoilError } from '../../model/errors.ts';
import { formatInstant } from '../../model/instant.ts';
import { EXPOSITION_TYPE, exposition } from '../../telemetry/exposition.ts';
import type { AddRoutes, ApiContext, LiveContext } from '../context.ts';
import * as part from '../../model/documents/parts.ts';
import { PageOf, PageQuery, answers, pageRequest } from '../schemas.ts';

const Count = Type.Integer({ minimum: 0 });
const Reasons = Type.Record(Type.String(), Count, { description: 'Counts by reason.' });

const InputAccounts = Type.Object({
  records: Count,
  decoded: Count,
  ignored: Reasons,
  dead_lettered: Count,
  in_flight: Count,
  items: Type.Object({
    decoded: Count,
    accepted: Count,
    ignored: Reasons,
    skewed: Count,
    refused: Count,
    beyond_horizon: Count,
    late: Count,
    duplicate: Count,
    in_flight: Count,
  }),
});

const AccountingAnswer = Type.Object({ inputs: Type.Record(Type.String(), InputAccounts) });

const DeadLetterPart = Type.Object({
  id: Type.String(),
  input: Type.String(),
  time: part.Time,
  reason: Type.String(),
  text: Type.String(),
  place: Type.String({ description: 'Request, line and column.' }),
  excerpt: Type.Union([Type.String(), Type.Null()], {
    description: 'The beginning or the shape of the record, redacted.',
  }),
});

const DeadLetterPage = Type.Object({
  ...PageOf(DeadLetterPart).properties,
  kept: Count,
  dropped: Type.Integer({ minimum: 0, description: 'Older letters that were dropped for newer ones.' }),
});

export const addLiveRoutes: AddRoutes = (app, context) => {
  app.get(
    '/api/v1/accounting',
    {
      schema: {
        operationId: 'getAccounting',
        summary: 'What became of every record, by input',
        description:
          'At any instant: records = decoded + ignored + dead_lettered + in_flight; items decoded = accepted + ignored + skewed + refused + beyond_horizon + in_flight. `late` and `duplicate` are accepted ones.',
        tags: ['service'],
        response: answers(AccountingAnswer, 'The accounts.'),
      },
    },
    async (_request, reply) => {
      void reply.header('cache-control', 'no-store');
      return await liveOf(context).engine.accounting();
    },
  );

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
    (request) => {
      const { deadLetters } = liveOf(context);
      const { items, next } = deadLetters.deadLetters(pageRequest(request.query));
      const letters = items.map(({ at, ...letter }) => ({ ...letter, time: formatInstant(at) }));
      return { items: letters, next, ...deadLetters.deadLetterCount() };
    },
  );

  app.get('/metrics', { schema: { hide: true } }, async (_request, reply) => {
    const { engine, ownMetrics } = liveOf(context);
    const build = { name: 'build_info', labels: { version: context.version }, value: 1 };
    const text = exposition([build, ...ownMetrics(), ...(await engine.metrics())]);
    return await reply.type(EXPOSITION_TYPE).header('cache-control', 'no-store').send(text);
  });
};

function liveOf({ live }: ApiContext): LiveContext {
  if (live !== null) return live;
  throw new CounterfoilError(
    'CF_NOT_FOUND',
    'No engine runs here; this server shows what a finished run wrote.',
  );
}
