/** What the running engine says of its records: the accounts and the metrics. */
import { Type } from 'typebox';
import { EXPOSITION_TYPE, exposition } from '../../telemetry/exposition.ts';
import type { AddRoutes } from '../context.ts';
import { liveOf } from '../live-of.ts';
import { answers } from '../schemas.ts';

const Count = Type.Integer({ minimum: 0 });
const Reasons = Type.Record(Type.String(), Count, { description: 'Counts by reason.' });

const InputAccounts = Type.Object({
  records: Count,
  decoded: Count,
  ignored: Reasons,
  dead_lettered: Count,
  refused: Reasons,
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
    flagged: Reasons,
    in_flight: Count,
  }),
});

const AccountingAnswer = Type.Object({ inputs: Type.Record(Type.String(), InputAccounts) });

export const addLiveRoutes: AddRoutes = (app, context) => {
  app.get(
    '/api/v1/accounting',
    {
      schema: {
        operationId: 'getAccounting',
        summary: 'What became of every record, by input',
        description:
          'At any instant: records = decoded + ignored + dead_lettered + in_flight; items decoded = accepted + ignored + skewed + refused + beyond_horizon + in_flight. `late`, `duplicate` and `flagged` are accepted ones; `refused` says why, of records and items together.',
        tags: ['service'],
        response: answers(AccountingAnswer, 'The accounts.'),
      },
    },
    async (_request, reply) => {
      void reply.header('cache-control', 'no-store');
      return await liveOf(context).engine.accounting();
    },
  );

  app.get('/metrics', { schema: { hide: true } }, async (_request, reply) => {
    const { engine, ownMetrics } = liveOf(context);
    const build = { name: 'build_info', labels: { version: context.version }, value: 1 };
    const text = exposition([build, ...ownMetrics(), ...(await engine.metrics())]);
    return await reply.type(EXPOSITION_TYPE).header('cache-control', 'no-store').send(text);
  });
};
