/**
 * The connection to one server.
 *
 * What: sends commands as one pipeline, which a server does in order, and gives a reply or an error for each. Nothing waits
 * in a queue for a connection and nothing is sent twice by itself: a command whose answer was lost may have been done, and whoever
 * asked must do the write and the read behind it again, both of them. A broken connection is made anew by the next call.
 *
 * Each new connection is looked at before it is used: version, eviction, role. Each pipeline begins with `INFO replication`, whose
 * `master_replid` is another after every restart and failover: with it comes what was acknowledged and is gone.
 *
 * Cost: one round trip a pipeline, and some 20 microseconds of the server for `INFO`.
 * Source: `master_replid`, redis.io/docs/latest/operate/oss_and_stack/management/replication.
 */
import { Redis, type RedisOptions } from 'ioredis';
import type { Command, Reply } from './command.ts';
import { wordOf } from './faults.ts';
import { checkServer } from './server-check.ts';
import { addressText, type RedisAddress, type RedisSettings } from './settings.ts';

type Options = RedisOptions & { replyMapping: 'legacy' };

const COMMAND_TIMEOUT_MS = 5_000;
const CONNECT_TIMEOUT_MS = 5_000;

export interface NodeReply {
  history: string;
  replies: readonly (Reply | Error)[];
}

export class RedisNode {
  readonly address: string;
  readonly #options: Options;
  readonly #cluster: boolean;
  /** What the server has in its cache of scripts, as far as this connection knows. */
  readonly #loaded = new Set<string>();
  #client: Promise<Redis> | null = null;
  #closed = false;

  constructor(address: RedisAddress, settings: RedisSettings) {
    this.address = addressText(address);
    this.#options = optionsOf(address, settings);
    this.#cluster = settings.cluster;
  }

  /** @throws Error when the server cannot be reached, or CounterfoilError when it is not set up as it must be */
  async send(commands: readonly Command[]): Promise<NodeReply> {
    const client = await this.#connected();
    const missing = new Map(
      commands.flatMap(({ script }) =>
        script === null || this.#loaded.has(script.sha) ? [] : [[script.sha, script] as const],
      ),
    );
    const pipeline = client.pipeline();
    pipeline.callBuffer('INFO', 'replication');
    for (const { source } of missing.values()) pipeline.callBuffer('SCRIPT', 'LOAD', source);
    for (const { name, args } of commands) pipeline.callBuffer(name, ...args);
    const results = ((await pipeline.exec()) ?? []).map(([error, reply]) => error ?? (reply as Reply));
    const [info, ...rest] = results;
    const loads = rest.slice(0, missing.size);
    if (!loads.some((load) => load instanceof Error)) for (const sha of missing.keys()) this.#loaded.add(sha);
    const replies = rest.slice(missing.size);
    if (replies.some((reply) => isWord(reply, 'NOSCRIPT'))) this.#loaded.clear();
    // A primary no more, which keeps its connections: the name may lead to another by now.
    if (replies.some((reply) => isWord(reply, 'READONLY'))) client.disconnect();
    if (info instanceof Error || info === undefined)
      return { history: '', replies: commands.map(() => errorOf(info)) };
    return { history: historyOf(String(info)), replies };
  }

  close(): void {
    this.#closed = true;
    const client = this.#client;
    this.#client = null;
    client?.then(
      (open) => open.disconnect(),
      () => {},
    );
  }

  async #connected(): Promise<Redis> {
    if (this.#closed) throw new Error('The connection is closed');
    this.#client ??= this.#connect();
    const attempt = this.#client;
    try {
      const client = await attempt;
      if (client.status === 'ready') return client;
      client.disconnect();
    } catch (error) {
      if (this.#client === attempt) this.#client = null;
      throw error;
    }
    if (this.#client === attempt) this.#client = null;
    return await this.#connected();
  }

  async #connect(): Promise<Redis> {
    const client = new Redis(this.#options);
    // Of an error that ends a connection the next call hears all the same; unheard, it would be printed.
    let last: Error | null = null;
    client.on('error', (error: Error) => {
      last = error;
    });
    try {
      await client.connect();
      this.#loaded.clear();
      checkServer(this.address, await client.info(), this.#cluster);
      return client;
    } catch (error) {
      client.disconnect();
      throw last ?? error;
    }
  }
}

/** A connection that is not made again by itself, and sends nothing twice. */
export function optionsOf({ host, port }: RedisAddress, settings: RedisSettings): Options {
  const { username, password, tls, commandTimeoutMs = COMMAND_TIMEOUT_MS } = settings;
  return {
    host,
    port,
    ...(username === null ? {} : { username }),
    ...(password === null ? {} : { password }),
    ...(tls === null
      ? {}
      : {
          tls: {
            ...(tls.ca === null ? {} : { ca: tls.ca }),
            ...(tls.cert === null ? {} : { cert: tls.cert }),
            ...(tls.key === null ? {} : { key: tls.key }),
          },
        }),
    lazyConnect: true,
    connectTimeout: CONNECT_TIMEOUT_MS,
    commandTimeout: commandTimeoutMs,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    retryStrategy: null,
    protocol: 2,
    replyMapping: 'legacy',
    disableClientInfo: true,
    connectionName: 'counterfoil',
  };
}

function isWord(reply: Reply | Error, word: string): boolean {
  return reply instanceof Error && wordOf(reply) === word;
}

function historyOf(info: string): string {
  return /^master_replid:(\w+)/m.exec(info)?.[1] ?? '';
}

function errorOf(info: Error | undefined): Error {
  return info ?? new Error('no answer');
}
