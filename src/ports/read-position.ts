/** Where a reader of a log or partition stands: the next offset that it reads, and the one after the last record. */
export interface ReadPosition {
  position: number;
  end: number;
}
