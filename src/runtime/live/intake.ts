/**
 * Takes requests: decodes, appends, answers (ports/intake.ts is the contract).
 *
 * Two bounds keep memory flat, and both say `busy` before anything is allocated: bytes of requests that are not answered
 * yet, and bytes in the log that the engine has not applied (it would only fall further behind). Requests that come together
 * share one flush of the log, because nothing here waits for the one before.
 */
import type { InputName } from '../../model/accounting.ts';
import { CounterfoilError } from '../../model/errors.ts';
import { formatPlace } from '../../model/place.ts';
import type { Refusal } from '../../model/refusal.ts';
import type { EventLog } from '../../ports/event-log.ts';
import type { Intake, IntakeAnswer, IntakeRefusal, IntakeRequest } from '../../ports/intake.ts';
import type { RecordSource } from '../../ports/record-source.ts';
import type { Backlog } from './backlog.ts';
import type { BuiltFrame, FrameBuilder } from './frame-builder.ts';

export interface IntakeLimits {
  /** Bytes of requests that are not answered yet; a single larger request is taken when there is no other. */
  inFlightBytes: number;
  /** Bytes of frames that the engine has not applied yet. */
  lagBytes: number;
}

export interface IntakeParts {
  builder: Pick<FrameBuilder, 'build' | 'end'>;
  log: Pick<EventLog, 'append'>;
  backlog: Backlog;
  /** The records of a body. */
  open: (request: IntakeRequest) => RecordSource;
  limits: IntakeLimits;
  /** Is told of every frame that is in the log. */
  onTaken?: (request: IntakeRequest, frame: BuiltFrame) => void;
}

/** A sender that comes back this soon finds the queue shorter; the engine takes tens of MB a second. */
const BUSY_SECONDS = 1;
/** A disk is not emptied in a second. */
const FULL_SECONDS = 30;
/** The rest are among the dead letters. */
const ANSWERED_REFUSALS = 20;

export class IntakeService implements Intake {
  readonly #parts: IntakeParts;
  #inFlightBytes = 0;

  constructor(parts: IntakeParts) {
    this.#parts = parts;
  }

  async submit(request: IntakeRequest): Promise<IntakeAnswer> {
    if (!this.#hasRoomFor(request.body.length)) return { kind: 'busy', retryAfterSeconds: BUSY_SECONDS };
    const bytes = request.body.length;
    this.#inFlightBytes += bytes;
    try {
      return await this.#take(request);
    } catch (error) {
      return answerOf(error, request);
    } finally {
      this.#inFlightBytes -= bytes;
    }
  }

  async end(input: InputName): Promise<void> {
    await this.#parts.log.append(this.#parts.builder.end(input));
  }

  #hasRoomFor(bytes: number): boolean {
    const { limits, backlog } = this.#parts;
    if (backlog.bytes > limits.lagBytes) return false;
    return this.#inFlightBytes === 0 || this.#inFlightBytes + bytes <= limits.inFlightBytes;
  }

  async #take(request: IntakeRequest): Promise<IntakeAnswer> {
    const { builder, log, backlog, open, onTaken } = this.#parts;
    const { input } = request;
    const frame = await builder.build(input, open(request));
    const { entry, account, refused } = frame;
    // Nothing was sent, so there is nothing to keep: an exporter that says hello.
    if (account.records === 0) return taken(frame);
    const position = await log.append(entry);
    backlog.add(position, entry.value.length, input, account);
    onTaken?.(request, frame);
    if (account.decoded === 0) return { kind: 'refused', refusals: told(refused) };
    return taken(frame);
  }
}

function taken({ account, refused }: BuiltFrame): IntakeAnswer {
  const { records, dead_lettered, items } = account;
  return {
    kind: 'taken',
    records,
    items: items.in_flight,
    refusedItems: items.refused + dead_lettered,
    refusals: told(refused),
  };
}

function told(refused: readonly Refusal[]): IntakeRefusal[] {
  return refused
    .slice(0, ANSWERED_REFUSALS)
    .map(({ reason, text, place }) => ({ reason, text, at: formatPlace(place) }));
}

/** What can be said to the sender; anything else is a fault of ours, and is thrown. */
function answerOf(error: unknown, request: IntakeRequest): IntakeAnswer {
  if (!(error instanceof CounterfoilError)) throw error;
  if (error.code === 'CF_LOG_FULL')
    return { kind: 'full', text: error.message, retryAfterSeconds: FULL_SECONDS };
  if (error.code !== 'CF_OVER_LIMIT') throw error;
  const at = formatPlace({ input: request.name, line: 0, column: 0 });
  return {
    kind: 'refused',
    refusals: [{ reason: 'too_large', text: `${error.message}; send less at a time`, at }],
  };
}
