/**
 * The rules of recovery once more, as slowly and plainly as they can be said: second by second, what holds now? Written
 * from the rules, not from the code; the chain must agree with it at every instant.
 */
import type { RecoveryClass } from '../../src/model/recovery.ts';

export interface PlainAction {
  id: string;
  control: 'unilateral' | 'consent' | 'none';
  /** Number of the deadline, or never. */
  deadline: number | 'never';
  mode: number;
  /** Number of the state that follows. */
  next: number | null;
}

export type PlainStates = { remaining: 'all' | 'none'; actions: PlainAction[] }[];

interface PlainStep {
  class: RecoveryClass;
  action: string | null;
  recovery: number;
}

const NOTHING: PlainStep = { class: 'final', action: null, recovery: 0 };

/** @param deadlines seconds after the payment entered state 0, null where not stated; @param second asked for */
export function naiveStep(
  states: PlainStates,
  deadlines: readonly (number | null)[],
  second: number,
): PlainStep {
  let state: number | null = 0;
  let held: PlainAction | null = null;
  for (let now = 0; now <= second; now += 1) {
    for (;;) {
      if (state === null || states[state]?.remaining === 'none') return NOTHING;
      if (held !== null && endOf(held, deadlines) > now) break;
      const left: number | null = held?.next ?? null;
      held = null;
      if (left !== null) {
        state = left;
        continue;
      }
      const actions: PlainAction[] = states[state]?.actions ?? [];
      held = best(actions, deadlines, now);
      if (held === null) state = lastToMove(actions, deadlines)?.next ?? null;
    }
  }
  return held === null ? NOTHING : stepOf(held);
}

function endOf({ deadline }: PlainAction, deadlines: readonly (number | null)[]): number {
  return deadline === 'never' ? Infinity : (deadlines[deadline] ?? -Infinity);
}

const modeOf = ({ control, mode }: PlainAction): number => (control === 'none' ? 0 : mode);

function best(
  actions: readonly PlainAction[],
  deadlines: readonly (number | null)[],
  now: number,
): PlainAction | null {
  let found: PlainAction | null = null;
  for (const action of actions) {
    if (endOf(action, deadlines) <= now) continue;
    if (found === null || beats(action, found, deadlines)) found = action;
  }
  return found;
}

function beats(a: PlainAction, b: PlainAction, deadlines: readonly (number | null)[]): boolean {
  if (modeOf(a) !== modeOf(b)) return modeOf(a) > modeOf(b);
  const order = ['unilateral', 'consent', 'none'];
  if (a.control !== b.control) return order.indexOf(a.control) < order.indexOf(b.control);
  return endOf(a, deadlines) > endOf(b, deadlines);
}

/** What nobody can tell counts as past when the state was entered: no later than all others, in the order of the file. */
function lastToMove(
  actions: readonly PlainAction[],
  deadlines: readonly (number | null)[],
): PlainAction | null {
  let found: PlainAction | null = null;
  for (const action of actions) {
    if (action.next === null) continue;
    if (found === null || endOf(action, deadlines) > endOf(found, deadlines)) found = action;
  }
  return found;
}

function stepOf(action: PlainAction): PlainStep {
  if (action.control === 'none' || action.mode === 0) return NOTHING;
  return {
    class: action.control === 'unilateral' ? 'stoppable' : 'recallable',
    action: action.id,
    recovery: action.mode,
  };
}
