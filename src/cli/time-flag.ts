/** A flag whose value is a time. */
import { parseInstant, type Instant } from '../model/instant.ts';
import { usage, type Arguments, type VerbSpec } from './arguments.ts';

/**
 * Undefined where it was not given.
 * @throws CounterfoilError CF_USAGE when it is no time
 */
export function timeFlag(spec: VerbSpec, args: Arguments, name: string): Instant | undefined {
  const text = args.text(name);
  if (text === undefined) return undefined;
  const instant = parseInstant(text);
  if (instant === undefined)
    throw usage(spec, `--${name} ${text} is not a time such as 2026-03-10T14:00:00Z`);
  return instant;
}
