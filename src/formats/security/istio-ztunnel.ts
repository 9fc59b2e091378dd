/**
 * Connections as ztunnel logs them, Istio's proxy of a node where there are no sidecars: in text or in JSON.
 *
 * Traps that this file knows: ztunnel is no part of a workload, so that the pod which wrote the line is nobody in it; both ends are named, and
 * the line is about the one whose side this is (`direction`); the line is written when the connection ends, and says how long it was; what
 * a policy refused has no code, only a sentence in `error`; `Kubernetes` is what a cluster is called that nobody named.
 *
 * Worked example: `2026-03-10T14:00:02.121Z error access connection complete src.workload="notify-1" src.namespace="payments" dst.workload="ledger-1"
 * dst.namespace="payments" direction="inbound" duration="3ms" error="connection closed due to policy rejection: ..."` -> action `deny inbound`,
 * outcome failure, pod payments/ledger-1, from 14:00:02.118 on; payments/notify-1 is a sighting. Cost: one pass.
 * Source: Istio, ambient mode, verifying mutual TLS by logs; ztunnel, its access log.
 */
import type { Json } from '../../model/json.ts';
import { NO_IDENTITY, type StatedIdentity } from '../../model/identity.ts';
import { isInstant, MICROS_PER_MS } from '../../model/instant.ts';
import type { Observation } from '../../model/observation.ts';
import type { Place } from '../../model/place.ts';
import type { FormatContext } from '../context.ts';
import { refusedAs, taken, type Decoded } from '../decoded.ts';
import { isObject, textIn, withFields, type Fields } from '../fields.ts';
import { parseLogfmt } from './logfmt.ts';
import { observed, withStamp, type Stamp } from './observed.ts';
import { serviceAccountOfSpiffe } from './spiffe.ts';

const HEAD = /^(\d{4}-\d\d-\d\dT\S{4,40})\s+(info|warn|error)\s+access\s+(connection [a-z]{1,40})\s+/;
const MAX_LINE = 1 << 16;
const SCOPE = 'access';
const DENIED = /\bclosed due to policy\b/;
const DURATION = /^(\d{1,12})ms$/;
const UNNAMED_CLUSTER = 'Kubernetes';
type End = 'src' | 'dst';

/** Whether it is a line of ztunnel about a connection. */
export function isZtunnel(value: unknown): boolean {
  if (typeof value === 'string') return HEAD.test(value);
  return isObject(value) && value['scope'] === SCOPE && 'src.addr' in value && 'dst.addr' in value;
}

export function decodeZtunnel(value: unknown, place: Place, context: FormatContext): Decoded<Observation> {
  const record = typeof value === 'string' ? parsed(value) : value;
  if (record === undefined)
    return refusedAs(
      'wrong_shape',
      'A line of ztunnel has key=value behind its sentence; this one does not.',
    );
  return withFields(record, context.redactor, 'A line of ztunnel', (fields) =>
    withStamp(fields['time'], 'A line of ztunnel', (stamp) => taken([connectionOf(fields, stamp, place)])),
  );
}

function parsed(line: string): Fields | undefined {
  const [head = '', time, level, message] = line.length > MAX_LINE ? [] : (HEAD.exec(line) ?? []);
  const members = head === '' ? undefined : parseLogfmt(line.slice(head.length));
  if (members === undefined || time === undefined) return undefined;
  return { level: level ?? null, time, scope: SCOPE, message: message ?? null, ...members };
}

function connectionOf(fields: { [key: string]: Json }, stamp: Stamp, place: Place): Observation {
  const direction = textIn(fields['direction']);
  const [local, remote]: [End, End] = direction === 'inbound' ? ['dst', 'src'] : ['src', 'dst'];
  const error = textIn(fields['error']);
  const peer = textIn(fields['src.identity']);
  const start = startOf(stamp.start, textIn(fields['duration']));
  const other = endOf(fields, remote);
  const account = serviceAccountOfSpiffe(textIn(fields[`${remote}.identity`]));
  const isKnown = other.podName !== null && other.namespace !== null;
  return observed(
    { source: 'istio', dataset: 'istio.connection', stamp: { ...stamp, start }, fields, place },
    {
      end: stamp.start,
      identity: endOf(fields, local),
      serviceAccount: serviceAccountOfSpiffe(peer),
      actor: peer,
      action: [DENIED.test(error ?? '') ? 'deny' : 'connect', direction]
        .filter((word) => word !== null)
        .join(' '),
      outcome: error === null ? 'success' : 'failure',
      detail: `${nameOf(fields, 'src')} -> ${nameOf(fields, 'dst')}`,
      message: error,
      sightings: isKnown ? [{ at: start, identity: other, serviceAccount: account }] : [],
    },
  );
}

function startOf(end: number, duration: string | null): number {
  const start = end - Number(DURATION.exec(duration ?? '')?.[1] ?? 0) * MICROS_PER_MS;
  return isInstant(start) ? start : end;
}

function endOf(fields: Fields, end: End): StatedIdentity {
  const cluster = textIn(fields[`${end}.cluster`]);
  return {
    ...NO_IDENTITY,
    cluster: cluster === UNNAMED_CLUSTER ? null : cluster,
    namespace: textIn(fields[`${end}.namespace`]),
    podName: textIn(fields[`${end}.workload`]),
  };
}

/** By the service that was asked for, the pod, or the address; the port is that of who was asked. */
function nameOf(fields: Fields, end: End): string {
  const { namespace, podName } = endOf(fields, end);
  const address = textIn(fields[`${end}.hbone_addr`]) ?? textIn(fields[`${end}.addr`]) ?? 'unknown';
  const [host = address, port = ''] = /^(.*):(\d{1,5})$/.exec(address)?.slice(1) ?? [];
  const pod = podName === null ? host : `${namespace ?? '?'}/${podName}`;
  const name = textIn(fields[`${end}.service`]) ?? pod;
  return end === 'dst' && port !== '' ? `${name}:${port}` : name;
}
