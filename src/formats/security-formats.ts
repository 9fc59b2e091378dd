/**
 * The formats of security records, one line each: how it is known, and what reads it. Which one a record is of is found by
 * its content, whatever input it came by: a topic of alerts may hold those of several sensors.
 */
import type { Observation, SecuritySource } from '../model/observation.ts';
import type { Place } from '../model/place.ts';
import type { FormatContext } from './context.ts';
import type { Decoded } from './decoded.ts';
import { decodeArgocd, isArgocd } from './argocd.ts';
import { decodeFalco, isFalco } from './falco.ts';
import { decodeGatekeeper, isGatekeeper } from './gatekeeper.ts';
import { decodeHubble, isHubble } from './hubble.ts';
import { decodeIstio, isIstio } from './istio.ts';
import { decodeKubernetesAudit, isKubernetesAudit } from './kubernetes-audit.ts';
import { decodeKyverno, isKyverno } from './kyverno.ts';
import { decodeNativeEvent, isNativeEvent } from './native-event.ts';
import { decodeSpire, isSpire } from './spire.ts';
import { decodeTetragon, isTetragon } from './tetragon.ts';
import { decodeTrivy, isTrivy } from './trivy.ts';
import { decodeVault, isVault } from './vault.ts';

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
  { source: 'tetragon', is: isTetragon, decode: decodeTetragon },
  { source: 'hubble', is: isHubble, decode: decodeHubble },
  { source: 'istio', is: isIstio, decode: decodeIstio },
  { source: 'vault', is: isVault, decode: decodeVault },
  { source: 'spire', is: isSpire, decode: decodeSpire },
  { source: 'gatekeeper', is: isGatekeeper, decode: decodeGatekeeper },
  { source: 'kyverno', is: isKyverno, decode: decodeKyverno },
  { source: 'argocd', is: isArgocd, decode: decodeArgocd },
  { source: 'trivy', is: isTrivy, decode: decodeTrivy },
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
