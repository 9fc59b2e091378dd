/**
 * What several workers know of traces (ports/trace-store.ts is the contract), on Redis.
 *
 * What: a trace belongs to one of 64 shards (shards.ts), a shard to one slot. The ids that its traces carry are texts of sorted
 * sets, one for each five minutes of span starts, all with score 0: Redis keeps those in the order of their bytes, so that the
 * ids of a trace are found by what they begin with. Marks are a sorted set by the time until which they are needed. Ids are
 * written and marks read by one script; marks are written by one, and then the ids of all buckets read by another.
 *
 * Why buckets: expiry drops one as a whole, and needs no list of what is in it. Why not a key or a hash field a trace: a trace
 * of a nightly batch carries ten thousand ids, and adding one must not mean rewriting them. Generations, and why scripts: as in the
 * window (generation.ts, window-store.ts).
 *
 * Limits: `maxCarried` is judged as the window judges its bytes; marks and names have bounds of their own and pass when memory is used up.
 *
 * Cost: some 200 bytes an id. A putMet of a thousand traces is some 64 + 64 scripts in two round trips, and one seek for each trace
 * and bucket. Worked example: a span of trace 7a that started at 12:03 carries order_id 17: the text `["7a…",…,"order.id","17"]` in
 * the bucket 12:00 of the shard of 7a; when 7a meets an event at 12:20, buckets 12:00 to 12:20 are asked for texts from `["7a…",` on.
 * Source: lexicographic ranges, redis.io/docs/latest/commands/zrangebylex; DESIGN 4.3.
 */
import { CounterfoilError } from '../../model/errors.ts';
import type { Instant } from '../../model/instant.ts';
import { MICROS_PER_SECOND } from '../../model/instant.ts';
import type { CarriedFact, TraceMeeting } from '../../ports/fact-store.ts';
import type { TraceStore } from '../../ports/trace-store.ts';
import { command, listOf, numberOf, scriptCall, textOf, type Command } from './command.ts';
import type { RedisConnection } from './connection.ts';
import { Fence } from './fence.ts';
import { NamedTraces } from './named-traces.ts';
import { scriptOf } from './script.ts';
import { ShardRoom } from './shard-room.ts';
import { shardOf } from './shards.ts';
import { traceKeys, type TraceKeys } from './trace-keys.ts';
import { beginningOf, carriedOfText, carriedText } from './trace-texts.ts';

export interface RedisTraceSettings {
  /** Ids on all servers together; default 10 million, some 2 GB. */
  maxCarried?: number;
  /** Traces of one shard that met an event; default 131,072. */
  maxMetPerShard?: number;
  /** Traces that events name and wait for; default 100,000. */
  maxNamed?: number;
  /** When Redis drops ids that nobody expired; default 2 days. */
  ttlSeconds?: number;
}

const BUCKET_MICROS = 300 * MICROS_PER_SECOND;
const MAX_CARRIED = 10_000_000;
const MAX_MET_PER_SHARD = 131_072;
const MAX_NAMED = 100_000;
const TTL_SECONDS = 2 * 86_400;
/** Ids or traces of one script. */
const STEP = 256;
const FULL = 2;

const PUT_CARRIED = scriptOf('put-carried');
const PUT_MET = scriptOf('put-met');
const FIND_MEMBERS = scriptOf('find-members');
const DROP_CARRIED = scriptOf('drop-carried');
const RAISE_FLOOR = scriptOf('raise-floor');

/** Opens what is known of traces in the connection's namespace and begins, as `openRedisWindow` does. */
export async function openRedisTraces(
  connection: RedisConnection,
  settings: RedisTraceSettings = {},
): Promise<TraceStore> {
  const store = new RedisTraces(connection, settings);
  await store.begin();
  return store;
}

class RedisTraces implements TraceStore {
  readonly #settings: RedisTraceSettings;
  readonly #keys: readonly TraceKeys[];
  readonly #fence: Fence;
  readonly #room: ShardRoom;
  readonly #named: NamedTraces;

