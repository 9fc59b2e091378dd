/**
 * The formats of security records, one line each: how it is known, and what reads it. Which one a record is of is found by
 * its content, whatever input it came by: a topic of alerts may hold those of several sensors.
 */
import type { StatedIdentity } from '../../model/identity.ts';
import type { Observation, SecuritySource } from '../../model/observation.ts';
import type { Place } from '../../model/place.ts';
import type { FormatContext } from '../context.ts';
import type { Decoded } from '../decoded.ts';
import { decodeArgocd, isArgocd } from './argocd.ts';
import { decodeInside } from '../wrappings/envelope.ts';
import type { Said } from '../wrappings/wrapping.ts';
import { decodeFalco, isFalco } from './falco.ts';
import { decodeGatekeeper, isGatekeeper } from './gatekeeper.ts';
import { decodeHubble, isHubble } from './hubble.ts';
import { decodeIstio, isIstio } from './istio.ts';
import { decodeKubernetesAudit, isKubernetesAudit } from './kubernetes-audit.ts';
import { decodeKyverno, isKyverno } from './kyverno.ts';
import { formatOf, NONE_NAMED, readerOf, type Format, type Named } from '../named-formats.ts';
import { decodeNativeEvent, isNativeEvent } from './native-event.ts';
import { decodeSpire, isSpire } from './spire.ts';
import { decodeTetragon, isTetragon } from './tetragon.ts';
import { decodeTrivy, isTrivy } from './trivy.ts';
import { decodeVault, isVault } from './vault.ts';

export interface SecurityFormat extends Format<Observation, FormatContext> {
  source: SecuritySource;
}

/** Datasets that the workload itself writes; the others are written by a sensor's pod. */
const EMITTER_IS_WORKLOAD: ReadonlySet<string> = new Set(['istio.access']);

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

/**
 * One record, or what its wrappings hold.
 * @param otherwise says why a record is refused that is of no format
 * @param named the formats that are taken
 */
export function decodeSecurity(
  value: unknown,
  place: Place,
  context: FormatContext,
  otherwise: SecurityFormat['decode'],
  named: Named<SecurityFormat> = NONE_NAMED,
): Decoded<Observation> {
  return decodeInside(value, {
    formatOf: (inside) => formatOf(inside, SECURITY_FORMATS, named),
    decode: (inside, format) => readerOf(format, named, otherwise)(inside, place, context),
    told: observationWithin,
    redactor: context.redactor,
    parse: JSON.parse,
  });
}

/** What the wrappings said, where the record itself says nothing. */
export function observationWithin(
  observation: Observation,
  { emitter, cluster, traceId }: Said,
): Observation {
  const { dataset, identity, sightings } = observation;
  const isOwn = EMITTER_IS_WORKLOAD.has(dataset) && emitter !== null && identity.podName === null;
  return {
    ...observation,
    identity: within(isOwn ? emitter : identity, cluster),
    sightings: sightings.map((sighting) => ({ ...sighting, identity: within(sighting.identity, cluster) })),
    traceId: observation.traceId ?? traceId,
  };
}

/** Who is named by nothing is not named by a cluster either. */
function within(identity: StatedIdentity, cluster: string | null): StatedIdentity {
  const isNobody = Object.values(identity).every((part) => part === null);
  return isNobody || identity.cluster !== null ? identity : { ...identity, cluster };
}
