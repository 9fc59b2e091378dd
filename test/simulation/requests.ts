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