  constructor(connection: RedisConnection, settings: RedisTraceSettings) {
    this.#settings = settings;
    this.#keys = traceKeys(connection.namespace);
    const metaKeys = this.#keys.map(({ meta }) => meta);
    this.#fence = new Fence(connection, metaKeys);
    this.#room = new ShardRoom(settings.maxCarried ?? MAX_CARRIED, async () => {
      const answers = await this.#fence.ask((meta) => [command('HGET', meta, 'n')]);
      return answers.map(([ids]) => numberOf(ids));
    });
    this.#named = new NamedTraces(this.#fence, this.#keysOf(0), settings.maxNamed ?? MAX_NAMED);
  }

  async begin(): Promise<string> {
    const name = await this.#fence.begin();
    await this.#room.refresh();
    return name;
  }

  async putCarried(carried: readonly CarriedFact[]): Promise<ReadonlySet<string>> {
    this.#fence.checkHeld();
    if (carried.length > 0 && !(await this.#room.hasRoom(carried.length))) throw this.#full();
    const steps = stepsOf(carried, ({ traceId }) => traceId);
    const answers = await this.#fence.run(
      steps.map(({ shard, items }) => ({
        shard,
        commands: (mark) => [this.#putCarriedCall(shard, items, mark)],
      })),
    );
    const met = new Set<string>();
    for (const [i, { shard }] of steps.entries()) {
      const [, ids, ...traceIds] = listOf(answers[i]?.[0]);
      this.#room.note(shard, numberOf(ids));
      for (const traceId of traceIds) met.add(String(traceId));
    }
    return met;
  }

  async putMet(traceIds: readonly string[], until: Instant): Promise<CarriedFact[]> {
    this.#fence.checkHeld();
    const steps = stepsOf([...new Set(traceIds)], (traceId) => traceId);
    const marked = await this.#fence.run(
      steps.map(({ shard, items }) => ({
        shard,
        commands: (mark) => [this.#putMetCall(shard, items, until, mark)],
      })),
    );
    const found = await this.#fence.run(
      steps.map(({ shard, items }, i) => {
        const [status, ...buckets] = listOf(marked[i]?.[0]);
        if (numberOf(status) === FULL) throw this.#tooManyMarks();
        return { shard, commands: (mark) => [this.#findCall(shard, items, buckets.map(numberOf), mark)] };
      }),
    );
    return found.flatMap(([reply]) => {
      const [, floor, ...texts] = listOf(reply);
      const oldest = textOf(floor) ? numberOf(floor) : -Infinity;
      return texts.map((text) => carriedOfText(String(text))).filter(({ at }) => at >= oldest);
    });
  }

  async putNamed(named: readonly TraceMeeting[]): Promise<void> {
    this.#fence.checkHeld();
    await this.#named.put(named);
  }

  async namedAmong(traceIds: () => readonly string[]): Promise<TraceMeeting[]> {
    this.#fence.checkHeld();
    return await this.#named.among(traceIds);
  }

  async dropNamed(eventIds: readonly string[]): Promise<void> {
    this.#fence.checkHeld();
    await this.#named.drop(eventIds);
  }

  async expire({ carried, marks }: { carried: Instant; marks: Instant }): Promise<void> {
    this.#fence.checkHeld();
    const floors = [['f', carried] as const, ['k', marks] as const].filter(([, floor]) => floor > -Infinity);
    const answers = await this.#fence.run(
      this.#keys.map(({ meta, met, buckets }, shard) => ({
        shard,
        commands: (mark) => [
          ...floors.map(([field, floor]) => scriptCall(RAISE_FLOOR, [meta], [mark, field, floor])),
          command('ZREMRANGEBYSCORE', met, '-inf', `(${marks}`),
          command('SMEMBERS', buckets),
        ],
      })),
    );
    await this.#fence.run(
      answers.flatMap((replies, shard) =>
        listOf(replies.at(-1))
          .map(numberOf)
          .filter((bucket) => (bucket + 1) * BUCKET_MICROS <= carried)
          .map((bucket) => ({ shard, commands: (mark: string) => [this.#dropCall(shard, bucket, mark)] })),
      ),
    );
  }

  async generation(): Promise<string> {
    return await this.#fence.present();
  }

  async close(): Promise<void> {
    this.#fence.close();
  }

  #keysOf(shard: number): TraceKeys {
    const keys = this.#keys[shard];
    if (keys === undefined) throw new CounterfoilError('CF_INTERNAL', `There is no shard ${shard}`);
    return keys;
  }

  #putCarriedCall(shard: number, carried: readonly CarriedFact[], mark: string): Command {
    const keys = this.#keysOf(shard);
    const buckets = [...new Set(carried.map(({ at }) => bucketOf(at)))];
    const names = [keys.meta, keys.buckets, keys.met];
    const firstBucket = names.length + 1;
    names.push(...buckets.map((bucket) => keys.carried(bucket)));
    const facts = carried.flatMap((fact) => {
      const bucket = bucketOf(fact.at);
      return [fact.at, firstBucket + buckets.indexOf(bucket), bucket, carriedText(fact)];
    });
    const traceIds = new Set(carried.map(({ traceId }) => traceId));
    const ttl = this.#settings.ttlSeconds ?? TTL_SECONDS;
    return scriptCall(PUT_CARRIED, names, [mark, ttl, carried.length, ...facts, ...traceIds]);
  }

  #putMetCall(shard: number, traceIds: readonly string[], until: Instant, mark: string): Command {
    const { meta, buckets, met } = this.#keysOf(shard);
    return scriptCall(PUT_MET, [meta, buckets, met], [mark, this.#maxMet(), until, ...traceIds]);
  }

  #findCall(shard: number, traceIds: readonly string[], buckets: readonly number[], mark: string): Command {
    const keys = this.#keysOf(shard);
    const names = [keys.meta, ...buckets.map((bucket) => keys.carried(bucket))];
    return scriptCall(FIND_MEMBERS, names, [mark, ...traceIds.map(beginningOf)]);
  }

  #dropCall(shard: number, bucket: number, mark: string): Command {
    const keys = this.#keysOf(shard);
    return scriptCall(DROP_CARRIED, [keys.meta, keys.buckets, keys.carried(bucket)], [mark, bucket]);
  }

  #maxMet(): number {
    return this.#settings.maxMetPerShard ?? MAX_MET_PER_SHARD;
  }

  #full(): CounterfoilError {
    return new CounterfoilError(
      'CF_OVER_LIMIT',
      `Traces carry ${this.#settings.maxCarried ?? MAX_CARRIED} ids in Redis: wait until older ones expire, or shorten the look-back`,
    );
  }

  #tooManyMarks(): CounterfoilError {
    return new CounterfoilError(
      'CF_OVER_LIMIT',
      `${this.#maxMet()} traces of one shard met events: wait until older ones expire, or alert on less`,
    );
  }
}

function bucketOf(start: Instant): number {
  return Math.floor(start / BUCKET_MICROS);
}

/** Items by the shard of their trace, in steps that one script can take. */
function stepsOf<T>(items: readonly T[], traceOf: (item: T) => string): { shard: number; items: T[] }[] {
  return [...Map.groupBy(items, (item) => shardOf(traceOf(item)))].flatMap(([shard, all]) =>
    Array.from({ length: Math.ceil(all.length / STEP) }, (_, i) => ({
      shard,
      items: all.slice(i * STEP, (i + 1) * STEP),
    })),
  );
}
