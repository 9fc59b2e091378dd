/**
 * Decides what people are told: each new incident once, and each deadline of its money once, shortly before it.
 *
 * It hears of incidents when they are committed, and looks through all of them once at its start, since the process may have ended
 * between a commit and hearing of it. What it decides is durable before it is sent (ports/notices.ts), and known by what is told, so
 * that neither a crash nor a repeat tells it twice.
 *
 * An incident is known by its id, and its id is that of its earliest event: it changes when an earlier event comes, and when two
 * incidents become one. So before an incident is told, its events are asked whether one of them was the first of an incident that is
 * known; then it goes on under that key (`case.notify_key`), and nobody is told. Incidents that were there before the webhook was
 * first switched on count as told; their deadlines do not.
 *
 * A deadline is told from `lead` before it on. One notice tells of all that fall due within `lead`, and an incident has one of these
 * every `lead / 2` at most: 3,600 payments with a deadline each are two notices an hour, not 3,600. So a deadline that is known in
 * time is told between `lead` and `lead / 2` before it; one that comes and passes between two notices is covered by the link in them.
 *
 * Worked example, lead 30 min: an incident at 14:00 with deadlines at 15:30 and 15:50 is told at once; at 15:00 a notice names 15:30, at
 * 15:20 one names 15:50. With a second deadline at 15:35 instead, 15:00 names 15:30 and, at 15:15, the next names 15:35.
 *
 * Cost: a look at each incident that changed; the alarms are one map entry for each incident with a deadline ahead.
 */
import type { EventDocument } from '../../model/documents/event.ts';
import type { IncidentDocument } from '../../model/documents/incident.ts';
import { incidentId } from '../../model/ids.ts';
import { parseInstant, type Instant, type Micros } from '../../model/instant.ts';
import type { Clock } from '../../ports/clock.ts';
import type { IncidentIndex, Page } from '../../ports/incident-index.ts';
import type { NoticeStore } from '../../ports/notices.ts';
import type { Timers } from '../../ports/timers.ts';
import { deadlineNotice, openedNotice, type NearDeadline, type NoticeSettings } from './notice-body.ts';
import type { NoticeDeliveries } from './notice-deliveries.ts';

/** More wait only where nobody takes them; then incidents wait to be told, and none is forgotten. */
const MAX_WAITING = 10_000;
const TICK_MS = 1_000;
const PAGE = 100;
/** Events of a new incident that are asked whether it is an old one. */
const MAX_EVENTS_ASKED = 20_000;

export interface NotifierParts {
  index: IncidentIndex;
  store: NoticeStore;
  deliveries: NoticeDeliveries;
  clock: Clock;
  timers: Timers;
  /** Something failed, and is tried again. */
  onFailure: (error: unknown) => void;
  /** Is told now and then how many notices wait. */
  onWaiting: (count: number) => void;
}

export interface NotifierSettings extends NoticeSettings {
  lead: Micros;
  /** How many notices may wait; 10,000 where it is not given. */
  maxWaiting?: number;
}

export class Notifier {
  readonly #parts: NotifierParts;
  readonly #settings: NotifierSettings;
  /** Incidents to be looked at. */
  readonly #noted = new Set<string>();
  /** When to look at the deadlines of an incident again. */
  readonly #alarms = new Map<string, Instant>();
  /** Where the look through all of them stands; null: it is done. */
  #rest: { cursor: string | null } | null = { cursor: null };
  #step: Promise<void> = Promise.resolve();
  #stepping = false;
  #stopped = false;
  #cancelTick: () => void = () => undefined;

  constructor(parts: NotifierParts, settings: NotifierSettings) {
    this.#parts = parts;
    this.#settings = settings;
  }

  start(): void {
    this.#wake();
  }

  /** These incidents were committed, new or changed. */
  note(incidentIds: readonly string[]): void {
    for (const id of incidentIds) this.#noted.add(id);
    this.#wake();
  }

