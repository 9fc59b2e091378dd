/** Changes of an input that must not change the result (docs/SPEC.md J19): order, repetition, files, batches. */
import { batchSpans, flattenSpans } from './batches.ts';
import type { Dice } from './dice.ts';
import type { Plain } from './text.ts';
import type { OracleInput } from './types.ts';

type Records = Omit<OracleInput, 'cluster'>;

/** Applies a change to the records of every input. */
function eachInput(input: OracleInput, change: (records: Plain[]) => Plain[]): OracleInput {
  const { audit, alerts, events, spans, payments, cluster } = input;
  return {
    audit: change(audit),
    alerts: change(alerts),
    events: change(events),
    spans: change(spans),
    payments: change(payments),
    cluster,
  };
}

/** The records of every input in another order. */
export function shuffleInput(input: OracleInput, dice: Dice): OracleInput {
  return eachInput(input, (records) => dice.shuffle(records));
}

/** Some records of every input a second time, behind the first or far from it. */
export function duplicateRecords(input: OracleInput, dice: Dice): OracleInput {
  return eachInput(input, (records) => {
    const copies = records.filter(() => dice.chance(0.4)).map((record) => structuredClone(record));
    return dice.chance(0.5) ? [...records, ...copies] : dice.shuffle([...records, ...copies]);
  });
}

/** The same records as one to four inputs: files of one run. */
export function splitInput(input: OracleInput, dice: Dice): OracleInput[] {
  const parts = Array.from({ length: dice.int(1, 4) }, () => eachInput(input, () => []));
  const deal = (name: keyof Records): void => {
    for (const record of input[name]) dice.pick(parts)[name].push(record);
  };
  for (const name of ['audit', 'alerts', 'events', 'spans', 'payments'] as const) deal(name);
  return parts;
}

/** One input of several, in the order given. */
export function mergeInputs(parts: OracleInput[]): OracleInput {
  return {
    audit: parts.flatMap((part) => part.audit),
    alerts: parts.flatMap((part) => part.alerts),
    events: parts.flatMap((part) => part.events),
    spans: parts.flatMap((part) => part.spans),
    payments: parts.flatMap((part) => part.payments),
    cluster: parts[0]?.cluster ?? null,
  };
}

/** The same spans in other export requests, resource and scope groups. */
export function rebatchSpans(input: OracleInput, dice: Dice): OracleInput {
  return { ...input, spans: batchSpans(dice.shuffle(flattenSpans(input.spans)), dice) };
}

/** By name, each as one input again: what a test runs through. */
export const TRANSFORMATIONS: Record<string, (input: OracleInput, dice: Dice) => OracleInput> = {
  shuffle: shuffleInput,
  duplicate: duplicateRecords,
  split: (input, dice) => mergeInputs(dice.shuffle(splitInput(input, dice))),
  rebatch: rebatchSpans,
};
