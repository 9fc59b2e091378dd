/** What a verb of the command line is. */
import type { Arguments, VerbSpec } from './arguments.ts';
import type { Io } from './terminal.ts';

/** A verb: its flags, and what it does; resolves to the exit status. */
export interface Verb {
  spec: VerbSpec;
  run(args: Arguments, io: Io): Promise<number>;
}
