/** What is said when a verb fails, and the exit status that follows. */
import { CounterfoilError, ERRORS, type ErrorCode } from '../model/errors.ts';
import { printable } from './text-width.ts';

/** More than this many faults are a different problem than each of them. */
const MAX_PROBLEMS = 200;

export interface Failure {
  text: string;
  exit: number;
}

/** The message for stderr and the exit status of any error. */
export function failureOf(error: unknown): Failure {
  if (error instanceof CounterfoilError) {
    const shown = error.problems
      .slice(0, MAX_PROBLEMS)
      .map(({ at, text }) => `  ${printable(at)}: ${printable(text)}\n`);
    const more = error.problems.length - shown.length;
    const rest = more > 0 ? `  and ${more} more\n` : '';
    return {
      text: `${head(error.code, error.message)}${shown.join('')}${rest}`,
      exit: ERRORS[error.code].exit,
    };
  }
  return { text: head('CF_INTERNAL', unexpected(error)), exit: ERRORS.CF_INTERNAL.exit };
}

function head(code: ErrorCode, message: string): string {
  return `counterfoil: ${printable(message)} [${code}]\n`;
}

/**
 * A fault of ours or of the machine. The message of an unknown error may quote an input (a parser's does), so only
 * those of the operating system are shown; of the others, the kind and the place in the source.
 */
function unexpected(error: unknown): string {
  if (!(error instanceof Error)) return 'Something failed in a way that has no name.';
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (code !== undefined && syscall !== undefined) return `The operating system refused: ${error.message}.`;
  const place = /\(?([^\s()]+:\d+:\d+)\)?/.exec(
    error.stack?.split('\n').find((line) => line.startsWith('    at ')) ?? '',
  );
  return `Something failed that should not: ${error.name} at ${place?.[1] ?? 'an unknown place'}. Please report it.`;
}
