/**
 * What can be done about one payment, from its state on: a chain of steps, each until its deadline.
 *
 * What: in a state the best action counts (highest mode of recovery; of equal ones what we decide alone; then the
 * later deadline). At its deadline, which is exclusive, the payment counts as in the action's `then_state`; without
 * one it stays, and what is left of its actions counts. Where nothing is left, the payment moves to the `then_state` of
 * the action whose deadline was last, or is final. Entering a state by a deadline counts as entering it at that instant,
 * which is where its own cut-offs start from.
 * A deadline that cannot be told counts as past (see deadline.ts).
 * Why a chain and not a class: a class changes with the wall clock; the chain does not, so it can be stored, and
 * `stepAt` reads the class of any instant from it.
 *
 * Cost: the deadlines of the states on the way, each computed once.
 * Worked example: SEPA transfer accepted on Tuesday 14:00 UTC: cancel until 15:30 (cut-off), then as in `sent`: recall
 * by consent until 13 months later, then final.
 * Source: DESIGN section 5; reference/impact section 1.2.
 */
import { parseAmount } from '../model/money.ts';
import type { Instant } from '../model/instant.ts';
import type { Payment } from '../model/payment.ts';
import type { Recovery, RecoveryClass, RecoveryStep } from '../model/recovery.ts';
import { deadlineOf, NEVER } from './deadline.ts';
import type { RailState, RecoverabilityTable, RecoveryAction, Remaining } from './recoverability.ts';

/** What of a payment its recovery follows from. */
export type RecoverablePayment = Pick<
  Payment,
  'rail' | 'state' | 'stateAt' | 'amountMinor' | 'currency' | 'attributes' | 'ambiguous'
>;

/** Stands for a deadline that cannot be told: past, and before any that can. */
const UNTOLD = Number.NEGATIVE_INFINITY;
const NOTHING_LEFT: RecoveryStep = { class: 'final', action: null, until: null, recovery: 0 };

/** The chain of what can be done, and the money that is still out. Unknown rails and states are final, and flagged. */
export function recoveryOf(payment: RecoverablePayment, table: RecoverabilityTable): Recovery {
  const rail = table.rails.get(payment.rail);
  const state = rail?.get(payment.state);
  const flags: Recovery['flags'] = payment.ambiguous === true ? ['ambiguous_reference'] : [];
  if (rail === undefined || state === undefined) {
    const gap = table.gapOf(payment.rail, payment.state);
    return {
      remainingMinor: remainingOf(payment, 'all'),
      chain: [NOTHING_LEFT],
      flags: gap === null ? flags : [...flags, gap],
    };
  }
  const { steps, inferred } = stepsFrom(state, rail, payment);
  return {
    remainingMinor: remainingOf(payment, state.remaining),
    chain: steps,
    flags: inferred ? [...flags, 'state_inferred'] : flags,
  };
}

interface Chain {
  steps: RecoveryStep[];
  /** Whether the deadline of the stated state was past already, so that another state is assumed from the start. */
  inferred: boolean;
}

function stepsFrom(
  first: RailState,
  rail: ReadonlyMap<string, RailState>,
  payment: RecoverablePayment,
): Chain {
  const steps: RecoveryStep[] = [];
  let at = payment.stateAt;
  let inferred = false;
  let state: RailState | undefined = first;
  while (state !== undefined && state.remaining !== 'none') {
    const left: Departure = walkState(state, at, payment.attributes, steps);
    if (left.at === NEVER) return { steps, inferred };
    if (state === first && left.to !== null && left.at === payment.stateAt) inferred = true;
    at = left.at;
    state = left.to === null ? undefined : rail.get(left.to);
  }
  append(steps, NOTHING_LEFT);
  return { steps, inferred };
}

/** When a state is left, and for which; `to` null: nothing follows. */
interface Departure {
  at: Instant;
  to: string | null;
}

interface Option {
  action: RecoveryAction;
  deadline: number;
}

/** Appends the steps of one state. Each round ends an action for good, so there are at most as many as actions. */
function walkState(
  state: RailState,
  entered: Instant,
  attributes: Readonly<Record<string, string>>,
  steps: RecoveryStep[],
): Departure {
  const basis = { stateAt: entered, attributes };
  const options = state.actions.map((action) => ({
    action,
    deadline: deadlineOf(action.until, basis) ?? UNTOLD,
  }));
  let at = entered;
  for (;;) {
    const now = at;
    const best = bestOf(options.filter(({ deadline }) => deadline > now));
    if (best === undefined) return { at, to: lastMove(options) };
    append(steps, stepOf(best));
    at = best.deadline;
    if (at === NEVER || best.action.thenState !== null) return { at, to: best.action.thenState };
  }
}

/** Highest mode; of equal ones unilateral before consent before none; then the latest deadline; then the file's order. */
function bestOf(options: readonly Option[]): Option | undefined {
  return options.toSorted(
    (a, b) =>
      b.action.recovery.mode - a.action.recovery.mode ||
      CONTROL_ORDER[a.action.control] - CONTROL_ORDER[b.action.control] ||
      (a.deadline === b.deadline ? 0 : b.deadline - a.deadline),
  )[0];
}

const CONTROL_ORDER = { unilateral: 0, consent: 1, none: 2 } as const;

/** The `then_state` of the action whose deadline passed last; of equal ones the first of the file. */
function lastMove(options: readonly Option[]): string | null {
  let last: Option | null = null;
  for (const option of options) {
    if (option.action.thenState !== null && (last === null || option.deadline > last.deadline)) last = option;
  }
  return last?.action.thenState ?? null;
}

function stepOf({ action, deadline }: Option): RecoveryStep {
  const until = deadline === NEVER ? null : deadline;
  const classOfIt = classOf(action);
  if (classOfIt === 'final') return { ...NOTHING_LEFT, until };
  return { class: classOfIt, action: action.id, until, recovery: action.recovery.mode };
}

function classOf({ control, recovery }: RecoveryAction): RecoveryClass {
  if (control === 'none' || recovery.mode === 0) return 'final';
  return control === 'unilateral' ? 'stoppable' : 'recallable';
}

/** Two times "nothing" in a row is once "nothing", for longer. */
function append(steps: RecoveryStep[], step: RecoveryStep): void {
  if (step.class === 'final' && steps.at(-1)?.class === 'final') steps.pop();
  steps.push(step);
}

/** Minor units that are still out: never below 0, and never more than the payment. */
function remainingOf(payment: RecoverablePayment, remaining: Remaining): bigint {
  if (remaining === 'none') return 0n;
  const { amountMinor, attributes } = payment;
  const captured = remaining === 'captured' ? stated(attributes['captured'], payment.currency) : undefined;
  const out = captured !== undefined && captured < amountMinor ? captured : amountMinor;
  const left = out - (stated(attributes['refunded'], payment.currency) ?? 0n);
  return left > 0n ? left : 0n;
}

/** A stated amount; what is no decimal of the currency, or negative, says nothing. */
function stated(text: string | undefined, currency: string): bigint | undefined {
  const minor = text === undefined ? undefined : parseAmount(text, currency);
  return minor !== undefined && minor >= 0n ? minor : undefined;
}
