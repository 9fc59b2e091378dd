/**
 * The formats of security records, one line each: how it is known, and what reads it. Which one a record is of is found by
 * its content, whatever input it came by: a topic of alerts may hold those of several sensors.
 */
import type { Observation, SecuritySource } from '../model/observation.ts';
import type { Place } from '../model/place.ts';
import type { FormatContext } from './context.ts';
import type { Decoded } from './decoded.ts';
import { decodeFalco, isFalco } from './falco.ts';
import { decodeKubernetesAudit, isKubernetesAudit } from './kubernetes-audit.ts';
import { decodeNativeEvent, isNativeEvent } from './native-event.ts';

export interface SecurityFormat {
  source: SecuritySource;
  /** Marks that no other format has. */
  is: (value: unknown) => boolean;
  decode: (value: unknown, place: Place, context: FormatContext) => Decoded<Observation>;
}

/** In the order in which a record is tried: our own form is last, since it has the fewest marks. */
export const SECURITY_FORMATS: readonly SecurityFormat[] = [
  { source: 'kubernetes-audit', is: isKubernetesAudit, decode: decodeKubernetesAudit },
  { source: 'falco', is: isFalco, decode: decodeFalco },
  { source: 'events', is: isNativeEvent, decode: decodeNativeEvent },
];

export function securityFormatOf(value: unknown): SecurityFormat | undefined {
  return SECURITY_FORMATS.find(({ is }) => is(value));
}

/** @param expected what says why a record is refused that is of no format */
export function decodeSecurity(
  value: unknown,
  place: Place,
  context: FormatContext,
  expected: SecurityFormat['decode'],
): Decoded<Observation> {
  const format = securityFormatOf(Array.isArray(value) ? (value[0] as unknown) : value);
  return (format?.decode ?? expected)(value, place, context);
}
