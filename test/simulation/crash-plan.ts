/**
 * What happens to the engine in one simulated run: which requests come, in which order, how far the engine is moved between
 * them, and where it dies. Plain data, so that a run that fails can be made smaller piece by piece (shrink.ts).
 *
 * A crash waits for a kind of step of the machine: the third flush of the log, the first write of documents while a
 * start is still reading. Crashes are in a row: the second one begins to count when the first has happened, which is
 * at the beginning of the next start. Those that are left when the run is over have missed their chance.
 *
 * Worked example: seed 7: nine requests; [send 3 and 5 together, apply 4 records, settle], [disk full, send 1], ... and
 * two crashes: power lost before the second commit, the process killed after the fifth step of whatever start comes next.
 */
import { createDice, type Dice } from '../oracle/dice.ts';
import { randomScenario, type Scenario } from '../oracle/scenario.ts';
import { rebatchSpans, shuffleInput } from '../oracle/transform.ts';
import { INPUTS } from './engine-driver.ts';

/** Steps at which the machine can die: of the log's disk, of the stores, or any of them in a phase of the engine's life. */
export type CrashPoint =
  | 'any step'
  | 'log write'
  | 'log flush'
  | 'facts'
  | 'documents'
  | 'window'
  | 'commit'
  | 'log commit'
  | 'any step of a start'
  | 'any step of the end';

export interface Crash {
  at: CrashPoint;
  /** How many such steps pass before it. */
  passing: number;
  when: 'before' | 'after';
  of: 'power' | 'process';
}

export interface PlannedRequest {
  input: (typeof INPUTS)[number];
  records: readonly object[];
  /** The client tries once, and never again. */
  givesUp: boolean;
}

export interface Sending {
  /** Number of the request. */
  request: number;
  /** The client sends although it has an answer: its own memory was lost. */
  again: boolean;
  /** The answer is lost on its way. */
  unheard: boolean;
}

export interface PlannedStep {
  /** Sent at the same time. */
  sendings: readonly Sending[];
  /** The most records that the engine applies meanwhile. */
  apply: number;
  settle: 'no' | 'facts' | 'checkpoint';
  disk: 'sound' | 'full' | 'flaky';
}

export interface CrashPlan {
  seed: number;
  scenario: Scenario;
  requests: readonly PlannedRequest[];
  steps: readonly PlannedStep[];
  crashes: readonly Crash[];
  /** Memory of the span window; null: plenty. */
  windowBytes: number | null;
  /** How far back the window is filled again after a start, in microseconds. */
  lookBack: number;
  /** Whether a start evaluates what it has taken up before it reads on. */
  settlesFirst: boolean;
  /** Once more after the end. */
  startsAgain: boolean;
}

/** Seeds that share a world, and so what the batch lane says of it. */
const SEEDS_PER_WORLD = 4;
const MOST_PAYMENTS = 8;
const MINUTE = 60_000_000;

/** The plan of a seed, 1 and up. */
export function planOf(seed: number): CrashPlan {
  const scenario = randomScenario(Math.ceil(seed / SEEDS_PER_WORLD));
  const dice = createDice(seed + 5_000_000);
  const requests = requestsOf(scenario, createDice(scenario.seed + 6_000_000));
  return {
    seed,
    scenario,
    requests: requests.map((request) => ({ ...request, givesUp: dice.chance(0.05) })),
    steps: stepsOf(requests.length, dice),
    crashes: Array.from({ length: dice.int(1, 6) }, () => crashOf(dice)),
    windowBytes: dice.chance(0.15) ? 4_096 : null,
    lookBack: dice.pick([Infinity, 20 * MINUTE, MINUTE, 0]),
    settlesFirst: dice.chance(0.5),
    startsAgain: dice.chance(0.25),
  };
}

function requestsOf({ input }: Scenario, dice: Dice): Omit<PlannedRequest, 'givesUp'>[] {
  const mixed = rebatchSpans(shuffleInput(input, dice), dice);
  const thin = { ...mixed, payments: mixed.payments.slice(0, MOST_PAYMENTS) };
  return INPUTS.flatMap((name) => cutUp(thin[name], dice).map((records) => ({ input: name, records })));
}

function cutUp(records: readonly object[], dice: Dice): object[][] {
  const pieces: object[][] = [];
  for (let at = 0; at < records.length;) {
    const length = dice.int(1, 6);
    pieces.push(records.slice(at, at + length));
    at += length;
  }
  return pieces;
}

function stepsOf(requests: number, dice: Dice): PlannedStep[] {
  const waiting = dice.shuffle(Array.from({ length: requests }, (_, i) => i));
  const steps: PlannedStep[] = [];
  while (waiting.length > 0) {
    const fresh = waiting.splice(0, dice.int(0, 3));
    const former = dice.chance(0.3) ? [dice.int(0, requests - 1)] : [];
    const sendings = [...fresh, ...former].map((request) => ({
      request,
      again: dice.chance(0.2),
      unheard: dice.chance(0.1),
    }));
    steps.push({
      sendings,
      apply: dice.chance(0.6) ? dice.int(1, 6) : 0,
      settle: dice.pick(['no', 'facts', 'facts', 'checkpoint']),
      disk: dice.pick(['sound', 'sound', 'sound', 'sound', 'full', 'flaky']),
    });
  }
  return steps;
}

/** How many steps of a kind pass at most; about what a run of a small world has. */
const PASSING: Readonly<Record<CrashPoint, number>> = {
  'any step': 300,
  'log write': 12,
  'log flush': 12,
  facts: 60,
  documents: 10,
  window: 20,
  commit: 8,
  'log commit': 4,
  'any step of a start': 25,
  'any step of the end': 50,
};

function crashOf(dice: Dice): Crash {
  const at = dice.pick(Object.keys(PASSING) as CrashPoint[]);
  // Often soon: a chain of crashes at the same place is what a machine with a fault does.
  const most = dice.chance(0.4) ? Math.ceil(PASSING[at] / 6) : PASSING[at];
  return {
    at,
    passing: dice.int(0, most),
    when: dice.pick(['before', 'after']),
    of: dice.pick(['power', 'process']),
  };
}
