/**
 * Drops expired buckets of the window: shard by shard the keys that its lists name, some hundred a step, so that the server
 * is never held up. Below the floor nothing comes any more; whoever is interrupted leaves the rest to the next expiry, of any worker.
 */
import { command, listOf, numberOf, scriptCall, type Command } from './command.ts';
import type { Fence, ShardWork } from './fence.ts';
import { scriptOf } from './script.ts';
import type { WindowKeys } from './window-keys.ts';

const DROP_CHUNKS = scriptOf('drop-chunks');
const KEYS_A_STEP = 500;

interface ExpiredBucket {
  shard: number;
  bucket: number;
}

export async function dropBuckets(fence: Fence, keys: readonly WindowKeys[], floor: number): Promise<void> {
  const buckets = await fence.run(
    keys.map(({ chunkCounts }, shard) => ({ shard, commands: () => [command('HKEYS', chunkCounts)] })),
    () => false,
  );
  let expired: ExpiredBucket[] = buckets.flatMap(([reply], shard) =>
    listOf(reply)
      .map(numberOf)
      .filter((bucket) => bucket < floor)
      .map((bucket) => ({ shard, bucket })),
  );
  while (expired.length > 0) {
    const lists = await fence.run(
      expired.map(({ shard, bucket }) => ({ shard, commands: () => listCommands(keys[shard], bucket) })),
      () => false,
    );
    const works = expired.map(({ shard, bucket }, i): ShardWork => {
      const spanKeys = listOf(lists[i]?.[0]).map(String);
      return { shard, commands: (mark) => dropCommands(keys[shard], bucket, spanKeys, mark) };
    });
    const answers = await fence.run(works);
    expired = expired.filter((_, i) => numberOf(listOf(answers[i]?.[0])[1]) > 0);
  }
}

function listCommands(keys: WindowKeys | undefined, bucket: number): Command[] {
  return keys === undefined ? [] : [command('LRANGE', keys.keysOf(bucket), 0, KEYS_A_STEP - 1)];
}

function dropCommands(
  keys: WindowKeys | undefined,
  bucket: number,
  spanKeys: readonly string[],
  mark: string,
): Command[] {
  if (keys === undefined) return [];
  const names = [keys.meta, keys.chunkCounts, keys.byteCounts, keys.keysOf(bucket)];
  names.push(...spanKeys.map((spanKey) => keys.chunks(bucket, spanKey)));
  return [scriptCall(DROP_CHUNKS, names, [mark, bucket, ...spanKeys])];
}
