/**
 * What a request needs, by its route. What is not named here needs more rather than less: reading needs `read`, every other method
 * `write`, on a path that is not there too, so that a new route is closed until somebody opens it.
 *
 * Open are: being alive and being ready, which orchestrators ask without a key; the files of the page and the description of the API,
 * which are the same everywhere and say nothing of anybody; the page needs them to ask for the key.
 */
import type { FastifyRequest } from 'fastify';
import type { Scope } from '../model/access.ts';

const OPEN = new Set(['/healthz', '/readyz', '/', '/openapi.json']);
const PAGE_FILES = '/web/';
const INTAKE = ['/intake/', '/v1/'];
/** Questions that are too long for an address. */
const ASKED_BY_POST = new Set(['/api/v1/payments/_lookup']);
const READING = new Set(['GET', 'HEAD']);

/** The scope that a request needs; null: none. */
export function scopeOf({
  method,
  routeOptions,
}: Pick<FastifyRequest, 'method' | 'routeOptions'>): Scope | null {
  const path = routeOptions.url ?? '';
  const reading = READING.has(method);
  if (reading && (OPEN.has(path) || path.startsWith(PAGE_FILES))) return null;
  if (INTAKE.some((prefix) => path.startsWith(prefix))) return 'intake';
  return reading || ASKED_BY_POST.has(path) ? 'read' : 'write';
}
