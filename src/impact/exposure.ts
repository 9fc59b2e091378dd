/**
 * Money of an incident at one instant: per currency how much is linked, and of that how much can be stopped, recalled
 * or not had back (SPEC M1, M2).
 *
 * What: each distinct payment counts once, with what is still out of it, in the class of its step at `asOf`. Sums are
 * integers of minor units, so the three classes add up to `linked` exactly. The clock is the falling staircase: for
 * payments that can be stopped now, one row per deadline ahead on their chain.
 * Why the later deadlines of such a chain too: after the cut-off the recall runs, and letting that pass costs again.
 *
 * Cost: one look along a short chain per payment.
 * Worked example: 48000.00 EUR cancellable until 15:30 and then recallable until April 2027, 1250.50 EUR final: at 14:00
 * linked 49250.50 = stoppable 48000.00 + recallable 0 + final 1250.50; at 15:30 stoppable 0, recallable 48000.00.
 * Source: DESIGN sections 5 and 9.1; reference/impact section 1.3.
 */
import type { ClockRow, Exposure } from '../model/incident.ts';
import type { Instant } from '../model/instant.ts';
import type { Payment } from '../model/payment.ts';
import type { Recovery, RecoveryStep } from '../model/recovery.ts';

/** A payment with what can be done about it. */
export interface ExposedPayment {
  payment: Pick<Payment, 'id' | 'currency'>;
  recovery: Recovery;
}

const NOTHING_LEFT: RecoveryStep = { class: 'final', action: null, until: null, recovery: 0 };

/** The step in force at an instant; deadlines are exclusive, and before the chain begins its first step counts. */
export function stepAt(recovery: Recovery, asOf: Instant): RecoveryStep {
  return recovery.chain.find(({ until }) => until === null || asOf < until) ?? NOTHING_LEFT;
}

/**
 * Exposure per currency, sorted by currency.
 * @param items payments; one that stands twice counts once
 * @param upperExtras minor units by currency that may have passed unseen (DESIGN 4.6), on top of what is linked
 */
export function exposuresOf(
  items: readonly ExposedPayment[],
  upperExtras: ReadonlyMap<string, bigint>,
  asOf: Instant,
): Exposure[] {
  const rows = new Map<string, Exposure>();
  const rowOf = (currency: string): Exposure => {
    const known = rows.get(currency) ?? noExposure(currency);
    rows.set(currency, known);
    return known;
  };
  for (const { payment, recovery } of distinct(items)) {
    const row = rowOf(payment.currency);
    row.payments += 1;
    row[FIGURE_OF[stepAt(recovery, asOf).class]] += recovery.remainingMinor;
  }
  for (const [currency, extra] of upperExtras) rowOf(currency).upperMinor += extra;
  for (const row of rows.values()) {
    row.linkedMinor = row.stoppableMinor + row.recallableMinor + row.finalMinor;
    row.upperMinor += row.linkedMinor;
  }
  return [...rows.values()].toSorted((a, b) => (a.currency < b.currency ? -1 : 1));
}

const FIGURE_OF = {
  stoppable: 'stoppableMinor',
  recallable: 'recallableMinor',
  final: 'finalMinor',
} as const;

function noExposure(currency: string): Exposure {
  return {
    currency,
    linkedMinor: 0n,
    stoppableMinor: 0n,
    recallableMinor: 0n,
    finalMinor: 0n,
    upperMinor: 0n,
    payments: 0,
  };
}

/**
 * Deadlines ahead of the payments that can be stopped at `asOf`, by deadline, then currency. Payments of which
 * nothing is out are left out: there is nothing to hurry for.
 */
export function clockOf(items: readonly ExposedPayment[], asOf: Instant): ClockRow[] {
  const rows = new Map<string, ClockRow & { by: Set<string> }>();
  for (const { payment, recovery } of distinct(items)) {
    if (recovery.remainingMinor === 0n || stepAt(recovery, asOf).class !== 'stoppable') continue;
    for (const { until, action } of recovery.chain) {
      if (until === null || until <= asOf || action === null) continue;
      const key = `${until} ${payment.currency}`;
      const row = rows.get(key) ?? { ...noRow(until, payment.currency), by: new Set<string>() };
      rows.set(key, row);
      row.amountMinor += recovery.remainingMinor;
      row.payments += 1;
      row.by.add(action);
    }
  }
  return [...rows.values()]
    .toSorted((a, b) => a.deadline - b.deadline || (a.currency < b.currency ? -1 : 1))
    .map(({ by, ...row }) => ({ ...row, actions: [...by].toSorted() }));
}

function noRow(deadline: Instant, currency: string): ClockRow {
  return { deadline, currency, amountMinor: 0n, payments: 0, actions: [] };
}

function distinct(items: readonly ExposedPayment[]): Iterable<ExposedPayment> {
  return new Map(items.map((item) => [item.payment.id, item])).values();
}
