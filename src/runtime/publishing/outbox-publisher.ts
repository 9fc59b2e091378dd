/**
 * Takes documents out of the outbox to where others read them: the index that all share, then the feed, then off the outbox.
 *
 * What leaves is the document as it is committed now, so that a document that changes often leaves as often as there is room for, and
 * no oftener. Everything may be done twice: the sink compares before it sets, and readers of the feed keep the highest revision.
 *
 * When the sink does not take anything, nothing is lost and nothing is held in memory: entries wait in the file. It is tried again
 * with longer and longer pauses; how many wait is told, and whoever feeds the engine stops when it is too many.
 *
 * Cost: by documents that changed. Worked example: an incident grows by 300 links in a second: 300 links, 300 payments and one incident leave
 * in one write, and one message in the feed.
 */
import type { IncidentDocument } from '../../model/documents/incident.ts';
import { CounterfoilError } from '../../model/errors.ts';
import type { DeadLetters } from '../../ports/dead-letters.ts';
import type { DeadLetterSink, DocumentKind, DocumentSink, SinkResult } from '../../ports/document-sink.ts';
import type { FeedMessage, IncidentFeed } from '../../ports/incident-feed.ts';
import type { IncidentIndex } from '../../ports/incident-index.ts';
import type { Outbox, OutboxEntry } from '../../ports/outbox.ts';
import type { Timers } from '../../ports/timers.ts';
import { emptyChanges, type WrittenChanges } from './written-changes.ts';

export interface PublisherParts {
  outbox: Outbox;
  documents: IncidentIndex;
  deadLetters: DeadLetters;
  sink: DocumentSink;
  letters: DeadLetterSink;
  feed: IncidentFeed;
  timers: Timers;
}

export interface PublisherSettings {
  tenant: string;
  batch?: number;
  pollMs?: number;
  maxPauseMs?: number;
  /** Whether this worker is the one that publishes; the others only keep up. Where it is not given, it is. */
  isActive?: () => boolean;
  /** Is told of each batch, and how many of it were refused for good. */
  onBatch?: (batch: { documents: number; dead: readonly SinkResult[] }) => void;
  /** Something does not take what is given, or takes it again (null). */
  onStopped?: (why: CounterfoilError | null) => void;
}

const BATCH = 1_000;
const POLL_MS = 100;
const MAX_PAUSE_MS = 5_000;
const MAX_LEFT = 100_000;

export class OutboxPublisher {
  readonly #parts: PublisherParts;
  readonly #settings: PublisherSettings;
  /** Everything up to here was looked at. */
  #after = 0;
  /** That have left and may not be off the outbox yet, by kind and id; for those that are forgotten it is done twice. */
  readonly #left = new Map<string, number>();
  #empty = false;
  #postponed = false;
  #pause = 0;
  /** Whether it was said that something is not taken. */
  #isTold = false;
  /** Those that were given last. */
  #lettersWait = false;
  #stopping = false;
  #wake: () => void = () => undefined;

  constructor(parts: PublisherParts, settings: PublisherSettings) {
    this.#parts = parts;
    this.#settings = settings;
  }

