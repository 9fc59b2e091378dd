/** What the log says when it cannot do what it is asked: what happened, where, and what to do. */
import { CounterfoilError } from '../../model/errors.ts';

/** The disk did not take something: no space, a quota, a fault of the device. */
export function logFull(folder: string, cause: unknown): CounterfoilError {
  if (cause instanceof CounterfoilError) return cause;
  return new CounterfoilError(
    'CF_LOG_FULL',
    `Nothing can be written to ${folder} (${reasonOf(cause)}). Free some space there or mend the disk; the log goes on by itself.`,
  );
}

/** The log holds as much as it may, and nothing of it may be dropped. */
export function logOverBound(folder: string, maxBytes: number, committed: number): CounterfoilError {
  return new CounterfoilError(
    'CF_LOG_FULL',
    `The log in ${folder} holds the ${maxBytes} bytes that it may, and what follows offset ${committed} has not had its effects yet. Wait until it has, or allow more.`,
  );
}

export function logCorrupt(path: string, position: number, what: string): CounterfoilError {
  return new CounterfoilError(
    'CF_LOG_CORRUPT',
    `${path} is damaged at byte ${position}: ${what}. Nothing was changed. Put the file back from a copy; ` +
      `without one, move the whole folder away, start with an empty log, and send again what it held.`,
  );
}

export function logUnreadable(path: string, cause: unknown): CounterfoilError {
  if (cause instanceof CounterfoilError) return cause;
  return new CounterfoilError(
    'CF_LOG_CORRUPT',
    `${path} cannot be read (${reasonOf(cause)}). Mend the disk or its permissions, then start again.`,
  );
}

export function logGone(folder: string, offset: number, begin: number): CounterfoilError {
  return new CounterfoilError(
    'CF_LOG_GONE',
    `The log in ${folder} begins at offset ${begin}; what was at ${offset} is no longer kept. Read from ${begin} on, or let the log keep more.`,
  );
}

export function noLog(folder: string): CounterfoilError {
  return new CounterfoilError(
    'CF_NO_LOG',
    `There is no log in ${folder}. Name the data folder of \`counterfoil run\` or \`counterfoil replay\`; \`correlate\` keeps none.`,
  );
}

export function logClosed(): CounterfoilError {
  return new CounterfoilError('CF_INTERNAL', 'The log is closed');
}

function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return 'unknown';
  return 'code' in cause ? String(cause.code) : cause.message;
}
