/**
 * The window that several workers share (ports/window-store.ts is the contract), on Redis.
 *
 * What: everything of a span key lives in one of 64 shards (shards.ts), a shard in one slot. Chunks are fields of a hash for each key and
 * bucket; events are fields of a hash for each key. Spans are written and the hot lists behind them read by one script
 * a shard, put-spans.lua. An event is written by put-event.lua, which answers with the buckets that there are; then the chunks
 * are read with plain commands, since they may be many.
 *
 * Why a script: the mark of the generation, the floor of expiry and what is counted are looked at in the same step as the write,
 * so that no flush, no expiry and no second worker comes between (generation.ts has the protocol and why it holds). Every key is named
 * to the script, so that a slot that is on its way is never written on both sides. All of it can be done twice.
 *
 * Limits: `maxBytes` is judged by what the shards have counted (shard-room.ts), before anything is written: a batch is taken as a
 * whole or not at all. Where the server itself runs out of memory first, shards that had room have taken theirs, and taking
 * them again changes nothing. Events pass that limit, and have one of their own for each shard.
 *
 * Expiry: the floor goes up in every shard, then the buckets below it are dropped, 500 keys a step. Chunks have a time to live, too,
 * only for a window that nobody expires any more.
 *
 * Cost: `node bench/window-store-redis.ts` measures. Worked example: 200 chunks of 200 pods are about 61 scripts in one
 * round trip; an event under two keys that looks back a minute is 2 scripts, then 14 HGETALL.
 * Source: DESIGN 4.3 and 7, reference/streaming section 3.
 */
import { CounterfoilError } from '../../model/errors.ts';
import type { Instant } from '../../model/instant.ts';
import { bucketEnd, bucketOf } from '../../model/span-bucket.ts';
import type { HotEntry, SpanChunk, WindowStore, WindowUsage } from '../../ports/window-store.ts';
import { command, listOf, numberOf, scriptCall, textOf } from './command.ts';
import type { RedisConnection } from './connection.ts';
import { Fence, markIsNotLast, type ShardWork } from './fence.ts';
import { MARK } from './generation.ts';
import { scriptOf } from './script.ts';
import { ShardRoom } from './shard-room.ts';
import { SHARDS, shardOf } from './shards.ts';
import { batchesOf, entryText, putSpansAnswer, putSpansCall } from './window-batches.ts';
import { dropBuckets } from './window-expiry.ts';
import { windowKeys, type WindowKeys } from './window-keys.ts';
import { foundChunks, sortedChunks } from './window-reads.ts';

export interface RedisWindowSettings {
  /** `window.max_bytes`: what the chunks may take on all servers together; default 4 GiB. */
  maxBytes?: number;
  /** Events on the hot lists of one shard; an event under two keys counts twice. Default 65,536. */
  maxHotEntriesPerShard?: number;
  /** When Redis drops chunks that nobody expired; longer than any outage that is to be survived. Default 2 days. */
  ttlSeconds?: number;
}

const MAX_BYTES = 4 * 2 ** 30;
const MAX_HOT_ENTRIES_PER_SHARD = 65_536;
const TTL_SECONDS = 2 * 86_400;
const MAX_PARTITION = 2 ** 31 - 1;
/** What put-event.lua answers when there are too many. */
const FULL = 2;

const PUT_EVENT = scriptOf('put-event');
const DROP_EVENT = scriptOf('drop-event');
const RAISE_FLOOR = scriptOf('raise-floor');

/** Opens the window of the connection's namespace and begins: makes its generation where there is none. Closing it leaves the connection open. */
export async function openRedisWindow(
  connection: RedisConnection,
  settings: RedisWindowSettings = {},
): Promise<WindowStore> {
  const store = new RedisWindow(connection, settings);
  await store.begin();
  return store;
}

class RedisWindow implements WindowStore {
  readonly #settings: RedisWindowSettings;
  readonly #keys: readonly WindowKeys[];
  readonly #fence: Fence;
  readonly #room: ShardRoom;
  /** First bucket that this worker has not expired. */
  #floor = -Infinity;

