/**
 * What goes wrong in a run, drawn from a seed: in which order records are produced, what happens between, to whom, for how long. When
 * exactly that is in the life of a process is up to the machine.
 *
 * Every eighth seed has the same kind of main fault, so that eight in a row have all kinds; further ones are drawn from the cheap ones.
 */
import type { InputName } from '../../src/model/accounting.ts';
import { createDice, type Dice } from '../oracle/dice.ts';

export type ServerName = 'kafka' | 'redis' | 'elasticsearch';
export type WorkerName = 'spans' | 'records' | 'incidents';

export const SINK_FAULTS = [
  '401',
  '403',
  '409',
  '413',
  '429',
  '503',
  'hang',
  'lose',
  '400 of one',
  '429 of some',
] as const;
export type SinkFault = (typeof SINK_FAULTS)[number];

export type Fault =
  | { does: 'kill' | 'restart'; worker: WorkerName }
  /** The incidents worker dies when documents have been written and it does not know. */
  | { does: 'kill while writing' }
  /** Longer than its session, now and then: others take its partitions over. */
  | { does: 'pause'; worker: WorkerName; ms: number }
  | { does: 'join' | 'leave' | 'storm' }
  /** All nodes, or one. */
  | { does: 'crash'; server: ServerName; node?: number }
  | { does: 'freeze'; server: ServerName; ms: number }
  | { does: 'flush' }
  | { does: 'answer'; with: SinkFault; ms: number };

export type Step =
  | { kind: 'produce'; input: InputName; from: number; to: number }
  | { kind: 'fault'; fault: Fault }
  | { kind: 'wait'; ms: number };

export interface FaultPlan {
  seed: number;
  steps: Step[];
  /** Of each record, by input. */
  partitionOf: Record<InputName, number[]>;
}

const MAIN_FAULTS: readonly ((dice: Dice) => Fault[])[] = [
  (dice) => [pause('spans', dice.int(3_500, 6_000)), pause('records', dice.int(3_500, 6_000))],
  () => [{ does: 'crash', server: 'kafka' }],
  () => [{ does: 'flush' }, { does: 'kill', worker: 'incidents' }, { does: 'flush' }],
  (dice) => [
    { does: 'crash', server: 'redis' },
    { does: 'freeze', server: 'redis', ms: dice.int(1_000, 6_000) },
  ],
  () => [{ does: 'crash', server: 'elasticsearch' }],
  (dice) => [answer(dice), answer(dice), answer(dice), { does: 'kill while writing' }],
  () => [{ does: 'storm' }, { does: 'kill', worker: 'spans' }, { does: 'storm' }],
  (dice) => [
    { does: 'freeze', server: 'kafka', ms: dice.int(1_000, 5_000) },
    { does: 'kill while writing' },
    { does: 'freeze', server: 'elasticsearch', ms: dice.int(1_000, 5_000) },
  ],
];

export interface PlanSettings {
  partitions: number;
  /** Default: what the seed says. */
  faults?: readonly Fault[];
}

/** @param counts of the records, by input */
export function faultPlan(
  seed: number,
  counts: Record<InputName, number>,
  { partitions, faults: given }: PlanSettings,
): FaultPlan {
  const dice = createDice(seed + 9_000_000);
  const faults = given ?? [...(MAIN_FAULTS[seed % MAIN_FAULTS.length]?.(dice) ?? []), ...furtherFaults(dice)];
  const produced = dice.shuffle(piecesOf(counts, dice));
  const between = dice.shuffle(faults).map((fault) => ({ fault, at: dice.int(0, produced.length - 1) }));
  const steps = ordered(produced).flatMap((piece, at): Step[] => [
    ...between.flatMap((each): Step[] => (each.at === at ? [{ kind: 'fault', fault: each.fault }] : [])),
    { kind: 'wait', ms: dice.int(50, 500) },
    { kind: 'produce', ...piece },
  ]);
  const of = (input: InputName): number[] =>
    Array.from({ length: counts[input] }, () => dice.int(0, partitions - 1));
  return {
    seed,
    steps,
    partitionOf: {
      audit: of('audit'),
      alerts: of('alerts'),
      events: of('events'),
      spans: of('spans'),
      payments: of('payments'),
    },
  };
}

function pause(worker: WorkerName, ms: number): Fault {
  return { does: 'pause', worker, ms };
}

function answer(dice: Dice): Fault {
  return { does: 'answer', with: dice.pick(SINK_FAULTS), ms: dice.int(500, 3_000) };
}

function furtherFaults(dice: Dice): Fault[] {
  const worker = (): WorkerName => dice.pick(['spans', 'records', 'incidents']);
  const drawn: (() => Fault)[] = [
    () => ({ does: 'kill', worker: worker() }),
    () => ({ does: 'kill', worker: 'incidents' }),
    () => ({ does: 'kill while writing' }),
    () => ({ does: 'restart', worker: worker() }),
    () => pause(worker(), dice.int(500, 5_000)),
    () => ({ does: dice.chance(0.5) ? 'join' : 'leave' }),
    () => ({ does: 'flush' }),
    () => answer(dice),
  ];
  return Array.from({ length: dice.int(2, 4) }, () => dice.pick(drawn)());
}

type Piece = Omit<Extract<Step, { kind: 'produce' }>, 'kind'>;

/** Each input in a few pieces. */
function piecesOf(counts: Record<InputName, number>, dice: Dice): Piece[] {
  return (Object.entries(counts) as [InputName, number][]).flatMap(([input, count]) => {
    const pieces: Piece[] = [];
    const size = Math.max(1, Math.ceil(count / dice.int(2, 5)));
    for (let from = 0; from < count; from += size)
      pieces.push({ input, from, to: Math.min(count, from + size) });
    return pieces;
  });
}

/** Pieces of one input in their order, whatever lies between: a partition has one order. */
function ordered(pieces: readonly Piece[]): Piece[] {
  const left = new Map<InputName, Piece[]>();
  for (const piece of pieces.toSorted((a, b) => a.from - b.from))
    left.set(piece.input, [...(left.get(piece.input) ?? []), piece]);
  return pieces.flatMap(({ input }) => left.get(input)?.shift() ?? []);
}

/** For people: one line a step. */
export function planText({ seed, steps }: FaultPlan): string {
  const lines = steps.map((step) => {
    if (step.kind === 'wait') return `  wait ${step.ms} ms`;
    if (step.kind === 'produce') return `  produce ${step.input} ${step.from} to ${step.to - 1}`;
    return `  ${Object.values(step.fault).join(' ')}`;
  });
  return `seed ${seed}\n${lines.join('\n')}`;
}
