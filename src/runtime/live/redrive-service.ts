/**
 * Puts dead letters through again: reads the record, makes a frame of what was set aside, appends it. The append is the commit
 * point: before it nothing has happened, after it everything follows from the log.
 *
 * One at a time: a record may have 64 MiB, and whoever redrives can wait.
 */
import { CounterfoilError } from '../../model/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { DeadLetters } from '../../ports/dead-letters.ts';
import type { EventLog, LogPosition, LogRecord } from '../../ports/event-log.ts';
import type { RedriveAnswer, Redrives } from '../../ports/redrives.ts';
import type { Backlog } from './backlog.ts';
import { decodeFrame, type Frame } from './frame.ts';
import { entryOf } from './frame-entry.ts';
import { formatLogPlace } from './log-place.ts';
import { placeToRedrive, redrivenFrame } from './redriven-frame.ts';

export interface RedriveParts {
  letters: Pick<DeadLetters, 'deadLetter'>;
  log: Pick<EventLog, 'append' | 'begin' | 'end' | 'read'>;
  backlog: Backlog;
  clock: Pick<Clock, 'now'>;
  /** Bytes of frames that the engine has not applied yet; more are not taken. */
  lagBytes: number;
}

export class RedriveService implements Redrives {
  readonly #parts: RedriveParts;
  #running = false;

  constructor(parts: RedriveParts) {
    this.#parts = parts;
  }

  async redrive(letterId: string): Promise<RedriveAnswer> {
    const { backlog, lagBytes } = this.#parts;
    if (this.#running || backlog.bytes > lagBytes)
      throw new CounterfoilError('CF_BUSY', 'Too much is on its way already. Try it again in 1 s.');
    this.#running = true;
    try {
      return await this.#append(await this.#frameOf(letterId));
    } finally {
      this.#running = false;
    }
  }

  async #frameOf(letterId: string): Promise<Frame> {
    const { letters, log, clock } = this.#parts;
    const letter = await letters.deadLetter(letterId);
    if (letter === null) throw noSuchLetter();
    const record = await recordAt(log, placeToRedrive(letter));
    return redrivenFrame(letter, readable(record), clock.now());
  }

  async #append(frame: Frame): Promise<RedriveAnswer> {
    const { log, backlog } = this.#parts;
    const { input, account } = frame;
    const entry = entryOf(frame);
    const position = await log.append(entry);
    backlog.add(position, entry.value.length, input, account);
    const refused = account.dead_lettered + account.items.refused;
    return { input, items: account.items.in_flight, refused, place: formatLogPlace(position) };
  }
}

async function recordAt(log: RedriveParts['log'], position: LogPosition): Promise<LogRecord> {
  const { partition, offset } = position;
  // A reader at the end would wait for what is appended next.
  if (offset < (await log.begin(partition)) || offset >= (await log.end(partition))) throw recordGone();
  try {
    for await (const [record] of log.read(position, new AbortController().signal))
      if (record !== undefined) return record;
  } catch (error) {
    // Retention may have been faster.
    if (!(error instanceof CounterfoilError) || error.code !== 'CF_LOG_GONE') throw error;
  }
  throw recordGone();
}

function readable({ value }: LogRecord): Frame {
  try {
    return decodeFrame(value);
  } catch {
    throw new CounterfoilError(
      'CF_NOT_REDRIVABLE',
      'This version cannot read the record either. Try it again with the version that wrote it, or a later one.',
    );
  }
}

function noSuchLetter(): CounterfoilError {
  return new CounterfoilError(
    'CF_NOT_FOUND',
    'No dead letter has this id. See /api/v1/dead-letters; the oldest are dropped for newer ones.',
  );
}

function recordGone(): CounterfoilError {
  return new CounterfoilError(
    'CF_LOG_GONE',
    'The log no longer keeps the record of this dead letter (log.retention, log.max_bytes). Its sender must send it again.',
  );
}
