/**
 * What an error of Redis means for the caller: try again, hold back, or say what is set up wrong. No message shows a
 * password, a key or a value: replies of the server are shown by their first word alone, unless it says nothing.
 */
import { CounterfoilError } from '../../model/errors.ts';

/** The server or the way to it is in a state that passes: a failover, a slot on its way, a start, a broken connection. */
const PASSING = new Set([
  'MOVED',
  'ASK',
  'TRYAGAIN',
  'CLUSTERDOWN',
  'READONLY',
  'LOADING',
  'MASTERDOWN',
  'BUSY',
  'NOSCRIPT',
  'NOREPLICAS',
  // It cannot write to its disk, and takes no writes until it can.
  'MISCONF',
]);

/** Has no word of its own. */
const TOO_MANY_CLIENTS = 'ERR max number of clients reached';

const REFUSED = new Set(['NOAUTH', 'WRONGPASS', 'NOPERM']);

/** The word that an error reply begins with; '' where it is no reply of the server. */
export function wordOf(error: Error): string {
  return error.name === 'ReplyError' ? (/^[A-Z]+/.exec(error.message)?.[0] ?? '') : '';
}

/** Whether it may go well if all of it is done again. */
export function isPassing(error: Error): boolean {
  if (error.name !== 'ReplyError') return !(error instanceof CounterfoilError);
  return PASSING.has(wordOf(error)) || error.message.startsWith(TOO_MANY_CLIENTS);
}

/** Turns an error that is not tried again into one that says what to do. */
export function faultOf(error: Error, address: string): CounterfoilError {
  if (error instanceof CounterfoilError) return error;
  const word = wordOf(error);
  if (word === 'OOM')
    return new CounterfoilError(
      'CF_OVER_LIMIT',
      `Redis at ${address} has used up its maxmemory. Wait until older spans expire, or give it more; it must not evict.`,
    );
  if (REFUSED.has(word))
    return new CounterfoilError(
      'CF_SERVER_SETUP',
      `Redis at ${address} refuses the user (${word}). Look at the user name, the password and the ACL that docs/reference/redis.md lists.`,
    );
  if (error.name !== 'ReplyError') return unreachable(address, error);
  return new CounterfoilError(
    'CF_INTERNAL',
    `Redis at ${address} answered with an error: ${sayingOf(error)}`,
  );
}

/** What comes behind these words are the arguments that were sent. */
function sayingOf({ message }: Error): string {
  return message.slice(0, 200).replace(/,? with args beginning with.*/s, '');
}

/** It was tried for as long as is allowed. */
export function unreachable(address: string, cause: Error): CounterfoilError {
  const why = wordOf(cause) || ('code' in cause ? String(cause.code) : cause.message);
  return new CounterfoilError(
    'CF_UNREACHABLE',
    `Redis at ${address} cannot be used (${why}). See that it runs and can be reached from here; nothing is lost, and it is tried again.`,
  );
}

export function setUpWrong(address: string, what: string): CounterfoilError {
  return new CounterfoilError('CF_SERVER_SETUP', `Redis at ${address} ${what}`);
}
