/** Where in a sorted list what is asked for begins, by halves. */

/**
 * The place of the first element of which `holds` is true, and is of all behind it; the length of the list where it is of none.
 */
export function firstIndex<T>(sorted: readonly T[], holds: (each: T) => boolean): number {
  let [from, to] = [0, sorted.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    const element = sorted[middle];
    if (element !== undefined && holds(element)) to = middle;
    else from = middle + 1;
  }
  return from;
}