  /** Resolves after `stop`; rejects with what neither a pause nor another try can mend. */
  async run(): Promise<void> {
    while (!this.#stopping) {
      const idle = !(await this.#step());
      if (idle || this.#pause > 0) await this.#wait();
    }
  }

  /** Ends after the batch that is on its way. */
  stop(): void {
    this.#stopping = true;
    this.#wake();
  }

  /** Resolves when everything has left that is committed now, or after `stop`; not while the sink takes nothing. */
  async drain(): Promise<void> {
    this.#empty = false;
    while (!this.#stopping && !this.#empty) await this.#wait();
  }

  async #wait(): Promise<void> {
    const { pollMs = POLL_MS } = this.#settings;
    await new Promise<void>((resolve) => {
      const cancel = this.#parts.timers.after(Math.max(pollMs, this.#pause), resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
  }

  /** @returns whether there was anything */
  async #step(): Promise<boolean> {
    const { outbox } = this.#parts;
    const { batch = BATCH, isActive } = this.#settings;
    if (isActive?.() === false) return this.#standBy();
    const entries = await outbox.entries(this.#after, batch);
    if (entries.length === 0) {
      this.#begin();
      return false;
    }
    this.#after = entries.at(-1)?.seq ?? this.#after;
    const fresh = entries.filter(({ kind, id, seq }) => this.#left.get(`${kind} ${id}`) !== seq);
    if (fresh.length > 0) await this.#send(fresh);
    return true;
  }

  /** When this worker's time comes, everything that is in the outbox is looked at: what its predecessor published says the same. */
  #standBy(): false {
    this.#after = 0;
    this.#empty = true;
    return false;
  }

  /** All was looked at. What was postponed is looked at again. */
  #begin(): void {
    if (this.#postponed) this.#after = 0;
    else {
      this.#empty = true;
      this.#left.clear();
    }
    this.#postponed = false;
  }

  async #send(entries: readonly OutboxEntry[]): Promise<void> {
    try {
      const { left, stopped } = await this.#deliver(entries);
      if (this.#left.size > MAX_LEFT) this.#left.clear();
      for (const { kind, id, seq } of left) this.#left.set(`${kind} ${id}`, seq);
      this.#parts.outbox.done(left);
      if (left.length < entries.length) this.#postponed = true;
      if (stopped !== null) this.#hold(stopped, left.length > 0);
      else if (left.length > 0) this.#goOn();
    } catch (error) {
      if (!isPassing(error)) throw error;
      this.#hold(error);
    }
  }

  #goOn(): void {
    this.#pause = 0;
    if (!this.#isTold || this.#lettersWait) return;
    this.#isTold = false;
    this.#settings.onStopped?.(null);
  }

  /** @param moves some were taken all the same, so that the next are not kept waiting */
  #hold(why: CounterfoilError, moves = false): void {
    const { pollMs = POLL_MS, maxPauseMs = MAX_PAUSE_MS, onStopped } = this.#settings;
    if (!this.#isTold) onStopped?.(why);
    this.#isTold = true;
    this.#postponed = true;
    this.#pause = moves ? pollMs : Math.min(maxPauseMs, Math.max(pollMs, this.#pause * 2));
  }

  /** @returns those that have left, and why others have not */
  async #deliver(
    entries: readonly OutboxEntry[],
  ): Promise<{ left: OutboxEntry[]; stopped: CounterfoilError | null }> {
    const { sink, feed, outbox } = this.#parts;
    const { tenant, onBatch } = this.#settings;
    const at = await outbox.position();
    const refused = await this.#deliverLetters(entries);
    const changes = await this.#changesOf(entries);
    const { results, stopped } = await sink.write(tenant, changes, at);
    const byId = new Map(results.map((result) => [`${result.kind} ${result.id}`, result]));
    const left = entries.filter(({ kind, id }) =>
      kind === 'dead_letters' ? refused === null : byId.get(`${kind} ${id}`)?.outcome !== 'later',
    );
    const messages = left.flatMap((entry) => messageOf(entry, changes, byId));
    if (messages.length > 0) await feed.publish(tenant, messages);
    onBatch?.({ documents: left.length, dead: results.filter(({ outcome }) => outcome === 'dead') });
    return { left, stopped: stopped ?? refused };
  }

  /** @returns why they have not left: letters wait by themselves, and hold up no documents */
  async #deliverLetters(entries: readonly OutboxEntry[]): Promise<CounterfoilError | null> {
    const ids = entries.filter(({ kind }) => kind === 'dead_letters').map(({ id }) => id);
    if (ids.length === 0) return null;
    this.#lettersWait = true;
    try {
      await this.#sendLetters(ids);
      this.#lettersWait = false;
      return null;
    } catch (error) {
      if (!(error instanceof CounterfoilError)) throw error;
      return error;
    }
  }

  async #sendLetters(ids: readonly string[]): Promise<void> {
    const { deadLetters, letters } = this.#parts;
    const found = await Promise.all(ids.map((id) => deadLetters.deadLetter(id)));
    const kept = found.filter((letter) => letter !== null);
    if (kept.length > 0) await letters.addDeadLetters(kept);
    const redriven = kept.flatMap(({ id, redrivenAt }) =>
      redrivenAt === null ? [] : [{ letterId: id, at: redrivenAt }],
    );
    if (redriven.length > 0) await letters.markRedriven(redriven);
  }

  /** The documents as they are now; those that are not there any more are removed. */
  async #changesOf(entries: readonly OutboxEntry[]): Promise<WrittenChanges> {
    const changes = emptyChanges();
    const { documents } = this.#parts;
    const { tenant } = this.#settings;
    const idsOf = (kind: DocumentKind): string[] =>
      entries.filter((entry) => entry.kind === kind).map(({ id }) => id);
    for (const id of idsOf('links')) keep(changes.links, await documents.link(tenant, id));
    for (const id of idsOf('events'))
      if (!keep(changes.events, await documents.event(tenant, id))) changes.removed.events.push(id);
    for (const id of idsOf('payments'))
      if (!keep(changes.payments, await documents.payment(tenant, id))) changes.removed.payments.push(id);
    for (const id of idsOf('incidents')) {
      const incident = await documents.incident(tenant, id);
      // The id of an incident that became part of another finds that one.
      if (incident?.incident.id === id) changes.incidents.push(incident);
      else changes.removed.incidents.push(id);
    }
    return changes;
  }
}

function keep<T>(into: T[], document: T | null): boolean {
  if (document !== null) into.push(document);
  return document !== null;
}

function messageOf(
  { kind, id }: OutboxEntry,
  { incidents }: WrittenChanges,
  results: ReadonlyMap<string, SinkResult>,
): FeedMessage[] {
  const result = results.get(`${kind} ${id}`);
  if (
    kind !== 'incidents' ||
    result === undefined ||
    result.outcome === 'outdated' ||
    result.outcome === 'dead'
  )
    return [];
  const incident = incidents.find((each) => each.incident.id === id);
  if (incident === undefined) return [{ id, incident: null }];
  return [{ id, incident: withRevision(incident, result.revision) }];
}

/** As it is stored, so that readers can tell which of two is newer. */
function withRevision(incident: IncidentDocument, revision: number | null): IncidentDocument {
  return revision === null ? incident : { ...incident, meta: { ...incident.meta, revision } };
}

function isPassing(error: unknown): error is CounterfoilError {
  const code = (error as Partial<CounterfoilError>).code;
  return code === 'CF_UNREACHABLE' || code === 'CF_SERVER_SETUP';
}
