/**
 * Whether a pod that used to talk fell silent (SPEC T14): killing telemetry is an attacker's move, and the links that
 * are then missing look just like a pod that no payment went through.
 *
 * What: per span key the spans of each minute of event time, for the minute of its last span and the ten before it. A
 * key is a *steady talker* when those ten minutes hold at least 60 spans (6 a minute), spread over at least 8 of them. Its
 * usual interval is ten minutes by that count, and it should have talked again by
 *
 *     expectedBy = lastSeen + max(2 min, 20 x interval)
 *
 * It is silent when the watermark has passed that and others have talked since. Why 20 intervals: independent requests
 * leave a gap of k intervals with probability e^-k; e^-20 is 2e-9, for a key with 6 spans a minute one false call in some
 * 150 years. Why 2 minutes at least: real traffic pauses together, for a deployment or a garbage collection. Why ten minutes
 * before the *last span* and not before the event: that is when it stopped, however long ago, and nothing older need be
 * kept. Why the others: when nobody talks, the pipeline is down or the data is over, which the watermark's state says.
 *
 * Independent of the order of arrival: counts and greatest times are, and a minute that has left the ring would have left
 * it in any order. Only eviction is not: past the cap the keys that were silent longest go first, and are counted; of a
 * key that is not known nothing is claimed, neither silence nor talk. The same after a restart.
 *
 * Cost: about 200 bytes a key, 50,000 keys at most; a Map look-up and an addition per span.
 * Worked example: `n:prod-eu/payments/ledger-0` had 120 spans from 14:00 to 14:09, in each minute, and its last one at
 * 14:10:20. Interval 5 s, so it should have talked by 14:12:20 (20 x 5 s is less than 2 min). The watermark reaches
 * 14:12:21, another pod's span ended at 14:12:30, this one has said nothing: silent. With 60 spans the interval is 10 s,
 * and it has until 14:13:40 (20 x 10 s). With 59 nothing is ever claimed.
 * Source: waiting times of a Poisson process (Feller, An Introduction to Probability Theory, vol. 2, I.3); the figures
 * are assumptions.
 */
import { MICROS_PER_MINUTE, type Instant, type Micros } from '../model/instant.ts';

/** The content of a `telemetry.silent` event; the same however often and in whatever order it is found. */
export interface TelemetrySilent {
  spanKey: string;
  /** End of the last span. */
  lastSeen: Instant;
  /** By when the next one should have ended. */
  expectedBy: Instant;
}

const USUAL_MINUTES = 10;
/** 6 a minute. */
const MIN_SPANS = 60;
const MIN_BUSY_MINUTES = 8;
const INTERVALS = 20;
const MIN_SILENCE = 2 * MICROS_PER_MINUTE;

const RING = USUAL_MINUTES + 1;
const MAX_KEYS = 50_000;
/** Of the cap; how much is evicted at once, so that sorting is paid for by the insertions. */
const EVICTED_SHARE = 8;

interface Talk {
  lastSeen: Instant;
  /** Spans by minute, at the minute's number modulo the ring. */
  counts: Uint32Array;
}

export class TalkRate {
  readonly #talks = new Map<string, Talk>();
  readonly #maxKeys: number;
  #latest: Instant = -Infinity;
  #evicted = 0;

  constructor(maxKeys = MAX_KEYS) {
    this.#maxKeys = maxKeys;
  }

  get keys(): number {
    return this.#talks.size;
  }

  /** Keys that were forgotten because there were too many. */
  get evicted(): number {
    return this.#evicted;
  }

  /**
   * Accepted spans of one minute.
   * @param end of the latest of them
   */
  observe(spanKey: string, end: Instant, count = 1): void {
    this.#latest = Math.max(this.#latest, end);
    const talk = this.#talks.get(spanKey) ?? this.#create(spanKey, end);
    const minute = minuteOf(end);
    const newest = minuteOf(talk.lastSeen);
    if (minute <= newest - RING) return;
    // What lies between the newest minute so far and this one was silent: its places still hold older counts.
    for (let i = Math.max(newest, minute - RING) + 1; i <= minute; i += 1) talk.counts[i % RING] = 0;
    talk.counts[minute % RING] = (talk.counts[minute % RING] ?? 0) + count;
    talk.lastSeen = Math.max(talk.lastSeen, end);
  }

  /**
   * Whether a key fell silent so early that it should have talked again within the event's window.
   * @param until end of the window of the event concerned; silence that shows later only is no matter of this event
   * @param watermark of the spans: what ended before it has been seen
   * @param gone when the pod is known to have ended (its deletion was seen), else null: the dead need not talk
   * @returns null where it talked, never talked steadily, or is not known
   */
  silenceOf(
    spanKey: string,
    until: Instant,
    watermark: Instant,
    gone: Instant | null,
  ): TelemetrySilent | null {
    const talk = this.#talks.get(spanKey);
    const interval = talk === undefined ? null : usualInterval(talk);
    if (talk === undefined || interval === null) return null;
    const { lastSeen } = talk;
    const expectedBy = lastSeen + Math.max(MIN_SILENCE, INTERVALS * interval);
    const shows = expectedBy <= until && expectedBy < watermark;
    // The latest span of all, if it lies past `expectedBy`, is not this key's own.
    const othersTalk = this.#latest > expectedBy;
    const mayBeGone = gone !== null && gone <= expectedBy;
    return shows && othersTalk && !mayBeGone ? { spanKey, lastSeen, expectedBy } : null;
  }

  #create(spanKey: string, end: Instant): Talk {
    if (this.#talks.size >= this.#maxKeys) this.#evict();
    const talk = { lastSeen: end, counts: new Uint32Array(RING) };
    this.#talks.set(spanKey, talk);
    return talk;
  }

  #evict(): void {
    const oldest = [...this.#talks]
      .toSorted(([a, { lastSeen: x }], [b, { lastSeen: y }]) => x - y || (a < b ? -1 : 1))
      .slice(0, Math.ceil(this.#maxKeys / EVICTED_SHARE));
    for (const [spanKey] of oldest) this.#talks.delete(spanKey);
    this.#evicted += oldest.length;
  }
}

/** Null where the key is no steady talker. */
function usualInterval({ lastSeen, counts }: Talk): Micros | null {
  let spans = 0;
  let busy = 0;
  const last = minuteOf(lastSeen);
  for (let minute = Math.max(0, last - USUAL_MINUTES); minute < last; minute += 1) {
    const count = counts[minute % RING] ?? 0;
    spans += count;
    if (count > 0) busy += 1;
  }
  if (spans < MIN_SPANS || busy < MIN_BUSY_MINUTES) return null;
  return Math.floor((USUAL_MINUTES * MICROS_PER_MINUTE) / spans);
}

function minuteOf(instant: Instant): number {
  return Math.floor(instant / MICROS_PER_MINUTE);
}
