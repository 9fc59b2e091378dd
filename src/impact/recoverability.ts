/**
 * The table of what can be done about a payment: rails x states x actions (data/recoverability.yaml, which users may
 * replace). Parsed once, every fault named at once; what is accepted can be evaluated without surprises.
 *
 * Form: `rails.<rail>.states.<state>` has `rank` (later states of a rail rank higher; without it, the order of the
 * file), `remaining` and `actions`. An action has `id`, `control`, `until`, `recovery {low, mode, high}` and, where the
 * payment moves on at the deadline, `then_state`.
 */
import { calendarsOf, type Calendars } from './calendar-names.ts';
import { pointerTo, DataReader, type Members } from './data-reader.ts';
import type { Until } from './deadline.ts';
import { UntilReader } from './until-form.ts';

/** unilateral: we alone decide; consent: another party must agree; none: nothing can be done. */
export type Control = 'unilateral' | 'consent' | 'none';

/**
 * What of the amount is still out. all: all of it; captured: what `attributes.captured` says, where it says so;
 * none: nothing. `attributes.refunded` is taken off in any case.
 */
export type Remaining = 'all' | 'captured' | 'none';

export interface RecoveryRate {
  low: number;
  mode: number;
  high: number;
}

export interface RecoveryAction {
  id: string;
  control: Control;
  until: Until;
  /** Shares of the amount that come back, 0..1, low <= mode <= high. */
  recovery: RecoveryRate;
  /** State that the payment is taken to be in from the deadline on; null: it stays. */
  thenState: string | null;
}

export interface RailState {
  name: string;
  rank: number;
  remaining: Remaining;
  actions: readonly RecoveryAction[];
}

/** Rank of a state that the table does not know: below all that it knows. */
const UNKNOWN_RANK = -1;

export class RecoverabilityTable {
  readonly rails: ReadonlyMap<string, ReadonlyMap<string, RailState>>;

  constructor(rails: ReadonlyMap<string, ReadonlyMap<string, RailState>>) {
    this.rails = rails;
  }

  /** Rank of a state on its rail, later states higher; -1 for what the table does not know. */
  rank(rail: string, state: string): number {
    return this.rails.get(rail)?.get(state)?.rank ?? UNKNOWN_RANK;
  }

  /** What is missing of a rail and state; null: nothing is. */
  gapOf(rail: string, state: string): 'unknown_rail' | 'unknown_state' | null {
    const states = this.rails.get(rail);
    if (states === undefined) return 'unknown_rail';
    return states.has(state) ? null : 'unknown_state';
  }

  state(rail: string, state: string): RailState | undefined {
    return this.rails.get(rail)?.get(state);
  }
}

const MAX_RAILS = 200;
const MAX_STATES = 200;
const MAX_ACTIONS = 50;
const NO_RATE: RecoveryRate = { low: 0, mode: 0, high: 0 };
const NOTES = ['basis', 'source', 'retrieved', 'note'];

/**
 * The table of a recoverability file.
 * @param calendars parsed calendars by name of their file; names match without regard to case
 * @param file for messages
 * @param years each calendar that is used must cover these; the pure part knows no today
 * @throws CounterfoilError CF_DATA_FILE with every fault
 */
export function parseRecoverability(
  value: unknown,
  calendars: Calendars,
  file: string,
  years: readonly number[] = [],
): RecoverabilityTable {
  const read = new DataReader(file);
  const top = read.map(value, '', ['schema', 'version', 'retrieved', 'calendars', 'rails']);
  if (top['version'] !== 1) read.fault('/version', 'must be 1');
  const untils = new UntilReader(read, calendarsOf(top['calendars'], calendars, read));
  const tables = read.map(top['rails'], '/rails', null);
  if (Object.keys(tables).length > MAX_RAILS)
    read.fault('/rails', `must not have more than ${MAX_RAILS} rails`);
  const parser = new RailParser(read, untils);
  const rails = new Map(
    Object.entries(tables)
      .slice(0, MAX_RAILS)
      .map(([rail, table]) => [rail, parser.rail(table, pointerTo('/rails', rail))]),
  );
  for (const calendar of untils.used) {
    for (const year of years.filter((wanted) => !calendar.years.has(wanted))) {
      read.fault('/calendars', `${calendar.name} has no dates for ${year}; add them to its file`);
    }
  }
  read.finish('table of recoverability');
  return new RecoverabilityTable(rails);
}

class RailParser {
  readonly #read: DataReader;
  readonly #untils: UntilReader;

  constructor(read: DataReader, untils: UntilReader) {
    this.#read = read;
    this.#untils = untils;
  }

