/** Questions about yesterday: which payments passed a pod or container in a time, or an event once more. Each is a job. */
import { Type, type Static } from 'typebox';
import { CounterfoilError } from '../../model/errors.ts';
import * as part from '../../model/documents/parts.ts';
import { formatInstant, parseInstant, type Instant } from '../../model/instant.ts';
import { askedPodOf, isContainerId, type AskedPod, type RetroAsked } from '../../model/retro-question.ts';
import type { RetroFound, RetroJob, RetroJobs } from '../../ports/retro-jobs.ts';
import type { AddRoutes, ApiContext } from '../context.ts';
import { Id, IdParams, Incident, Link, PageOf, PageQuery, answers, pageRequest } from '../schemas.ts';

const RETRY_SECONDS = 10;

const Time = Type.String({ maxLength: 40, description: 'RFC 3339.' });

const QuestionBody = Type.Object(
  {
    pod: Type.Optional(Type.String({ maxLength: 512, description: '`namespace/name`, or the uid.' })),
    container: Type.Optional(
      Type.String({ maxLength: 64, description: 'Container id, at least 12 digits of it.' }),
    ),
    event: Type.Optional(Id),
    from: Type.Optional(Time),
    to: Type.Optional(Time),
  },
  { additionalProperties: false },
);

type QuestionBody = Static<typeof QuestionBody>;

const KeyHeaders = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 256,
      description: 'The same question under the same key is the same job, for as long as it is remembered.',
    }),
  ),
});

const Count = Type.Integer({ minimum: 0 });
const OrNull = <T extends Parameters<typeof Type.Union>[0][number]>(of: T) => Type.Union([of, Type.Null()]);

const SeenPart = Type.Object({
  from: part.Time,
  to: part.Time,
  spans: Count,
  candidates: Count,
  traces: Count,
  payments: Count,
  not_applied: Count,
  unresolved: Type.Record(Type.String(), Count, {
    description: 'Ids on spans that named no payment, or two, by reason.',
  }),
  coverage: Type.Number({ minimum: 0, maximum: 1, description: 'Share of the window that is still kept.' }),
  missing: Type.Array(Type.String(), { description: 'What could not be seen, in words.' }),
});

const ResultPart = Type.Object({
  event_id: Type.String({ description: 'What the question was joined as.' }),
  links: Type.Object({
    found: Count,
    kept: Type.Integer({ minimum: 0, description: 'How many can be read: the first by id.' }),
  }),
  incident: OrNull(Incident),
  seen: SeenPart,
});

const JobAnswer = Type.Object({
  id: Type.String(),
  state: Type.Union([
    Type.Literal('queued'),
    Type.Literal('running'),
    Type.Literal('done'),
    Type.Literal('failed'),
  ]),
  asked: Type.Object({
    pod: Type.Optional(Type.String()),
    container: Type.Optional(Type.String()),
    event: Type.Optional(Type.String()),
    from: Type.Optional(part.Time),
    to: Type.Optional(part.Time),
  }),
  created_at: part.Time,
  started_at: OrNull(part.Time),
  ended_at: OrNull(part.Time),
  progress: OrNull(
    Type.Object({
      done: Count,
      total: Type.Integer({ minimum: 0, description: 'An estimate until the second pass has begun.' }),
      unit: Type.Union([Type.Literal('bytes'), Type.Literal('records')]),
    }),
  ),
  eta_seconds: OrNull(Type.Number({ minimum: 0 })),
  result: OrNull(ResultPart),
  failure: OrNull(Type.Object({ code: Type.String(), detail: Type.String() })),
});

type JobAnswer = Static<typeof JobAnswer>;

const { 200: accepted, ...others } = answers(JobAnswer, 'The job; Location says where it is asked after.');

export const addRetroRoutes: AddRoutes = (app, context) => {
  app.post(
    '/api/v1/retro',
    {
      schema: {
        operationId: 'askRetro',
        summary: 'Which payments passed a pod or container in a time, or met an event',
        description:
          'Either `event`, or `pod` or `container` or both with `from` and `to`. It is answered beside everything else, one question at a time; 429: too many wait. Answers are kept for an hour at most, and not over a restart.',
        tags: ['retro'],
        body: QuestionBody,
        headers: KeyHeaders,
        response: { 202: accepted, ...others },
      },
    },
    async (request, reply) => {
      const jobs = jobsOf(context);
      void reply.header('cache-control', 'no-store');
      try {
        const job = jobs.ask(askedOf(request.body), request.headers['idempotency-key'] ?? null);
        return await reply.code(202).header('location', `/api/v1/retro/${job.id}`).send(shown(job));
      } catch (error) {
        if (error instanceof CounterfoilError && error.code === 'CF_BUSY')
          void reply.header('retry-after', RETRY_SECONDS);
        throw error;
      }
    },
  );

  app.get(
    '/api/v1/retro/:id',
    {
      schema: {
        operationId: 'getRetro',
        summary: 'How far a question is, and what came of it',
        tags: ['retro'],
        params: IdParams,
        response: answers(JobAnswer, 'The job.'),
      },
    },
    async (request, reply) => {
      void reply.header('cache-control', 'no-store');
      return shown(jobsOf(context).job(request.params.id));
    },
  );

  app.get(
    '/api/v1/retro/:id/links',
    {
      schema: {
        operationId: 'listRetroLinks',
        summary: 'The links that were found, by id; none before the job is done',
        tags: ['retro'],
        params: IdParams,
        querystring: PageQuery,
        response: answers(PageOf(Link), 'A page of links.'),
      },
    },
    async (request, reply) => {
      void reply.header('cache-control', 'no-store');
      return jobsOf(context).links(request.params.id, pageRequest(request.query));
    },
  );

  app.delete(
    '/api/v1/retro/:id',
    {
      schema: {
        operationId: 'takeBackRetro',
        summary: 'Stops a question, and forgets it with its answer',
        tags: ['retro'],
        params: IdParams,
        response: { 204: Type.Null({ description: 'It is no more.' }), ...others },
      },
    },
    async (request, reply) => {
      jobsOf(context).takeBack(request.params.id);
      return await reply.code(204).send(null);
    },
  );
};

