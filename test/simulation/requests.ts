/** The records of a scenario as requests, in any order between the inputs, cut into any pieces, some of them twice. */
import { createDice, type Dice } from '../oracle/dice.ts';
import { duplicateRecords, rebatchSpans, shuffleInput, splitInput } from '../oracle/transform.ts';
import type { OracleInput } from '../oracle/types.ts';
import { INPUTS } from './engine-driver.ts';

export interface SentRequest {
  input: (typeof INPUTS)[number];
  records: object[];
}

export function requestsOf(seed: number, input: OracleInput): SentRequest[] {
  const dice = createDice(seed);
  const parts = splitInput(rebatchSpans(duplicateRecords(shuffleInput(input, dice), dice), dice), dice);
  const requests = parts.flatMap((part) =>
    INPUTS.map((name) => ({ input: name, records: part[name] as object[] })),
  );
  const cut = requests.flatMap(({ input: name, records }) =>
    cutUp(records, dice).map((each) => ({ input: name, records: each })),
  );
  return dice.shuffle(cut);
}

function cutUp(records: object[], dice: Dice): object[][] {
  const pieces: object[][] = [];
  for (let at = 0; at < records.length;) {
    const length = dice.int(1, 8);
    pieces.push(records.slice(at, at + length));
    at += length;
  }
  return pieces;
}

/**
 * The worlds state every name of a payment in each of its records. Here some are left out, so that payments become one, change
 * their id or leave the time of an order number with a record that names neither of them.
 */
export function withFewerNames(input: OracleInput, dice: Dice): OracleInput {
  const payments = input.payments.map((record) => {
    const ids = (record['ids'] ?? []) as { type: string; value: string }[];
    const kept = ids.filter(() => dice.chance(0.6));
    const named = record['id'] !== undefined && (kept.length === 0 || dice.chance(0.6));
    const { id, ids: _, ...rest } = record;
    if (!named && kept.length === 0) return record;
    return { ...rest, ...(named ? { id } : {}), ...(kept.length > 0 ? { ids: kept } : {}) };
  });
  return { ...input, payments };
}
