/**
 * Puts together what shares a name, directly or through others: union-find over the names.
 *
 * Cost: a map entry for each name. Worked example: {a}, {b, c}, {c, d}, {d} -> [{a}] and [{b, c}, {c, d}, {d}].
 * Source: union-find after Tarjan 1975.
 */

/** Groups, and what is in each, in the order of the items. */
export function groupedByNames<T>(items: readonly T[], namesOf: (item: T) => readonly string[]): T[][] {
  const roots = items.map((_, i) => i);
  const holder = new Map<string, number>();
  for (const [i, item] of items.entries()) {
    for (const name of namesOf(item)) {
      const other = holder.get(name);
      if (other === undefined) holder.set(name, i);
      else roots[rootOf(roots, i)] = rootOf(roots, other);
    }
  }
  const groups = new Map<number, T[]>();
  for (const [i, item] of items.entries()) {
    const root = rootOf(roots, i);
    const group = groups.get(root);
    if (group === undefined) groups.set(root, [item]);
    else group.push(item);
  }
  return [...groups.values()];
}

/** The root of an element; what lies on the way is made shorter to reach (path halving). */
function rootOf(roots: number[], from: number): number {
  let at = from;
  while (roots[at] !== at) {
    const parent = roots[at] ?? at;
    roots[at] = roots[parent] ?? parent;
    at = roots[at] ?? at;
  }
  return at;
}