/** @throws CounterfoilError CF_NOT_FOUND where nobody can answer */
function jobsOf({ live }: ApiContext): RetroJobs {
  const jobs = live?.retro;
  if (jobs !== undefined) return jobs;
  throw new CounterfoilError(
    'CF_NOT_FOUND',
    'Questions about yesterday are answered where the facts are: ask the process with --role incidents, or `counterfoil retro --data` with its folder.',
  );
}

/** @throws CounterfoilError CF_USAGE, naming the member */
function askedOf(body: QuestionBody): RetroAsked {
  const { event, pod, container } = body;
  if (event !== undefined) {
    const other = (['pod', 'container', 'from', 'to'] as const).find((name) => body[name] !== undefined);
    if (other !== undefined) throw bodyError(other, '`event` stands alone.');
    return { eventId: event };
  }
  if (pod === undefined && container === undefined)
    throw bodyError('pod', 'Name what is asked about: `pod`, `container` or `event`.');
  const [from, to] = [timeOf(body, 'from'), timeOf(body, 'to')];
  if (to < from) throw bodyError('to', '`to` lies before `from`.');
  return { pod: podOf(pod), containerId: containerOf(container), from, to };
}

function podOf(text: string | undefined): AskedPod | null {
  if (text === undefined) return null;
  const pod = askedPodOf(text);
  if (pod === null) throw bodyError('pod', '`pod` is neither namespace/name nor a uid.');
  return pod;
}

function containerOf(text: string | undefined): string | null {
  if (text === undefined || isContainerId(text)) return text ?? null;
  throw bodyError(
    'container',
    '`container` is no container id: 12 to 64 of the digits 0-9 and a-f are needed.',
  );
}

function timeOf(body: QuestionBody, name: 'from' | 'to'): Instant {
  const instant = parseInstant(body[name] ?? '');
  if (instant !== undefined) return instant;
  const what = body[name] === undefined ? 'is missing' : 'is no RFC 3339 date-time with a zone';
  throw bodyError(name, `\`${name}\` ${what}, such as 2026-03-10T14:00:00Z.`);
}

function bodyError(member: string, text: string): CounterfoilError {
  return new CounterfoilError('CF_USAGE', text, [{ at: `body#/${member}`, text }]);
}

function shown(job: RetroJob): JobAnswer {
  const { id, state, asked, createdAt, startedAt, endedAt, progress, etaMs, found, failure } = job;
  return {
    id,
    state,
    asked: shownQuestion(asked),
    created_at: formatInstant(createdAt),
    started_at: startedAt === null ? null : formatInstant(startedAt),
    ended_at: endedAt === null ? null : formatInstant(endedAt),
    progress,
    eta_seconds: etaMs === null ? null : etaMs / 1_000,
    result: found === null ? null : shownResult(found),
    failure: failure === null ? null : { code: failure.code, detail: failure.message },
  };
}

function shownQuestion(asked: RetroAsked): JobAnswer['asked'] {
  if ('eventId' in asked) return { event: asked.eventId };
  const { pod, containerId, from, to } = asked;
  return {
    ...(pod === null ? {} : { pod: 'uid' in pod ? pod.uid : `${pod.namespace}/${pod.name}` }),
    ...(containerId === null ? {} : { container: containerId }),
    from: formatInstant(from),
    to: formatInstant(to),
  };
}

function shownResult({ eventId, links, incident, seen }: RetroFound): JobAnswer['result'] {
  const { window, notApplied, unresolved, missing, ...counts } = seen;
  return {
    event_id: eventId,
    links,
    incident,
    seen: {
      from: formatInstant(window.start),
      to: formatInstant(window.end),
      ...counts,
      not_applied: notApplied,
      unresolved: { ...unresolved },
      missing: [...missing],
    },
  };
}
