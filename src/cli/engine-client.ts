/**
 * The engine thread, seen from the thread that serves HTTP. Decoding, log, join and SQLite's writes are all over there, so that
 * nothing here waits for them: a call is a message, and bodies are handed over, not copied.
 */
import { Worker } from 'node:worker_threads';
import type { Accounting, InputName } from '../model/accounting.ts';
import type { Intake, IntakeAnswer, IntakeRequest } from '../ports/intake.ts';
import type { EngineStatus, LiveEngine, MetricSample } from '../ports/live-engine.ts';
import type { RedriveAnswer, Redrives } from '../ports/redrives.ts';
import type { ClosedSample } from '../runtime/reconcile/closed-events.ts';
import type { Logger } from '../telemetry/log.ts';
import {
  fromSent,
  type Call,
  type CallName,
  type EngineCalls,
  type EngineThreadData,
  type News,
  type Reply,
} from './engine-rpc.ts';

/** What is used of a Worker. */
export interface ThreadPort {
  postMessage(message: Call, transfer?: readonly ArrayBuffer[]): void;
  on(event: 'message', listener: (message: Reply | News) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'exit', listener: (code: number) => void): unknown;
}

interface Waiting {
  resolve: (value: never) => void;
  reject: (error: Error) => void;
}

export interface ClientSettings {
  logger: Logger;
  /** Bytes of bodies that may be with the thread and unanswered; beyond it `busy`. */
  maxPostedBytes: number;
  /** Is told of incidents that are committed, new or changed. */
  onIncidents?: (ids: readonly string[]) => void;
}

const BUSY_SECONDS = 1;

/** Starts the thread; its file has the ending of this one, `.js` in the published package. */
export function startEngineThread(data: EngineThreadData): Worker {
  const name = import.meta.url.endsWith('.ts') ? './engine-thread.ts' : './engine-thread.js';
  return new Worker(new URL(name, import.meta.url), { workerData: data, name: 'engine' });
}

export class EngineClient implements Intake, LiveEngine, Redrives {
  readonly #port: ThreadPort;
  readonly #settings: ClientSettings;
  readonly #waiting = new Map<number, Waiting>();
  readonly #started: PromiseWithResolvers<void> = Promise.withResolvers();
  readonly #died: PromiseWithResolvers<Error> = Promise.withResolvers();
  #nextId = 1;
  #postedBytes = 0;
  #death: Error | null = null;
  #drained = false;

  constructor(port: ThreadPort, settings: ClientSettings) {
    this.#port = port;
    this.#settings = settings;
    // Whoever waits for the start is told; nobody has to.
    this.#started.promise.catch(() => undefined);
    port.on('message', (message) => this.#receive(message));
    port.on('error', (error) => this.#die(error));
    port.on('exit', () => {
      if (!this.#drained) this.#die(new Error('The engine thread has ended'));
    });
  }

  /** Rejects with what kept the engine from starting. */
  get started(): Promise<void> {
    return this.#started.promise;
  }

  /** Resolves, with the reason, when the engine is gone; never where it was drained first. */
  get died(): Promise<Error> {
    return this.#died.promise;
  }

  async submit(request: IntakeRequest): Promise<IntakeAnswer> {
    const bytes = request.body.length;
    const { maxPostedBytes } = this.#settings;
    if (this.#postedBytes > 0 && this.#postedBytes + bytes > maxPostedBytes)
      return { kind: 'busy', retryAfterSeconds: BUSY_SECONDS };
    this.#postedBytes += bytes;
    try {
      const body = ownedBody(request.body);
      return await this.#call('submit', { ...request, body }, [body.buffer]);
    } finally {
      this.#postedBytes -= bytes;
    }
  }

  async end(input: InputName): Promise<void> {
    await this.#call('end', input);
  }

  async redrive(letterId: string): Promise<RedriveAnswer> {
    return await this.#call('redrive', letterId);
  }

  async status(): Promise<EngineStatus> {
    return await this.#call('status', null);
  }

  async accounting(): Promise<Accounting> {
    return await this.#call('accounting', null);
  }

  async metrics(): Promise<MetricSample[]> {
    return await this.#call('metrics', null);
  }

  async takeClosed(): Promise<ClosedSample> {
    return await this.#call('takeClosed', null);
  }

  /** Applies what is in the log, closes it and the store, and ends the thread. */
  async drain(): Promise<void> {
    await this.#call('drain', null);
    this.#drained = true;
  }

  #call<N extends CallName>(
    name: N,
    argument: EngineCalls[N][0],
    transfer: ArrayBuffer[] = [],
  ): Promise<EngineCalls[N][1]> {
    if (this.#death !== null) return Promise.reject(this.#death);
    const id = this.#nextId++;
    return new Promise<EngineCalls[N][1]>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#port.postMessage({ id, name, argument } as Call, transfer);
    });
  }

  #receive(message: Reply | News): void {
    if ('news' in message) return this.#hear(message);
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if ('failure' in message) waiting?.reject(fromSent(message.failure));
    else waiting?.resolve(message.value as never);
  }

  #hear(news: News): void {
    if (news.news === 'started') this.#started.resolve();
    else if (news.news === 'failed') this.#die(fromSent(news.failure));
    else if (news.news === 'incidents') this.#settings.onIncidents?.(news.ids);
    else this.#settings.logger.log(news.level, news.event, news.detail, news.fields);
  }

  #die(error: Error): void {
    if (this.#death !== null) return;
    this.#death = error;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
    this.#started.reject(error);
    this.#died.resolve(error);
  }
}

/** Small buffers lie in memory that they share with others, which cannot be given away. */
function ownedBody(body: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer } = body;
  if (buffer instanceof ArrayBuffer && body.byteLength === buffer.byteLength)
    return body as Uint8Array<ArrayBuffer>;
  return new Uint8Array(body);
}
