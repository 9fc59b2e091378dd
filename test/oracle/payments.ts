/** Payments of the oracle (docs/SPEC.md J15, J18): merged by repeating until nothing changes. */
import { distinct } from './identity.ts';
import { compareRows } from './text.ts';
import type { OraclePayment, OracleSettings } from './types.ts';
import type { PaymentRecord, Span } from './world.ts';

export interface MergedPayment extends OraclePayment {
  records: PaymentRecord[];
  /** Own ids, UETRs and PSP references. */
  strongIds: string[];
}

const STRONG = ['uetr', 'psp_reference'];

/** J18. */
export function mergePayments(records: PaymentRecord[], settings: OracleSettings): MergedPayment[] {
  let groups = records.map((record) => [record]);
  for (;;) {
    const pair = groups
      .flatMap((a, i) => groups.slice(i + 1).map((b) => [a, b] as const))
      .find(([a, b]) => meet(a, b));
    if (pair === undefined) break;
    groups = [...groups.filter((group) => !pair.includes(group)), pair.flat()];
  }
  return groups.map((group) => paymentOf(group, settings)).toSorted((a, b) => compareRows([a.id], [b.id]));
}

function meet(a: PaymentRecord[], b: PaymentRecord[]): boolean {
  const names = a.flatMap(strongNames);
  return b.flatMap(strongNames).some((name) => names.includes(name));
}

/** The names of a record that merge, with their kind: an own id never equals a UETR. */
function strongNames(record: PaymentRecord): string[] {
  const aliases = record.aliases.filter((alias) => STRONG.includes(alias.type));
  return [
    ...(record.ownId === null ? [] : [`own ${record.ownId}`]),
    ...aliases.map((alias) => `${alias.type} ${alias.value}`),
  ];
}

function paymentOf(group: PaymentRecord[], settings: OracleSettings): MergedPayment {
  const records = group.toSorted((a, b) =>
    compareRows(
      [a.time, settings.rank(a.rail, a.state), a.id],
      [b.time, settings.rank(b.rail, b.state), b.id],
    ),
  );
  const last = records.at(-1);
  if (last === undefined) throw new Error('a payment has records');
  const ownIds = distinct(records.map((record) => record.ownId));
  const ofType = (type: string): string[] =>
    distinct(
      records.flatMap((r) => r.aliases.filter((alias) => alias.type === type).map((alias) => alias.value)),
    );
  const types = distinct(records.flatMap((r) => r.aliases.map((alias) => alias.type)));
  return {
    id: ownIds[0] ?? ofType('uetr')[0] ?? ofType('psp_reference')[0] ?? '',
    time: Math.min(...records.map((record) => record.time)),
    state: records.findLast(({ state }) => state !== 'recall_asked')?.state ?? 'sent',
    rail: last.rail,
    aliases: types.flatMap((type) => ofType(type).map((value) => ({ type, value }))),
    supersededIds: ownIds.slice(1),
    records,
    strongIds: distinct([...ownIds, ...ofType('uetr'), ...ofType('psp_reference')]),
  };
}

/** J15: the payment that an id on a span names. */
export function resolveId(
  carried: Span['ids'][number],
  at: number,
  payments: MergedPayment[],
  settings: OracleSettings,
): MergedPayment | 'ambiguous' | null {
  const strong = payments.filter((payment) => payment.strongIds.includes(carried.value));
  const byAlias = payments.filter((payment) =>
    payment.aliases.some(
      (alias) => alias.value === carried.value && (carried.type === null || carried.type === alias.type),
    ),
  );
  const candidates = strong.length > 0 ? strong : byAlias;
  const near = candidates.filter((payment) => Math.abs(payment.time - at) <= settings.aliasHorizon);
  if (near.length > 1) return 'ambiguous';
  if (near.length === 1) return near[0] ?? null;
  return candidates.length === 1 ? (candidates[0] ?? null) : null;
}
