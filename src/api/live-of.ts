/** The engine behind the API, for routes that say what it does. */
import { CounterfoilError } from '../model/errors.ts';
import type { ApiContext, LiveContext } from './context.ts';

/** @throws CounterfoilError CF_NOT_FOUND where none runs */
export function liveOf({ live }: ApiContext): LiveContext {
  if (live !== null) return live;
  throw new CounterfoilError(
    'CF_NOT_FOUND',
    'No engine runs here; this server shows what a finished run wrote.',
  );
}
