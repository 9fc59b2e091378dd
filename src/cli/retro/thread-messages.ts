/** What a retro thread is started with, and what it says. */
import type { Config } from '../../config/options.ts';
import type { RetroAsked } from '../../model/retro-question.ts';
import type { RetroProgress } from '../../ports/retro-jobs.ts';
import type { Reconciled } from '../../runtime/reconcile/reconcile.ts';
import type { RetroOutcome } from '../../runtime/retro/jobs.ts';
import type { SentError } from '../engine-rpc.ts';

/** Work of each kind, and what comes of it. */
export interface RetroWork {
  ask: [asked: RetroAsked, outcome: RetroOutcome];
  reconcile: [eventIds: readonly string[], outcome: Reconciled];
}

export type RetroWorkKind = keyof RetroWork;

export interface RetroThreadData<K extends RetroWorkKind = RetroWorkKind> {
  config: Config;
  /** The redaction key and other secrets, where the environment gives them. */
  env: Readonly<Record<string, string | undefined>>;
  kind: K;
  work: RetroWork[K][0];
}

export type RetroThreadSays<K extends RetroWorkKind = RetroWorkKind> =
  | { says: 'progress'; now: RetroProgress }
  | { says: 'outcome'; outcome: RetroWork[K][1] }
  | { says: 'failure'; failure: SentError };