  constructor(connection: RedisConnection, settings: RedisWindowSettings) {
    this.#settings = settings;
    this.#keys = windowKeys(connection.namespace);
    const metaKeys = this.#keys.map(({ meta }) => meta);
    this.#fence = new Fence(connection, metaKeys);
    this.#room = new ShardRoom(settings.maxBytes ?? MAX_BYTES, async () => {
      const answers = await this.#fence.ask((meta) => [command('HGET', meta, 'b')]);
      return answers.map(([bytes]) => numberOf(bytes));
    });
  }

  async begin(): Promise<string> {
    const name = await this.#fence.begin();
    this.#floor = -Infinity;
    await this.#room.refresh();
    return name;
  }

  async putSpans(chunks: readonly SpanChunk[]): Promise<ReadonlyMap<string, readonly HotEntry[]>> {
    this.#fence.checkHeld();
    for (const chunk of chunks) checkPlace(chunk);
    const batches = batchesOf(chunks);
    const incoming = batches.reduce((sum, { bytes }) => sum + bytes, 0);
    if (incoming > 0 && !(await this.#room.hasRoom(incoming))) throw this.#full();
    const ttl = this.#settings.ttlSeconds ?? TTL_SECONDS;
    const answers = await this.#fence.run(
      batches.map((batch) => ({
        shard: batch.shard,
        commands: (mark) => [putSpansCall(batch, this.#keysOf(batch.shard), mark, ttl)],
      })),
    );
    const hot = new Map<string, readonly HotEntry[]>();
    for (const [i, batch] of batches.entries()) {
      const answer = putSpansAnswer(batch, answers[i]?.[0]);
      this.#room.note(batch.shard, answer.bytes);
      for (const [spanKey, entries] of answer.hot) hot.set(spanKey, entries);
    }
    return hot;
  }

  async putEvent(spanKeys: readonly string[], entry: HotEntry): Promise<SpanChunk[]> {
    this.#fence.checkHeld();
    const shards = [...Map.groupBy(new Set(spanKeys), shardOf)];
    const answers = await this.#fence.run(
      shards.map(([shard, keys]) => ({
        shard,
        commands: (mark) => [this.#putEventCall(shard, keys, entry, mark)],
      })),
    );
    const from = bucketOf(entry.from);
    const reads = shards.flatMap(([shard, spanKeys], i) => {
      const [status, floor, ...buckets] = listOf(answers[i]?.[0]);
      if (numberOf(status) === FULL) throw this.#tooManyEvents();
      const first = Math.max(from, textOf(floor) ? numberOf(floor) : -Infinity);
      const wanted = buckets.map(numberOf).filter((bucket) => bucket >= first);
      const places = spanKeys.flatMap((spanKey) => wanted.map((bucket) => ({ spanKey, bucket })));
      return places.length === 0 ? [] : [{ shard, places }];
    });
    const found = await this.#fence.run(
      reads.map((read) => this.#readWork(read)),
      markIsNotLast,
    );
    return sortedChunks(
      reads.flatMap(({ places }, i) =>
        places.flatMap(({ spanKey, bucket }, j) => foundChunks(spanKey, bucket, found[i]?.[j])),
      ),
    );
  }

  async dropEvents(eventIds: readonly string[]): Promise<void> {
    this.#fence.checkHeld();
    const ids = [...new Set(eventIds)];
    if (ids.length === 0) return;
    const noted = await this.#fence.run(
      this.#keys.map(({ events, meta }, shard) => ({
        shard,
        commands: () => [command('HMGET', events, ...ids), command('HGET', meta, MARK)],
      })),
      markIsNotLast,
    );
    const works = noted.flatMap(([lists], shard) =>
      ids.flatMap((eventId, i): ShardWork[] => {
        const spanKeys = textOf(listOf(lists)[i]);
        if (spanKeys === null) return [];
        return [{ shard, commands: (mark) => [this.#dropCall(shard, eventId, JSON.parse(spanKeys), mark)] }];
      }),
    );
    await this.#fence.run(works);
  }

  async expire(before: Instant): Promise<void> {
    this.#fence.checkHeld();
    const floor = bucketOf(before);
    if (!(floor > this.#floor)) return;
    await this.#fence.run(
      this.#keys.map(({ meta }, shard) => ({
        shard,
        commands: (mark) => [scriptCall(RAISE_FLOOR, [meta], [mark, 'f', floor])],
      })),
    );
    await dropBuckets(this.#fence, this.#keys, floor);
    this.#floor = floor;
  }

  async completeFrom(): Promise<Instant> {
    const answers = await this.#fence.run(
      this.#keys.map(({ meta }, shard) => ({ shard, commands: () => [command('HMGET', meta, 'f', MARK)] })),
      ([reply], mark) => textOf(listOf(reply)[1]) !== mark,
    );
    const floors = answers.map(([reply]) => textOf(listOf(reply)[0]));
    return Math.max(...floors.map((floor) => (floor === null ? -Infinity : bucketEnd(Number(floor) - 1))));
  }

  async generation(): Promise<string> {
    return await this.#fence.present();
  }

  async usage(): Promise<WindowUsage> {
    const answers = await this.#fence.ask((meta) => [command('HMGET', meta, 'b', 'n', 'h', 'l')]);
    const sums = [0, 0, 0, 0];
    for (const [reply] of answers)
      for (const [i, value] of listOf(reply).entries()) sums[i] = (sums[i] ?? 0) + numberOf(value);
    const [bytes = 0, chunks = 0, hotEntries = 0, lateChunks = 0] = sums;
    return { bytes, spilledBytes: 0, chunks, hotEntries, lateChunks };
  }

  async close(): Promise<void> {
    this.#fence.close();
  }

  #keysOf(shard: number): WindowKeys {
    const keys = this.#keys[shard];
    if (keys === undefined) throw new CounterfoilError('CF_INTERNAL', `There is no shard ${shard}`);
    return keys;
  }

  #putEventCall(shard: number, spanKeys: readonly string[], entry: HotEntry, mark: string) {
    const keys = this.#keysOf(shard);
    const names = [keys.meta, keys.chunkCounts, keys.events, ...spanKeys.map((key) => keys.hot(key))];
    const args = [mark, this.#maxHotEntries(), entry.eventId, entryText(entry), ...spanKeys];
    return scriptCall(PUT_EVENT, names, args);
  }

  #dropCall(shard: number, eventId: string, spanKeys: readonly string[], mark: string) {
    const keys = this.#keysOf(shard);
    const names = [keys.meta, keys.events, ...spanKeys.map((key) => keys.hot(key))];
    return scriptCall(DROP_EVENT, names, [mark, eventId, ...spanKeys]);
  }

  #readWork({ shard, places }: { shard: number; places: { spanKey: string; bucket: number }[] }): ShardWork {
    const keys = this.#keysOf(shard);
    const reads = places.map(({ spanKey, bucket }) => command('HGETALL', keys.chunks(bucket, spanKey)));
    return { shard, commands: () => [...reads, command('HGET', keys.meta, MARK)] };
  }

  #maxHotEntries(): number {
    return this.#settings.maxHotEntriesPerShard ?? MAX_HOT_ENTRIES_PER_SHARD;
  }

  #full(): CounterfoilError {
    return new CounterfoilError(
      'CF_OVER_LIMIT',
      `The window of spans holds ${this.#settings.maxBytes ?? MAX_BYTES} bytes in Redis: wait until older ones expire, or raise window.max_bytes`,
    );
  }

  #tooManyEvents(): CounterfoilError {
    return new CounterfoilError(
      'CF_OVER_LIMIT',
      `${this.#maxHotEntries()} events wait for spans in one of ${SHARDS} shards: shorten the look-back or the late horizon, or alert on less`,
    );
  }
}

function checkPlace({ bucket, partition, offset }: SpanChunk): void {
  const isPartition = Number.isInteger(partition) && partition >= 0 && partition <= MAX_PARTITION;
  if (!isPartition || !Number.isSafeInteger(bucket) || !Number.isSafeInteger(offset))
    throw new CounterfoilError('CF_INTERNAL', `No chunk can be at ${bucket}/${partition}:${offset}`);
}
