/** One command for a server, and what comes back. */
import type { Script } from './script.ts';

type Argument = string | number | Buffer;

export type Reply = Buffer | string | number | null | Reply[];

export interface Command {
  name: string;
  args: readonly Argument[];
  /** The script that it runs; a server that does not know it gets it first. */
  script: Script | null;
}

/** Commands for one slot, done in this order or, after an error, all of them again: each must bear that. */
export interface CommandGroup {
  slot: number;
  commands: readonly Command[];
}

export interface GroupReply {
  replies: readonly Reply[];
  /** Names the unbroken life of the content of the primary that answered; another after a restart or a failover. */
  history: string;
}

export function command(name: string, ...args: Argument[]): Command {
  return { name, args, script: null };
}

/** Every key that the script touches is in `keys`: that is what keeps it whole while a slot moves. */
export function scriptCall(script: Script, keys: readonly string[], args: readonly Argument[]): Command {
  return { name: 'EVALSHA', args: [script.sha, keys.length, ...keys, ...args], script };
}

export function textOf(reply: Reply | undefined): string | null {
  return reply === null || reply === undefined ? null : String(reply);
}

export function numberOf(reply: Reply | undefined): number {
  return Number(textOf(reply) ?? 0);
}

export function listOf(reply: Reply | undefined): readonly Reply[] {
  return Array.isArray(reply) ? reply : [];
}
