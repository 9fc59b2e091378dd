/**
 * Errors as problem details (RFC 9457), every one of them: what routes throw, what validation and the framework
 * refuse, paths that are not there, and bytes that are no HTTP.
 *
 * `type` is a stable URN of the code in model/errors.ts, `errors` names each fault by the part of the request and a
 * JSON pointer into it. Nothing that was asked is repeated (it may be a card number), and no stack ever leaves.
 */
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyError, FastifyReply, FastifyRequest, FastifySchemaValidationError } from 'fastify';
import { Type, type Static } from 'typebox';
import { CounterfoilError, ERRORS, type ErrorCode } from '../model/errors.ts';

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

const MAX_FAULTS = 20;

export const ProblemDocument = Type.Object(
  {
    type: Type.String({ description: 'Stable: `urn:counterfoil:error:` and the code.' }),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String({ description: 'What is wrong with this request, and what to do.' }),
    code: Type.String(),
    errors: Type.Optional(
      Type.Array(
        Type.Object({
          in: Type.String({ description: 'body, querystring, params or headers.' }),
          pointer: Type.String({ description: 'JSON pointer into that part, as a URI fragment.' }),
          detail: Type.String(),
        }),
        { maxItems: MAX_FAULTS },
      ),
    ),
  },
  { $id: 'problem/1', title: 'Problem', description: 'Problem details, RFC 9457.' },
);

export type ProblemDocument = Static<typeof ProblemDocument>;

type Faults = NonNullable<ProblemDocument['errors']>;

/** The problem of a code; `status` where HTTP has a finer one than the table. */
export function problemOf(
  code: ErrorCode,
  detail: string,
  status?: number,
  errors: Faults = [],
): ProblemDocument {
  return {
    type: `urn:counterfoil:error:${code}`,
    title: ERRORS[code].title,
    status: status ?? ERRORS[code].status,
    detail,
    code,
    ...(errors.length === 0 ? {} : { errors: errors.slice(0, MAX_FAULTS) }),
  };
}

/** An error of this request's query, with the parameter that is at fault. */
export function queryError(parameter: string, text: string): CounterfoilError {
  return new CounterfoilError('CF_USAGE', text, [{ at: `querystring#/${parameter}`, text }]);
}

/** What a thrown error is to the client. */
export function problemOfError(error: FastifyError | CounterfoilError): ProblemDocument {
  if (error instanceof CounterfoilError) return ofCounterfoil(error);
  if (error.validation !== undefined)
    return ofValidation(error.validation, error.validationContext ?? 'request');
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return problemOf('CF_OVER_LIMIT', 'The body is larger than 1 MiB. Send it in several requests.');
  }
  const status = error.statusCode ?? 500;
  if (status >= 400 && status < 500) return problemOf('CF_USAGE', ofFramework(error.code, status), status);
  return problemOf(
    'CF_INTERNAL',
    'The request failed on our side. The server says more on its standard error.',
  );
}

function ofCounterfoil(error: CounterfoilError): ProblemDocument {
  if (error.code === 'CF_INTERNAL') return problemOf(error.code, 'The request failed on our side.');
  const faults = error.problems.map(({ at, text }) => {
    const [part = '', pointer = ''] = at.split('#', 2);
    return { in: part, pointer: `#${pointer}`, detail: text };
  });
  return problemOf(error.code, error.message, undefined, faults);
}

function ofValidation(faults: FastifySchemaValidationError[], part: string): ProblemDocument {
  const errors = faults.slice(0, MAX_FAULTS).map((fault) => ({
    in: part,
    pointer: `#${faultyMember(fault)}`,
    detail: fault.message ?? 'is not of the expected form',
  }));
  return problemOf('CF_USAGE', `The ${part} is not of the expected form; see errors.`, undefined, errors);
}

/** A missing or unknown member is at fault itself, not the object that lacks or has it. */
function faultyMember({ instancePath, params }: FastifySchemaValidationError): string {
  const member = params['missingProperty'] ?? params['additionalProperty'];
  if (typeof member !== 'string') return encodeURI(instancePath);
  const escaped = member.slice(0, 100).replaceAll('~', '~0').replaceAll('/', '~1').toWellFormed();
  return encodeURI(`${instancePath}/${escaped}`);
}

function ofFramework(code: string, status: number): string {
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return 'Send the body as application/json.';
  if (code.startsWith('FST_ERR_CTP_')) return 'The body is not valid JSON.';
  if (code === 'FST_ERR_BAD_URL') return 'The path is not valid: check its percent signs.';
  return STATUS_CODES[status] ?? 'The request is not of the expected form.';
}

export async function sendProblem(reply: FastifyReply, problem: ProblemDocument): Promise<void> {
  // Errors of the framework itself are answered without hooks, so without the headers of security-headers.ts.
  const headers = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };
  await reply.code(problem.status).headers(headers).type(PROBLEM_TYPE).send(problem);
}

/** Answers a path or method that is not there. */
export async function notFound(_request: FastifyRequest, reply: FastifyReply): Promise<void> {
  await sendProblem(
    reply,
    problemOf('CF_NOT_FOUND', 'There is no such path or method here; see /openapi.json.'),
  );
}

/** Answers on a connection whose bytes are no request that Node could read. */
export function answerBrokenClient(error: NodeJS.ErrnoException, socket: Socket): void {
  // On a connection where TLS failed nothing can be said either.
  if (error.code === 'ECONNRESET' || !socket.writable || /^(ERR_SSL|ERR_TLS|EPROTO)/.test(error.code ?? '')) {
    socket.destroy(error);
    return;
  }
  const status =
    error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : error.code === 'HPE_HEADER_OVERFLOW' ? 431 : 400;
  const body = JSON.stringify(
    problemOf('CF_USAGE', 'The request is not valid HTTP, too large or too slow.', status),
  );
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: ${PROBLEM_TYPE}\r\nConnection: close\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
