/** Whether the server can do its work, dependency by dependency. */
import { Type, type Static } from 'typebox';
import type { AddRoutes, ApiContext } from '../context.ts';
import { answers } from '../schemas.ts';

/** A load balancer asks again soon; an engine that does not answer for this long is not ready. */
const ANSWER_WITHIN_MS = 1_000;
/** The engine is behind, and documents are old: about ten seconds of heavy traffic. */
const MAX_LAG_BYTES = 64 * 1024 * 1024;

const Check = Type.Object({ ready: Type.Boolean(), detail: Type.String() });

const Readiness = Type.Object({
  status: Type.Union([Type.Literal('ready'), Type.Literal('not_ready')]),
  checks: Type.Record(Type.String(), Check, {
    description:
      '`index`, and where an engine runs `intake`, `engine`, `log` and `lag`; of workers by role, one each.',
  }),
});

type Checks = Static<typeof Readiness>['checks'];

export const addReadinessRoutes: AddRoutes = (app, context) => {
  app.get(
    '/readyz',
    {
      schema: {
        operationId: 'getReadiness',
        summary: 'Whether the server can do its work, by dependency',
        tags: ['service'],
        response: {
          ...answers(Readiness, 'It can.'),
          503: Object.assign({}, Readiness, { description: 'It cannot; see the checks.' }),
        },
      },
    },
    async (_request, reply) => {
      const checks = await checksOf(context);
      const ready = Object.values(checks).every((check) => check.ready);
      void reply.header('cache-control', 'no-store').code(ready ? 200 : 503);
      return { status: ready ? ('ready' as const) : ('not_ready' as const), checks };
    },
  );
};

async function checksOf(context: ApiContext): Promise<Checks> {
  const workers = context.live?.checks;
  if (workers === undefined) return { index: await indexCheck(context), ...(await liveChecks(context)) };
  const late = { workers: { ready: false, detail: `have not answered within ${ANSWER_WITHIN_MS} ms` } };
  return (await within(ANSWER_WITHIN_MS, workers())) ?? late;
}

async function indexCheck({ index, tenant }: ApiContext): Promise<Checks[string]> {
  const answered = index.payment(tenant, '').then(() => true);
  return (await within(ANSWER_WITHIN_MS, answered)) === null
    ? { ready: false, detail: 'does not answer; see the log of the process' }
    : { ready: true, detail: 'answers' };
}

async function liveChecks({ live }: ApiContext): Promise<Checks> {
  if (live === null) return {};
  const status = await within(ANSWER_WITHIN_MS, live.engine.status());
  if (status === null)
    return { engine: { ready: false, detail: `has not answered within ${ANSWER_WITHIN_MS} ms` } };
  const { state, lag, log } = status;
  const stopping = live.stopping();
  return {
    intake: { ready: !stopping, detail: stopping ? 'the process is stopping' : 'takes records' },
    engine: { ready: state !== 'catching_up', detail: state },
    log: { ready: true, detail: `${log.bytes} bytes in ${log.segments} segments` },
    lag: { ready: lag.bytes <= MAX_LAG_BYTES, detail: `${lag.records} records, ${lag.bytes} bytes` },
  };
}

/** Null: it failed, or takes longer. */
async function within<T>(ms: number, asked: Promise<T>): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), ms);
  });
  return await Promise.race([asked.catch(() => null), late]).finally(() => clearTimeout(timer));
}
