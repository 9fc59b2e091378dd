/**
 * What most security records have in common: a time that must be there, and an observation that states little else. Each
 * format fills in what it knows; what it does not name is not stated.
 */
import { canonicalJson } from '../../model/canonical-json.ts';
import type { Json } from '../../model/json.ts';
import { NO_IDENTITY } from '../../model/identity.ts';
import { instantOfUnixNanos, isInstant, MICROS_PER_SECOND, type Instant } from '../../model/instant.ts';
import type { Observation, SecuritySource } from '../../model/observation.ts';
import type { Place } from '../../model/place.ts';
import { refusedAs, type Decoded } from '../decoded.ts';
import { instantIn } from '../fields.ts';

/** When it was, and how the source wrote that. */
export interface Stamp {
  start: Instant;
  timeText: string;
}

export interface RecordParts {
  source: SecuritySource;
  dataset: string;
  stamp: Stamp;
  /** The whole record, redacted. */
  fields: { [key: string]: Json };
  place: Place;
}

/** An observation of kind `event` that states what `stated` says, and nothing else. */
export function observed(
  { source, dataset, stamp, fields, place }: RecordParts,
  stated: Partial<Observation> & Pick<Observation, 'action'>,
): Observation {
  return {
    source,
    dataset,
    kind: 'event',
    start: stamp.start,
    end: stamp.start,
    timeText: stamp.timeText,
    nativeId: null,
    nativeTuple: stated.nativeTuple ?? [canonicalJson(fields)],
    stage: null,
    identity: NO_IDENTITY,
    serviceAccount: null,
    credentialId: null,
    actor: null,
    resource: null,
    outcome: 'unknown',
    rule: null,
    severity: null,
    techniques: [],
    traceId: null,
    detail: null,
    message: null,
    fields,
    sightings: [],
    place,
    ...stated,
  };
}

/** The stamp of RFC 3339 text or of seconds since the epoch, or why the record is refused without one. */
export function withStamp(
  value: Json | undefined,
  what: string,
  decode: (stamp: Stamp) => Decoded<Observation>,
): Decoded<Observation> {
  if (value === undefined || value === null || value === '')
    return refusedAs('missing_time', `${what} says when it was; this record does not.`);
  const start = typeof value === 'number' ? instantOfSeconds(value) : (instantIn(value) ?? ofDigits(value));
  if (start === undefined)
    return refusedAs('bad_time', `${what} has a time in RFC 3339 with a zone, or in seconds.`);
  return decode({ start, timeText: typeof value === 'string' ? value.trim() : canonicalJson(value) });
}

/** Seconds as text, as Envoy writes them (`%START_TIME(%s.%3f)%`); cut to the microsecond, as text of a date is. */
function ofDigits(value: Json): Instant | undefined {
  const [, seconds, fraction = ''] = typeof value === 'string' ? (SECONDS.exec(value.trim()) ?? []) : [];
  return seconds === undefined
    ? undefined
    : instantOfUnixNanos(`${seconds}${fraction.padEnd(NANO_DIGITS, '0')}`);
}

/** Of this century; a number of milliseconds has more digits. */
const SECONDS = /^(\d{9,10})(?:\.(\d{1,9}))?$/;
const NANO_DIGITS = 9;

/** Seconds since the epoch, as logs in Go write them: a Number holds microseconds of them, no more. */
function instantOfSeconds(seconds: number): Instant | undefined {
  const micros = Math.round(seconds * MICROS_PER_SECOND);
  return isInstant(micros) ? micros : undefined;
}
