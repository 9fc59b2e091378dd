/**
 * Refuses what a page of another site makes a browser send here: a form or a fetch may post to 127.0.0.1 without asking
 * anybody, and forged records are as bad as read ones. Reading needs no guard: browsers show such a page no answer of ours.
 *
 * Browsers say where a request comes from in Sec-Fetch-Site (all current ones) and in Origin (older ones, on every POST);
 * sensors, exporters and curl send neither. Source: Fetch Metadata Request Headers (W3C), RFC 6454.
 */
import type { FastifyRequest } from 'fastify';
import { CounterfoilError } from '../model/errors.ts';

/** `none`: typed by the user. */
const OWN_SITES = new Set(['same-origin', 'none']);
const READING = new Set(['GET', 'HEAD']);

/** @throws CounterfoilError CF_CROSS_ORIGIN */
export async function refuseOtherOrigins({ method, headers, protocol }: FastifyRequest): Promise<void> {
  if (READING.has(method)) return;
  const site = headers['sec-fetch-site'];
  const { origin, host } = headers;
  const foreignSite = site !== undefined && !OWN_SITES.has(site);
  if (!foreignSite && (origin === undefined || origin === `${protocol}://${host}`)) return;
  throw new CounterfoilError(
    'CF_CROSS_ORIGIN',
    'A page of another site may not send anything here. Send it from a program, or from the page of this server.',
  );
}
