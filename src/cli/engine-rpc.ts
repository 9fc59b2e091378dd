/** What the process and its engine thread say to each other: calls with answers, and news. Both sides are typed by this table. */
import type { Config } from '../config/options.ts';
import type { Accounting, InputName } from '../model/accounting.ts';
import { CounterfoilError, ERRORS, type ErrorCode } from '../model/errors.ts';
import type { IntakeAnswer, IntakeRequest } from '../ports/intake.ts';
import type { EngineStatus, MetricSample } from '../ports/live-engine.ts';
import type { RedriveAnswer } from '../ports/redrives.ts';
import type { ClosedSample } from '../runtime/reconcile/closed-events.ts';
import type { LogEvent } from '../telemetry/events.ts';
import type { LogFields, LogLevel } from '../telemetry/log.ts';

/** Argument and answer of each call. */
export interface EngineCalls {
  submit: [IntakeRequest, IntakeAnswer];
  end: [InputName, null];
  redrive: [string, RedriveAnswer];
  status: [null, EngineStatus];
  accounting: [null, Accounting];
  metrics: [null, MetricSample[]];
  /** Events that closed since it was last asked, some of them. */
  takeClosed: [null, ClosedSample];
  drain: [null, null];
}

export type CallName = keyof EngineCalls;

export type Call = { [N in CallName]: { id: number; name: N; argument: EngineCalls[N][0] } }[CallName];

export type Reply = { id: number; value: unknown } | { id: number; failure: SentError };

export type News =
  /** The engine has taken up what earlier runs left, and answers. */
  | { news: 'started' }
  | { news: 'failed'; failure: SentError }
  /** These are committed, new or changed. */
  | { news: 'incidents'; ids: readonly string[] }
  | { news: 'log'; level: LogLevel; event: LogEvent; detail: string; fields: LogFields };

/** What the thread is started with. */
export interface EngineThreadData {
  config: Config;
  /** The redaction key, where the environment gives it. */
  env: Readonly<Record<string, string | undefined>>;
  bounded: readonly InputName[] | null;
}

/** An error over a thread's border, which keeps neither class nor code. */
export interface SentError {
  code: string;
  message: string;
  stack: string;
}

export function toSent(error: unknown): SentError {
  if (!(error instanceof Error))
    return { code: 'CF_INTERNAL', message: 'Something without a name', stack: '' };
  const code = error instanceof CounterfoilError ? error.code : 'CF_INTERNAL';
  return { code, message: error.message, stack: error.stack ?? '' };
}

export function fromSent({ code, message, stack }: SentError): Error {
  if (!Object.hasOwn(ERRORS, code) || code === 'CF_INTERNAL')
    return Object.assign(new Error(message), { stack });
  return new CounterfoilError(code as ErrorCode, message);
}
