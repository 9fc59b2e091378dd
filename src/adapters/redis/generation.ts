/**
 * Whether the content of a store is still what it was: what makes a lost or wiped Redis seen by everyone.
 *
 * What: each shard has a random *mark* in its meta hash (field `g`), made with HSETNX by whoever begins first. A worker remembers the
 * marks when it begins, and the histories (`master_replid`) of the primaries that have them. From then on every script
 * gets the mark that is expected, and does nothing when the shard has another; every plain read is followed, in the same pipeline,
 * by one of the mark; and every pipeline says the history of who answered.
 *
 * Why it is enough, with FLUSHALL at any point. A script is one step: when the mark in it is the expected one, nothing was wiped
 * from when the mark was made until the end of the script, so what others put under this mark and had acknowledged is there to be
 * read, and what is put now stays as long as the mark. A plain read is good when the mark *behind* it is: a wipe before or between
 * takes the mark along, and a new one never equals it. So of two sides that know the same mark, one sees the other, or one of them
 * is told. Two sides that know different marks cannot both be right: the one that has the old one is told on its next call, before
 * it drops or closes anything, and puts back or reads again.
 *
 * A wipe removes marks. What a restart or a failover takes (the last writes that were acknowledged, but not on disk or on the
 * replica yet) leaves them in place; that is what the history is for: a server begins another with every restart and
 * promotion. A slot that moves between primaries that were known at the beginning takes its mark along, and nothing is lost; one that
 * moves to a new primary counts as a loss, since it cannot be told from a failover.
 *
 * Cost: 64 short hashes a store, one HGET a script. Worked example: shard 3 is flushed; the next putSpans that
 * touches it finds no mark and rejects with CF_WINDOW_LOST, writing nothing; `begin` makes a new one, and the generation reads
 * another for everyone.
 * Source: DESIGN 7; fencing tokens, Kleppmann 2016.
 */
import { createHash, randomUUID } from 'node:crypto';
import { CounterfoilError } from '../../model/errors.ts';
import { command, textOf, type CommandGroup, type GroupReply } from './command.ts';
import type { RedisConnection } from './connection.ts';
import { SHARD_SLOTS } from './shards.ts';

/** Field of the meta hash. */
export const MARK = 'g';

export interface Generation {
  /** By shard. */
  marks: readonly string[];
  /** Of the primaries that had a shard at the beginning. */
  histories: ReadonlySet<string>;
}

/** Makes marks where there are none, and takes up those that are there. @param metaKeys of the shards, in order */
export async function beginGeneration(
  connection: RedisConnection,
  metaKeys: readonly string[],
): Promise<Generation> {
  const answers = await connection.run(
    metaKeys.map((key, shard) =>
      groupOf(shard, [command('HSETNX', key, MARK, randomUUID()), command('HGET', key, MARK)]),
    ),
  );
  const marks = answers.map(({ replies }) => textOf(replies[1]) ?? '');
  return { marks, histories: historiesOf(answers) };
}

/** The generation as it is on the servers now; a shard without a mark has ''. */
export async function presentGeneration(
  connection: RedisConnection,
  metaKeys: readonly string[],
): Promise<Generation> {
  const answers = await connection.run(
    metaKeys.map((key, shard) => groupOf(shard, [command('HGET', key, MARK)])),
  );
  return { marks: answers.map(({ replies }) => textOf(replies[0]) ?? ''), histories: historiesOf(answers) };
}

/** One word for all of it. */
export function generationName({ marks, histories }: Generation): string {
  const text = JSON.stringify([marks, [...histories].toSorted()]);
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

export function groupOf(shard: number, commands: CommandGroup['commands']): CommandGroup {
  return { slot: SHARD_SLOTS[shard] ?? 0, commands };
}

export function windowLost(): CounterfoilError {
  return new CounterfoilError(
    'CF_WINDOW_LOST',
    'Redis was flushed, restarted or replaced: what it held may be gone. Nothing is done until events were put back and spans are read again, which a worker does by itself.',
  );
}

function historiesOf(answers: readonly GroupReply[]): Set<string> {
  return new Set(answers.map(({ history }) => history));
}
