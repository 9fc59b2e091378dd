/**
 * Writes many documents, and says of each what became of it. Nothing is dropped: an item is written, in conflict, missing, dead, or was not
 * done because the server takes nothing now.
 *
 * What: items are cut into requests by bytes and count. Requests are under way side by side as bulk-pace.ts allows. Items that the server was
 * too busy for, or did not answer about, go into a request again; one that is too large as a whole is split; what makes the server refuse
 * us stops all. It gives up when nothing was decided for `giveUpMs`.
 *
 * Why not the helper of the client: it retries 429 alone, drops into a callback what else fails, and knows no conflict.
 *
 * Cost: the text of all items is held until they are done. Worked example: 2,500 items of 2 kB with 1,000 items and 5 MB a request: three requests.
 * Order between requests is not kept: no id may come twice in one call.
 */
import { CounterfoilError } from '../../model/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Timers } from '../../ports/timers.ts';
import { itemVerdict, requestVerdict, type ItemAnswer, type ItemVerdict } from './bulk-outcome.ts';
import { BulkPace } from './bulk-pace.ts';
import type { ElasticConnection } from './connection.ts';
import { notSetUp, refused, serverError } from './server-errors.ts';

export interface BulkItem {
  action: 'index' | 'create' | 'delete';
  index: string;
  documentId: string;
  /** The document must be the one that was read so. */
  seen?: { seqNo: number; primaryTerm: number };
  /** JSON text; none where it is deleted. */
  source?: string;
}

export type BulkOutcome = Exclude<ItemVerdict, { kind: 'retry' | 'stop' }> | { kind: 'not_done' };

export interface BulkAnswer {
  /** One for each item, in their order. */
  outcomes: BulkOutcome[];
  /** Why some were not done; null: all were. */
  stopped: CounterfoilError | null;
}

export interface BulkSettings {
  maxBytes: number;
  maxItems: number;
  /** Requests under way at once, at most. */
  maxRequests: number;
  /** How long a request may take; then it is sent again. */
  requestTimeoutMs: number;
  /** How long nothing may be decided. */
  giveUpMs: number;
  /** Makes what was written visible to searches before the answer; costs a segment each time. */
  refresh: boolean;
}

export const BULK_DEFAULTS: BulkSettings = {
  maxBytes: 5 * 1024 * 1024,
  maxItems: 1_000,
  maxRequests: 4,
  requestTimeoutMs: 30_000,
  giveUpMs: 120_000,
  refresh: false,
};

export interface BulkSurroundings {
  clock: Pick<Clock, 'elapsedMs'>;
  timers: Timers;
  /** At least 0, below 1. */
  random: () => number;
}

/** Only what is read of an answer: the reasons of refusals repeat values, and never leave the server. */
const ANSWERED = ['status', '_seq_no', '_primary_term', 'error.type'].map((field) => `items.*.${field}`);

export class BulkWriter {
  readonly #connection: ElasticConnection;
  readonly #settings: BulkSettings;
  readonly #around: BulkSurroundings;
  readonly #pace: BulkPace;

  constructor(connection: ElasticConnection, settings: BulkSettings, around: BulkSurroundings) {
    this.#connection = connection;
    this.#settings = settings;
    this.#around = around;
    this.#pace = new BulkPace(settings.maxRequests, around.random);
  }

