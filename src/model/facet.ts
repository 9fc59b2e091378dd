/** What a record is to one reference of one correlation rule: read while the record is at hand, since it is not kept. */
export interface Facet {
  /** The rule's id and the number of the reference. */
  slot: string;
  /** A group for each combination of its values of `group-by`. */
  groups: readonly string[];
  /** What is counted of it, or the numbers that are measured. */
  values: readonly string[];
}
