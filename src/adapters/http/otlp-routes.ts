/**
 * `POST /v1/traces` and `POST /v1/logs`: OTLP/HTTP, protobuf and JSON. What an exporter does next follows from the status alone: 200 is done (with
 * partial_success: never send what was rejected again), 429 and 503 are sent again after Retry-After, 400 and all else never.
 * Source: OTLP specification 1.x, "Failures" and "OTLP/HTTP Throttling".
 */
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { CounterfoilError, ERRORS } from '../../model/errors.ts';
import type { IntakeRefusal } from '../../ports/intake.ts';
import type { GateAnswer, IntakeGate } from './intake-gate.ts';
import { exportResponse, OTLP_MEDIA, RPC, rpcStatus, type OtlpEncoding } from './otlp-messages.ts';
import { bodyOf, encodingOf, mediaTypeOf } from './raw-body.ts';

/** What is taken, and what is made of it. Log records are envelopes of security records (formats/otlp/otlp-logs.ts). */
const SIGNALS = [
  {
    signal: 'traces',
    input: 'spans',
    what: 'Spans',
    request: 'ExportTraceServiceRequest',
    rejected: 'rejectedSpans',
  },
  {
    signal: 'logs',
    input: 'events',
    what: 'Security records in logs',
    request: 'ExportLogsServiceRequest',
    rejected: 'rejectedLogRecords',
  },
] as const;
type Signal = (typeof SIGNALS)[number];

export interface OtlpRouteOptions {
  gate: IntakeGate;
  /** Is told what made a request fail on our side. */
  onInternalError: (error: Error) => void;
}

export function addOtlpRoutes(scope: FastifyInstance, { gate, onInternalError }: OtlpRouteOptions): void {
  scope.setErrorHandler(async (error: FastifyError | CounterfoilError, request, reply) => {
    const { status, code, message } = failureOf(error);
    if (status === 500) onInternalError(error);
    await sendStatus(request, reply, status, code, message);
  });

  for (const signal of SIGNALS) addSignal(scope, gate, signal);

  scope.post('/v1/metrics', { schema: { hide: true } }, () => {
    const taken = SIGNALS.map((each) => `${each.signal} to ${pathOf(each)}`).join(', ');
    throw new CounterfoilError('CF_NOT_BUILT', `OTLP metrics are not read. Send ${taken}.`);
  });
}

function addSignal(scope: FastifyInstance, gate: IntakeGate, signal: Signal): void {
  const name = pathOf(signal);
  scope.post(name, { schema: schemaOf(signal) }, async (request, reply) => {
    const media = requestEncoding(request);
    const encoding = encodingOf(request);
    const answer = await gate.submit({ input: signal.input, name, body: bodyOf(request), encoding, media });
    await sendAnswer(request, reply, answer, signal.rejected);
  });
}

const pathOf = ({ signal }: Signal): string => `/v1/${signal}`;

async function sendAnswer(
  request: FastifyRequest,
  reply: FastifyReply,
  answer: GateAnswer,
  rejected: Signal['rejected'],
): Promise<void> {
  switch (answer.kind) {
    case 'taken': {
      const { refusedItems, refusals } = answer;
      const encoding = encodingOrJson(request);
      const body = exportResponse(encoding, rejected, refusedItems, messageOf(refusals));
      await reply.code(200).type(OTLP_MEDIA[encoding]).send(body);
      return;
    }
    case 'refused':
      return sendStatus(request, reply, 400, RPC.invalidArgument, messageOf(answer.refusals));
    case 'busy': {
      const text = `Too much is on its way already. Send it again in ${answer.retryAfterSeconds} s.`;
      void reply.header('retry-after', answer.retryAfterSeconds);
      return sendStatus(request, reply, 429, RPC.resourceExhausted, text);
    }
    default:
      void reply.header('retry-after', answer.retryAfterSeconds);
      return sendStatus(request, reply, 503, RPC.unavailable, answer.text);
  }
}

async function sendStatus(
  request: FastifyRequest,
  reply: FastifyReply,
  status: number,
  code: number,
  message: string,
): Promise<void> {
  const encoding = encodingOrJson(request);
  await reply
    .code(status)
    .type(OTLP_MEDIA[encoding])
    .send(rpcStatus(encoding, code, message));
}

/** The first refusals in words, for people who look into the log of the exporter. */
function messageOf(refusals: readonly IntakeRefusal[]): string {
  const shown = refusals.slice(0, 3).map(({ reason, text, at }) => `${at}: ${reason}: ${text}`);
  const more = refusals.length - shown.length;
  return [...shown, ...(more > 0 ? [`and ${more} more; see /api/v1/dead-letters`] : [])].join('; ');
}

/** @throws CounterfoilError CF_MEDIA_TYPE */
function requestEncoding(request: FastifyRequest): OtlpEncoding {
  const type = mediaTypeOf(request);
  if (type === 'application/x-protobuf' || type === 'application/protobuf') return 'protobuf';
  if (type === 'application/json') return 'json';
  throw new CounterfoilError('CF_MEDIA_TYPE', 'Send OTLP as application/x-protobuf or application/json.');
}

/** In doubt JSON, which people can read. */
function encodingOrJson(request: FastifyRequest): OtlpEncoding {
  return mediaTypeOf(request).endsWith('protobuf') ? 'protobuf' : 'json';
}

/** What a status is in gRPC, where it is not just a bad request. */
const CODES: Readonly<Record<number, number>> = {
  401: RPC.unauthenticated,
  403: RPC.permissionDenied,
  429: RPC.resourceExhausted,
  501: RPC.unimplemented,
  503: RPC.unavailable,
};

function failureOf(error: FastifyError | CounterfoilError): {
  status: number;
  code: number;
  message: string;
} {
  if (error instanceof CounterfoilError && error.code !== 'CF_INTERNAL') {
    const { status } = ERRORS[error.code];
    return { status, code: CODES[status] ?? RPC.invalidArgument, message: error.message };
  }
  const status = 'statusCode' in error ? (error.statusCode ?? 500) : 500;
  if (status === 413)
    return { status, code: RPC.invalidArgument, message: 'The body is too large. Send smaller batches.' };
  if (status >= 400 && status < 500)
    return { status, code: RPC.invalidArgument, message: 'The request is not valid.' };
  return { status: 500, code: RPC.internal, message: 'The request failed on our side.' };
}

function schemaOf({ signal, what, request, rejected }: Signal): object {
  return {
    operationId: signal === 'traces' ? 'exportTraces' : 'exportLogs',
    summary: `${what}, as OTLP/HTTP`,
    description: `${request} in protobuf or JSON, plain, gzip or zstd. Everything but 200 is a google.rpc.Status; answers are in the encoding of the request. 429 and 503 carry Retry-After.`,
    tags: ['intake'],
    consumes: ['application/x-protobuf', 'application/json'],
    body: { type: 'string', format: 'binary' },
    response: {
      200: {
        description: `${request.replace('Request', 'Response')}; \`partialSuccess\` where some were refused.`,
        type: 'object',
        properties: {
          partialSuccess: {
            type: 'object',
            properties: { [rejected]: { type: 'string' }, errorMessage: { type: 'string' } },
          },
        },
      },
    },
  };
}
