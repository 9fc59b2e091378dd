/**
 * What the accounts must be after some requests, worked out from the requests themselves: every count of every input by its
 * name, zeros left out, items that were on their way accepted. What was `late` is not among them: it says in which order the
 * records came, which the requests alone do not.
 */
import type { Accounting, InputAccounts, InputName } from '../../src/model/accounting.ts';

interface Accounted {
  input: InputName;
  account: InputAccounts;
}

/** @param of the engine's accounts, or the requests that it has applied */
export function accountOf(of: Accounting | readonly Accounted[]): Record<string, number> {
  const accounted = Array.isArray(of) ? (of as readonly Accounted[]) : entriesOf(of as Accounting);
  const sums = new Map<string, number>();
  for (const { input, account } of accounted)
    for (const [name, count] of countsOf(account, input))
      if (count !== 0) sums.set(name, (sums.get(name) ?? 0) + count);
  return Object.fromEntries([...sums].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function entriesOf({ inputs }: Accounting): Accounted[] {
  return Object.entries(inputs).map(([input, account]) => ({ input: input as InputName, account }));
}

function* countsOf(value: object, path: string): Iterable<[string, number]> {
  for (const [name, each] of Object.entries(value) as [string, number | object][])
    if (name === 'late') continue;
    else if (typeof each === 'object') yield* countsOf(each, `${path}.${name}`);
    else yield [`${path}.${name}`.replace('.items.in_flight', '.items.accepted'), each];
}
