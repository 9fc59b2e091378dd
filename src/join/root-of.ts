/** The root of an element of a union-find; what lies on the way is made shorter to reach. Source: Tarjan 1975, path halving. */
export function rootOf(roots: number[], from: number): number {
  let at = from;
  while (roots[at] !== at) {
    const parent = roots[at] ?? at;
    roots[at] = roots[parent] ?? parent;
    at = roots[at] ?? at;
  }
  return at;
}