  async write(items: readonly BulkItem[]): Promise<BulkAnswer> {
    const run = new BulkRun(items, requestsOf(items, this.#settings), this.#around.clock.elapsedMs());
    const open = new Set<Promise<void>>();
    while (!run.isDone(open.size)) {
      while (run.canStart(open.size, this.#pace.allowed)) {
        const sent = this.#send(run, run.take()).finally(() => open.delete(sent));
        open.add(sent);
      }
      await Promise.race(open);
    }
    return run.answer();
  }

  async #send(run: BulkRun, request: readonly number[]): Promise<void> {
    try {
      const answers = await this.#request(run, request);
      const again = request.filter((at, i) => !run.decide(at, answers[i] ?? {}, this.#connection.place));
      if (again.length < request.length) run.noteProgress(this.#around.clock.elapsedMs());
      if (again.length === 0) this.#pace.succeeded();
      else await this.#later(run, again, null);
    } catch (error) {
      const verdict = requestVerdict(error);
      if (verdict.kind === 'retry') await this.#later(run, request, error);
      else if (verdict.kind === 'split') run.split(request, verdict.type);
      else run.stop(serverError(error, this.#connection.place, 'writing documents'));
    }
  }

  async #request(run: BulkRun, request: readonly number[]): Promise<ItemAnswer[]> {
    const { requestTimeoutMs, refresh } = this.#settings;
    const operations = request.flatMap((at) => linesOf(run.items[at]));
    const answer = await this.#connection.client.bulk(
      { operations, refresh, filter_path: ANSWERED },
      { maxRetries: 0, requestTimeout: requestTimeoutMs },
    );
    const items: unknown = answer.items ?? [];
    return (items as Record<string, ItemAnswer>[]).map((item) => Object.values(item)[0] ?? {});
  }

  /** Puts items back after a wait, unless nothing has come of anything for too long. */
  async #later(run: BulkRun, request: readonly number[], error: unknown): Promise<void> {
    const { clock, timers } = this.#around;
    const waitMs = this.#pace.failed();
    if (clock.elapsedMs() + waitMs - run.progressAt > this.#settings.giveUpMs) {
      run.stop(
        error === null
          ? tooBusy(this.#connection.place)
          : serverError(error, this.#connection.place, 'writing documents'),
      );
      return;
    }
    await new Promise<void>((resolve) => timers.after(waitMs, resolve));
    run.putBack(request);
  }
}

/** The items of one call, and what is known of them so far. */
class BulkRun {
  readonly items: readonly BulkItem[];
  /** When the last item was decided. */
  progressAt: number;
  readonly #outcomes: (BulkOutcome | null)[];
  readonly #waiting: number[][];
  #stopped: CounterfoilError | null = null;

  constructor(items: readonly BulkItem[], requests: number[][], now: number) {
    this.items = items;
    this.progressAt = now;
    this.#outcomes = items.map(() => null);
    this.#waiting = requests;
  }

  /** Whether nothing is under way and nothing will be. */
  isDone(open: number): boolean {
    return open === 0 && (this.#waiting.length === 0 || this.#stopped !== null);
  }

  canStart(open: number, allowed: number): boolean {
    return open < allowed && this.#waiting.length > 0 && this.#stopped === null;
  }

  take(): number[] {
    return this.#waiting.shift() ?? [];
  }

  /** @returns false where it must be sent again */
  decide(at: number, answer: ItemAnswer, place: string): boolean {
    const verdict = itemVerdict(this.items[at]?.action ?? '', answer);
    if (verdict.kind === 'retry') return false;
    if (verdict.kind !== 'stop') this.#outcomes[at] = verdict;
    else {
      const what = `writing to ${this.items[at]?.index ?? 'an index'}`;
      const { type, status } = verdict;
      this.stop(status === 404 ? notSetUp(place, what) : refused(type, status, place, what));
    }
    return true;
  }

  noteProgress(now: number): void {
    this.progressAt = now;
  }

  putBack(request: readonly number[]): void {
    this.#waiting.push([...request]);
  }

  /** Halves a request; of a single item that is its end. */
  split(request: readonly number[], type: string): void {
    const [only, ...others] = request;
    if (only !== undefined && others.length === 0) this.#outcomes[only] = { kind: 'dead', type };
    const middle = Math.ceil(request.length / 2);
    if (request.length > 1) this.#waiting.push(request.slice(0, middle), request.slice(middle));
  }

  /** The first reason counts. */
  stop(error: CounterfoilError): void {
    this.#stopped ??= error;
  }

  answer(): BulkAnswer {
    return {
      outcomes: this.#outcomes.map((outcome) => outcome ?? { kind: 'not_done' }),
      stopped: this.#stopped,
    };
  }
}

/** Places of items, request by request: as many as fit, and at least one. */
function requestsOf(items: readonly BulkItem[], { maxBytes, maxItems }: BulkSettings): number[][] {
  const requests: number[][] = [];
  let bytes = Infinity;
  for (const [at, item] of items.entries()) {
    const size = linesOf(item).reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0);
    const last = requests.at(-1);
    if (last === undefined || bytes + size > maxBytes || last.length >= maxItems) {
      requests.push([at]);
      bytes = size;
    } else {
      last.push(at);
      bytes += size;
    }
  }
  return requests;
}

function linesOf(item: BulkItem | undefined): string[] {
  if (item === undefined) return [];
  const { action, index, documentId, seen, source } = item;
  const seenAs = seen === undefined ? {} : { if_seq_no: seen.seqNo, if_primary_term: seen.primaryTerm };
  const head = JSON.stringify({ [action]: { _index: index, _id: documentId, ...seenAs } });
  return source === undefined ? [head] : [head, source];
}

function tooBusy(place: string): CounterfoilError {
  return new CounterfoilError(
    'CF_UNREACHABLE',
    `Elasticsearch at ${place} takes no documents: it answers that it is too busy, or without a verdict. Look at its load, its disk and its thread pools.`,
  );
}
