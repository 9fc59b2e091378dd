/**
 * Exposure over all currencies in one report currency, at rates that are kept beside the figure.
 *
 * What: each figure (stoppable, recallable, final, what is unseen) is summed over currencies exactly and rounded once,
 * half to even; `linked` is the sum of the three rounded figures, so that what is printed adds up. Why exact first:
 * rounding per currency drifts by half a cent for each.
 * A rate names its direction: `USD/EUR: "0.90"` is what one USD is in EUR, and says nothing of EUR in USD.
 *
 * Cost: some bigint products. Worked example, in EUR: 0.05 USD at 0.90 and 0.05 GBP at 1.30 are 0.045 + 0.065 = 0.11;
 * rounding each first would give 0.04 + 0.06 = 0.10.
 * Source: DESIGN section 3.
 */
import type { Exposure } from '../model/incident.ts';
import { convertSum, currencyExponent } from '../model/money.ts';

export interface ReportedExposure {
  currency: string;
  linkedMinor: bigint;
  stoppableMinor: bigint;
  recallableMinor: bigint;
  finalMinor: bigint;
  upperMinor: bigint;
  /** The rates that were used, by pair, sorted; empty where everything was in the report currency already. */
  rates: Record<string, string>;
}

/** The figures, or the pairs whose rate is missing. */
export type ReportOutcome = { report: ReportedExposure } | { report: undefined; missing: string[] };

/**
 * Converts and sums. A currency with no money in it needs no rate.
 * @param rates decimal text by pair, as in the option `impact.rates`
 */
export function reportExposure(
  exposures: readonly Exposure[],
  currency: string,
  rates: Readonly<Record<string, string>>,
): ReportOutcome {
  const weighty = exposures.filter(({ upperMinor, linkedMinor }) => upperMinor !== 0n || linkedMinor !== 0n);
  const pairs = weighty
    .filter((row) => row.currency !== currency)
    .map((row) => `${row.currency}/${currency}`);
  const missing = pairs.filter((pair) => !Object.hasOwn(rates, pair)).toSorted();
  if (missing.length > 0) return { report: undefined, missing };
  const sum = (figure: (row: Exposure) => bigint): bigint | undefined =>
    convertSum(
      weighty.map((row) => ({
        money: { minor: figure(row), currency: row.currency },
        rate: row.currency === currency ? '1' : (rates[`${row.currency}/${currency}`] ?? ''),
      })),
      currency,
    )?.minor;
  const stoppableMinor = sum((row) => row.stoppableMinor);
  const recallableMinor = sum((row) => row.recallableMinor);
  const finalMinor = sum((row) => row.finalMinor);
  const unseenMinor = sum((row) => row.upperMinor - row.linkedMinor);
  if (
    stoppableMinor === undefined ||
    recallableMinor === undefined ||
    finalMinor === undefined ||
    unseenMinor === undefined
  ) {
    return { report: undefined, missing: unusable(pairs, rates, currency) };
  }
  const linkedMinor = stoppableMinor + recallableMinor + finalMinor;
  return {
    report: {
      currency,
      linkedMinor,
      stoppableMinor,
      recallableMinor,
      finalMinor,
      upperMinor: linkedMinor + unseenMinor,
      rates: Object.fromEntries(pairs.toSorted().map((pair) => [pair, rates[pair] ?? ''])),
    },
  };
}

/** Pairs whose rate is no decimal, or all of them where the report currency itself is none. */
function unusable(
  pairs: readonly string[],
  rates: Readonly<Record<string, string>>,
  currency: string,
): string[] {
  if (currencyExponent(currency) === undefined) return pairs.toSorted();
  return pairs.filter((pair) => !/^\d+(\.\d+)?$/.test(rates[pair] ?? '')).toSorted();
}
