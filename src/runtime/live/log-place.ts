/** How dead letters name a record of the log, `log:0:17`, and how it is found again by that name. */
import type { LogPosition } from '../../ports/event-log.ts';

/** A place within the record may follow. */
const PLACE = /^log:(\d+):(\d+)(?=:|$)/;

export function formatLogPlace({ partition, offset }: LogPosition): string {
  return `log:${partition}:${offset}`;
}

/** Null: the place is not in the log. */
export function parseLogPlace(place: string): LogPosition | null {
  const [, partition, offset] = PLACE.exec(place) ?? [];
  if (partition === undefined || offset === undefined) return null;
  return { partition: Number(partition), offset: Number(offset) };
}
