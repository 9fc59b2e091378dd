/** What a retro thread is started with, and what it says. */
import type { Config } from '../../config/options.ts';
import type { RetroAsked } from '../../model/retro-question.ts';
import type { RetroProgress } from '../../ports/retro-jobs.ts';
import type { RetroOutcome } from '../../runtime/retro/jobs.ts';
import type { SentError } from '../engine-rpc.ts';

export interface RetroThreadData {
  config: Config;
  /** The redaction key and other secrets, where the environment gives them. */
  env: Readonly<Record<string, string | undefined>>;
  asked: RetroAsked;
}

export type RetroThreadSays =
  | { says: 'progress'; now: RetroProgress }
  | { says: 'outcome'; outcome: RetroOutcome }
  | { says: 'failure'; failure: SentError };
