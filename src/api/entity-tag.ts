/**
 * Entity tags: whoever has the document already is told so in 304 and no body.
 *
 * The tag is the document's own content hash, and a short hash of all that stands around it in the answer (revision,
 * what can still be done, links). The instant asked "as of" is left out of it where it was not asked for: it changes
 * with every request, and means nothing as long as what can be done is the same. That makes the tag a weak one (RFC
 * 9110, 8.8.1), and weak comparison is what If-None-Match uses anyway.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { sha256Hex } from '../model/ids.ts';

/** Sends a body with its tag, or 304 where the client has it. */
export async function sendTagged<T>(
  request: FastifyRequest,
  reply: FastifyReply,
  tag: string,
  body: T,
): Promise<T | undefined> {
  void reply.header('etag', tag).header('cache-control', 'private, no-cache');
  if (!matches(request.headers['if-none-match'], tag)) return body;
  await reply.code(304).send();
  return undefined;
}

/** The tag of a document and what is around it. */
export function entityTag(contentHash: string, around: unknown): string {
  return `W/"${contentHash}.${sha256Hex(JSON.stringify(around)).slice(0, 16)}"`;
}

function matches(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false;
  if (header.trim() === '*') return true;
  const opaque = tag.replace(/^W\//, '');
  return header.split(',').some((item) => item.trim().replace(/^W\//, '') === opaque);
}
