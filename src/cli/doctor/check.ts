/** A check of `doctor`: what it is called, what it looks at, and the findings that it gives. */
import type { IndexLook } from '../../adapters/embedded/index-look.ts';
import type { LogLook } from '../../adapters/embedded/log-look.ts';
import type { Config } from '../../config/options.ts';
import type { InputName } from '../../model/accounting.ts';
import type { FindingPart } from '../../model/documents/diagnosis.ts';
import type { Instant } from '../../model/instant.ts';
import type { Everything } from '../everything-loaded.ts';
import type { FolderLook } from './folder-look.ts';
import type { MachineLook } from './machine-look.ts';
import type { ServersLook } from './servers-look.ts';

/** What was looked at before any check is asked: a check judges, and looks for itself only at what nobody else needs. */
export interface Looks {
  config: Config;
  everything: Everything;
  env: Readonly<Record<string, string | undefined>>;
  now: Instant;
  machine: MachineLook;
  folder: FolderLook;
  index: IndexLook;
  /** Null: there is no log. */
  log: LogLook | null;
  /** Latest event time of each input among the records of the log that were read. */
  latestOf: ReadonlyMap<InputName, Instant>;
  /** Null: none is configured, everything runs in one process. */
  servers: ServersLook | null;
}

export type Finding = Omit<FindingPart, 'check'>;

export interface Check {
  /** Stable: programs know it by this. */
  name: string;
  /** What it looks for, for the reference page. */
  looksFor: string;
  /** At least one finding, but for what is of servers and there are none. */
  run(looks: Looks): Finding | Finding[] | Promise<Finding[]>;
}

/** All is well there. */
export function ok(lookedAt: string, found: string): Finding {
  return { level: 'ok', looked_at: lookedAt, found, why: null, to_do: null };
}

/** It could not be looked at, or need not be; `found` says why. */
export function notChecked(lookedAt: string, found: string): Finding {
  return { level: 'not_checked', looked_at: lookedAt, found, why: null, to_do: null };
}

export interface Trouble {
  found: string;
  why: string;
  toDo: string;
}

/** It works, and may not for long, or not as somebody means it. */
export function warning(lookedAt: string, { found, why, toDo }: Trouble): Finding {
  return { level: 'warning', looked_at: lookedAt, found, why, to_do: toDo };
}

/** It does not work, or endangers what is kept. */
export function problem(lookedAt: string, { found, why, toDo }: Trouble): Finding {
  return { level: 'problem', looked_at: lookedAt, found, why, to_do: toDo };
}
