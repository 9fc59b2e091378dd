/** The log of a process of the command line: on standard error, in words on a terminal, in ECS JSON elsewhere. */
import { createLogger, type Logger } from '../telemetry/log.ts';
import type { Io } from './terminal.ts';
import { version } from './version.ts';

export function loggerOf({ stderr, clock }: Io): Logger {
  return createLogger({
    write: (text) => stderr.say(text),
    clock,
    plain: stderr.isTTY,
    version: version(),
  });
}