  /** Resolves when nothing of it is at work any more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelTick();
    await this.#step;
    await this.#parts.deliveries.stop();
  }

  /** Steps never overlap; what comes during one waits for the next tick at most. */
  #wake(): void {
    if (this.#stepping || this.#stopped) return;
    this.#stepping = true;
    this.#cancelTick();
    this.#step = this.#work()
      .catch((error: unknown) => this.#parts.onFailure(error))
      .finally(() => {
        this.#stepping = false;
        if (!this.#stopped) this.#cancelTick = this.#parts.timers.after(TICK_MS, () => this.#wake());
      });
  }

  async #work(): Promise<void> {
    await this.#parts.deliveries.sendDue();
    await this.#lookAtNoted();
    await this.#lookAtRest();
    const now = this.#parts.clock.now();
    for (const [id, at] of this.#alarms) if (at <= now) this.#noted.add(id);
    await this.#lookAtNoted();
    await this.#parts.deliveries.sendDue();
    this.#parts.onWaiting(await this.#parts.store.waiting());
  }

  async #lookAtNoted(): Promise<void> {
    for (const id of this.#noted) {
      if (this.#stopped) return;
      const document = await this.#parts.index.incident(this.#settings.tenant, id);
      if (document?.incident.id !== id) this.#alarms.delete(id);
      if (document !== null && !(await this.#lookAt(document))) return;
      this.#noted.delete(id);
    }
  }

  /** A page after the other, each its own turn, so that requests are answered in between. */
  async #lookAtRest(): Promise<void> {
    while (this.#rest !== null && !this.#stopped) {
      const { index } = this.#parts;
      const request = { limit: PAGE, cursor: this.#rest.cursor };
      const { items, next } = await index.incidents(this.#settings.tenant, { paymentId: null }, request);
      for (const document of items) if (!(await this.#lookAt(document))) return;
      this.#rest = next === null ? null : { cursor: next };
      await new Promise<void>((resolve) => void setImmediate(resolve));
    }
  }

  /** @returns false where it must wait because too much waits already */
  async #lookAt(document: IncidentDocument): Promise<boolean> {
    const { store, clock } = this.#parts;
    const { id } = document.incident;
    if ((await store.waiting()) >= (this.#settings.maxWaiting ?? MAX_WAITING)) return false;
    let key = await store.keyOf([id]);
    if (key === null) {
      key = await this.#formerKey(id);
      if (key === null) await store.open(id, openedNotice(document, clock.now(), this.#settings));
      else await store.rename(id, key);
    }
    await this.#lookAtDeadlines(document, key ?? id);
    return true;
  }

  /** The key of an incident that is known, and of which this one holds the first event now. */
  async #formerKey(id: string): Promise<string | null> {
    const { index, store } = this.#parts;
    const { tenant } = this.#settings;
    let cursor: string | null = null;
    let asked = 0;
    do {
      const page: Page<EventDocument> = await index.eventsOfIncident(tenant, id, {
        limit: PAGE,
        cursor,
      });
      const key = await store.keyOf(page.items.map(({ event }) => incidentId(tenant, event.id)));
      if (key !== null) return key;
      asked += page.items.length;
      cursor = page.next;
    } while (cursor !== null && asked < MAX_EVENTS_ASKED);
    return null;
  }

  async #lookAtDeadlines(document: IncidentDocument, key: string): Promise<void> {
    const { store, clock } = this.#parts;
    const { lead } = this.#settings;
    const { id } = document.incident;
    const now = clock.now();
    const ahead = deadlinesAhead(document, now);
    // Most have none, and need not be asked for.
    const told = ahead.length === 0 ? null : await store.toldDeadlines(key);
    const untold = ahead.filter(({ at }) => told?.deadlines.has(at) !== true);
    const [first] = untold;
    if (first === undefined) {
      this.#alarms.delete(id);
      return;
    }
    const at = Math.max(first.at - lead, (told?.lastAt ?? -Infinity) + lead / 2);
    if (at > now) {
      this.#alarms.set(id, at);
      return;
    }
    const near = untold.filter((each) => each.at <= now + lead);
    const notice = deadlineNotice(document, key, near, now, this.#settings);
    await store.tell(key, [...new Set(near.map((each) => each.at))], now, notice);
    await this.#lookAtDeadlines(document, key);
  }
}

/** Deadlines are exclusive: at one it is over. Earliest first. */
function deadlinesAhead({ impact }: IncidentDocument, now: Instant): NearDeadline[] {
  return impact.clock
    .map((row) => ({ row, at: parseInstant(row.deadline) ?? -Infinity }))
    .filter(({ at }) => at > now)
    .toSorted((a, b) => a.at - b.at);
}
