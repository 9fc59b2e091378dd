/**
 * Sends the notices that wait, and sends them again until they are taken, refused, or of no use any more.
 *
 * After the nth failure in a row the next attempt comes after 5 s x 2^(n-1), at most 30 min, cut at random by up to a half, so that
 * many that failed together do not come back together; later, if the receiver says so. A notice is given up when it is refused, when
 * it expires (a deadline has passed, or a day), or after 50 attempts, and that is said. Up to four are on their way at once.
 *
 * A crash between sending and noting that it was taken sends it again, with the same id.
 *
 * Worked example: the receiver is down for ten minutes. Attempts at 0 s, about 4, 12, 27, 57 s, 2, 4, 8 and 16 min: it is taken six
 * minutes after the receiver is back.
 */
import { MICROS_PER_MS, type Instant } from '../../model/instant.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Notice, NoticeSender, NoticeStore, SendOutcome } from '../../ports/notices.ts';

const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 1_800_000;
/** What a receiver may ask for. */
const LONGEST_WISH_MS = 3_600_000;
const MAX_ATTEMPTS = 50;
const AT_ONCE = 4;

export interface DeliveryParts {
  store: NoticeStore;
  sender: NoticeSender;
  clock: Clock;
  /** 0 to 1. */
  random: () => number;
  /** What was sent could not be noted; it is sent again. */
  onFailure: (error: unknown) => void;
  onOutcome: (outcome: DeliveryOutcome, noticeId: string, why: string) => void;
}

export type DeliveryOutcome = 'delivered' | 'retried' | 'given_up';

export class NoticeDeliveries {
  readonly #parts: DeliveryParts;
  readonly #abort = new AbortController();
  /** By id of the notice. */
  readonly #onTheirWay = new Map<string, Promise<void>>();

  constructor(parts: DeliveryParts) {
    this.#parts = parts;
  }

  /** Sends what is due; does not wait for it. */
  async sendDue(): Promise<void> {
    const { store, clock, onFailure } = this.#parts;
    // Those on their way are still due in the store.
    const due = await store.due(clock.now(), 2 * AT_ONCE);
    for (const notice of due) {
      if (this.#onTheirWay.size >= AT_ONCE || this.#abort.signal.aborted) return;
      if (this.#onTheirWay.has(notice.id)) continue;
      const sent = this.#send(notice)
        .catch(onFailure)
        .finally(() => this.#onTheirWay.delete(notice.id));
      this.#onTheirWay.set(notice.id, sent);
    }
  }

  /** Breaks off what is on its way; it is sent again after the next start. */
  async stop(): Promise<void> {
    this.#abort.abort();
    await Promise.all(this.#onTheirWay.values());
  }

  async #send(notice: Notice): Promise<void> {
    const { store, sender, clock, onOutcome } = this.#parts;
    if (notice.expiresAt <= clock.now()) return await this.#giveUp(notice, 'too late');
    const outcome = await sender.send(notice, clock.now(), this.#abort.signal);
    if (outcome.kind === 'taken') {
      await store.remove(notice.id);
      onOutcome('delivered', notice.id, '');
    } else if (outcome.kind === 'refused') await this.#giveUp(notice, outcome.why);
    else if (!this.#abort.signal.aborted) await this.#putOff(notice, outcome);
  }

  async #putOff(notice: Notice, outcome: SendOutcome & { kind: 'again' }): Promise<void> {
    const { store, clock, onOutcome } = this.#parts;
    const attempts = notice.attempts + 1;
    const next = clock.now() + this.#pauseMs(attempts, outcome.retryAfterMs) * MICROS_PER_MS;
    if (attempts >= MAX_ATTEMPTS || next >= notice.expiresAt) return await this.#giveUp(notice, outcome.why);
    await store.putOff(notice.id, attempts, next);
    onOutcome('retried', notice.id, outcome.why);
  }

  #pauseMs(attempts: number, retryAfterMs: number | null): Instant {
    const pause = Math.min(FIRST_PAUSE_MS * 2 ** (attempts - 1), LONGEST_PAUSE_MS);
    const jittered = Math.round(pause * (1 - this.#parts.random() / 2));
    return Math.max(jittered, Math.min(retryAfterMs ?? 0, LONGEST_WISH_MS));
  }

  async #giveUp(notice: Notice, why: string): Promise<void> {
    await this.#parts.store.remove(notice.id);
    this.#parts.onOutcome('given_up', notice.id, why);
  }
}
