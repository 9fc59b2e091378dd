/**
 * What went wrong with Elasticsearch, in words for people. Of an answer only the type is used, never its reason: the
 * reason of a refused document repeats the value that was refused, and that value may be a secret.
 */
import { errors } from '@elastic/elasticsearch';
import { CounterfoilError } from '../../model/errors.ts';

const TYPE_FORM = /^[a-z_]{1,100}$/;
const CODE_FORM = /^[A-Z_0-9]{1,40}$/;

/** HTTP status of an answer; null: there was none. */
export function statusOf(error: unknown): number | null {
  return error instanceof errors.ResponseError ? (error.statusCode ?? null) : null;
}

/** The type that the server gives its refusal, such as `mapper_parsing_exception`; `unknown` where it gives none. */
export function typeOf(error: unknown): string {
  const body: unknown = error instanceof errors.ResponseError ? error.body : null;
  const cause = typeof body === 'object' && body !== null && 'error' in body ? body.error : null;
  const type = typeof cause === 'object' && cause !== null && 'type' in cause ? cause.type : null;
  return safeType(type);
}

/** A type as it may be shown: one that a server between us made up is not. */
export function safeType(type: unknown): string {
  return typeof type === 'string' && TYPE_FORM.test(type) ? type : 'unknown';
}

/** Whether the same request may succeed later: the server is overloaded, restarting, slow or away. */
export function isPassing(error: unknown): boolean {
  const status = statusOf(error);
  if (status !== null) return status === 408 || status === 429 || status >= 500;
  return (
    error instanceof errors.ConnectionError ||
    error instanceof errors.TimeoutError ||
    error instanceof errors.NoLivingConnectionsError ||
    error instanceof errors.DeserializationError
  );
}

/**
 * The error as one with a code.
 * @param place addresses of the nodes, without credentials
 * @param what was asked for, such as `reading an event`
 */
export function serverError(error: unknown, place: string, what: string): CounterfoilError {
  if (error instanceof CounterfoilError) return error;
  if (error instanceof errors.ProductNotSupportedError)
    return new CounterfoilError(
      'CF_SERVER_SETUP',
      `What answers at ${place} is not Elasticsearch. Check the address, and what stands between.`,
    );
  const status = statusOf(error);
  if (status === null && !isPassing(error)) return unexpected(error, place, what);
  if (status === null) return unreachable(error, place, what);
  if (status === 401 || status === 403) return refused(typeOf(error), status, place, what);
  if (status === 404) return notSetUp(place, what);
  if (isPassing(error))
    return new CounterfoilError(
      'CF_UNREACHABLE',
      `Elasticsearch at ${place} answered ${status} (${typeOf(error)}) to ${what}. Look at its load and health (GET _cluster/health), and try again.`,
    );
  return new CounterfoilError(
    'CF_INTERNAL',
    `Elasticsearch at ${place} refused ${what} with ${status} (${typeOf(error)}). Compare its version and templates with those of this program.`,
  );
}

function unreachable(error: unknown, place: string, what: string): CounterfoilError {
  const slow = error instanceof errors.TimeoutError;
  const how = slow ? 'did not answer in time' : `cannot be reached (${codeOf(error)})`;
  return new CounterfoilError(
    'CF_UNREACHABLE',
    `Elasticsearch at ${place} ${how} for ${what}. Check that it runs, the address, the certificate and the network between.`,
  );
}

/** @param type as the server gives it */
export function refused(type: string, status: number, place: string, what: string): CounterfoilError {
  const blocked = type === 'cluster_block_exception';
  const hint = blocked
    ? 'An index is blocked: see its disk (flood stage) and its settings (index.blocks).'
    : 'Check the API key or the user, and that it may read, write and create the indices of Counterfoil.';
  return new CounterfoilError(
    'CF_SERVER_SETUP',
    `Elasticsearch at ${place} refused ${what} with ${status} (${type}). ${hint}`,
  );
}

export function notSetUp(place: string, what: string): CounterfoilError {
  return new CounterfoilError(
    'CF_SERVER_SETUP',
    `Elasticsearch at ${place} lacks an index that ${what} needs. Install the templates and indices of Counterfoil there, and check the prefix of their names.`,
  );
}

function unexpected(error: unknown, place: string, what: string): CounterfoilError {
  const name = error instanceof Error ? error.name : 'unknown';
  return new CounterfoilError('CF_INTERNAL', `${what} at Elasticsearch (${place}) failed inside: ${name}.`);
}

/** Such as ECONNREFUSED. */
function codeOf(error: unknown): string {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) {
    const named = 'code' in at ? at.code : null;
    if (typeof named === 'string' && CODE_FORM.test(named)) return named;
    const [word] = /\bE[A-Z]{4,20}\b/.exec(at.message) ?? [];
    if (word !== undefined) return word;
  }
  return error instanceof Error ? error.name : 'unknown';
}