  rail(value: unknown, pointer: string): Map<string, RailState> {
    const rail = this.#read.map(value, pointer, ['terminal', 'states', ...NOTES]);
    const at = `${pointer}/states`;
    const entries = Object.entries(this.#read.map(rail['states'], at, null));
    if (entries.length > MAX_STATES) this.#read.fault(at, `must not have more than ${MAX_STATES} states`);
    const states = new Map(
      entries
        .slice(0, MAX_STATES)
        .map(([name, state], order) => [name, this.#state(name, state, order, pointerTo(at, name))]),
    );
    this.#checkMoves(states, at);
    return states;
  }

  #state(name: string, value: unknown, order: number, pointer: string): RailState {
    const state = this.#read.map(value, pointer, ['rank', 'remaining', 'actions', ...NOTES]);
    const rank = state['rank'];
    const actions =
      state['actions'] === undefined ? [] : this.#read.list(state['actions'], `${pointer}/actions`);
    if (actions.length > MAX_ACTIONS)
      this.#read.fault(`${pointer}/actions`, `must not have more than ${MAX_ACTIONS}`);
    return {
      name,
      rank: rank === undefined ? order : this.#read.integer(rank, `${pointer}/rank`, 0, 1_000_000),
      remaining: this.#read.oneOf(state['remaining'] ?? 'all', `${pointer}/remaining`, [
        'all',
        'captured',
        'none',
      ]),
      actions: actions
        .slice(0, MAX_ACTIONS)
        .map((action, index) => this.#action(action, pointerTo(`${pointer}/actions`, index))),
    };
  }

  #action(value: unknown, pointer: string): RecoveryAction {
    const keys = ['id', 'control', 'until', 'recovery', 'then_state', ...NOTES];
    const action = this.#read.map(value, pointer, keys);
    const control = this.#read.oneOf(action['control'], `${pointer}/control`, [
      'unilateral',
      'consent',
      'none',
    ]);
    if (action['basis'] !== undefined) {
      this.#read.oneOf(action['basis'], `${pointer}/basis`, ['published', 'assumption']);
    }
    if (control === 'unilateral' && action['until'] === undefined) {
      this.#read.fault(pointer, 'a unilateral action needs until: money is stoppable only before a deadline');
    }
    const thenState = action['then_state'];
    return {
      id: this.#read.text(action['id'], `${pointer}/id`),
      control,
      until: this.#untils.until(action['until'] ?? 'never', `${pointer}/until`),
      recovery: this.#recovery(action, control, `${pointer}/recovery`),
      thenState: thenState === undefined ? null : this.#read.text(thenState, `${pointer}/then_state`),
    };
  }

  #recovery(action: Members, control: Control, pointer: string): RecoveryRate {
    if (control === 'none' && action['recovery'] === undefined) return NO_RATE;
    const rate = this.#read.map(action['recovery'], pointer, ['low', 'mode', 'high', 'dist']);
    const { low, mode, high } = rate;
    if (rate['dist'] !== undefined) this.#read.oneOf(rate['dist'], `${pointer}/dist`, ['pert']);
    if (!isShare(low) || !isShare(mode) || !isShare(high) || low > mode || mode > high) {
      this.#read.fault(
        pointer,
        'must have low, mode and high, numbers from 0 to 1, with low <= mode <= high',
      );
      return NO_RATE;
    }
    if (control === 'none' && high > 0) this.#read.fault(pointer, 'must be 0 where control is none');
    return { low, mode, high };
  }

  /** Every `then_state` exists, and following them ends. */
  #checkMoves(states: ReadonlyMap<string, RailState>, pointer: string): void {
    for (const { name, actions } of states.values()) {
      for (const [index, { thenState }] of actions.entries()) {
        if (thenState === null || states.has(thenState)) continue;
        const at = `${pointerTo(pointer, name)}/actions/${index}/then_state`;
        this.#read.fault(at, `${thenState} is no state of this rail`);
      }
    }
    const settled = new Set<string>();
    for (const name of states.keys()) this.#walk(name, states, [], settled, pointer);
  }

  #walk(
    name: string,
    states: ReadonlyMap<string, RailState>,
    path: readonly string[],
    settled: Set<string>,
    pointer: string,
  ): void {
    const seenAt = path.indexOf(name);
    if (seenAt >= 0) {
      const circle = [...path.slice(seenAt), name].join(' -> ');
      this.#read.fault(pointerTo(pointer, name), `then_state must not come back to where it was: ${circle}`);
    }
    if (seenAt >= 0 || settled.has(name)) return;
    for (const { thenState } of states.get(name)?.actions ?? []) {
      if (thenState !== null) this.#walk(thenState, states, [...path, name], settled, pointer);
    }
    settled.add(name);
  }
}

function isShare(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= 1;
}
