/** Request bodies as they came, whatever their type is, within the bounds of the intake. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { CounterfoilError } from '../../model/errors.ts';
import type { IntakeRequest } from '../../ports/intake.ts';
import type { ByteBudget } from './budget.ts';

export interface BodyLimits {
  /** Largest body, as it comes over the wire. */
  maxBodyBytes: number;
  budget: ByteBudget;
}

const RETRY_SECONDS = 1;

/** Makes every route of this scope take raw bodies, and refuses those for which there is no room. */
export function takeRawBodies(scope: FastifyInstance, { maxBodyBytes, budget }: BodyLimits): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser(
    '*',
    { parseAs: 'buffer', bodyLimit: maxBodyBytes },
    async (_request: unknown, body: Buffer) => Promise.resolve(body),
  );
  scope.addHook('onRequest', async (request: FastifyRequest, reply: FastifyReply) => {
    // Who does not say how much comes may send as much as is allowed.
    const bytes = Math.min(Number(request.headers['content-length'] ?? maxBodyBytes), maxBodyBytes);
    const release = budget.take(bytes);
    if (release === null) {
      void reply.header('retry-after', RETRY_SECONDS);
      throw new CounterfoilError(
        'CF_BUSY',
        `Too much is on its way already. Send it again in ${RETRY_SECONDS} s.`,
      );
    }
    // `close` comes after every answer, and when the client has gone.
    reply.raw.once('close', release);
  });
}

export function bodyOf(request: FastifyRequest): Uint8Array {
  return Buffer.isBuffer(request.body) ? request.body : new Uint8Array(0);
}

/** @throws CounterfoilError CF_MEDIA_TYPE for a coding that is not read here */
export function encodingOf(request: FastifyRequest): IntakeRequest['encoding'] {
  const coding = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  if (coding === 'gzip' || coding === 'zstd' || coding === 'identity') return coding;
  if (coding === '' || coding === 'none') return 'identity';
  if (coding === 'x-gzip') return 'gzip';
  throw new CounterfoilError(
    'CF_MEDIA_TYPE',
    'The Content-Encoding is not read here. Send the body plain, or as gzip or zstd.',
  );
}

/** The media type without its parameters. */
export function mediaTypeOf(request: FastifyRequest): string {
  return (request.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}
