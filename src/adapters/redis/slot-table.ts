/** Which primary has which slot, as a node of the Cluster tells it. */
import { listOf, numberOf, textOf, type Reply } from './command.ts';
import type { RedisAddress } from './settings.ts';

interface SlotRange {
  from: number;
  to: number;
  primary: RedisAddress;
}

/**
 * Reads the reply to CLUSTER SLOTS.
 * @param asked address of the node that answered: it may leave out its own host
 */
export function slotRanges(reply: Reply, asked: RedisAddress): SlotRange[] {
  return listOf(reply).map((range) => {
    const [from, to, primary] = listOf(range);
    const [host, port] = listOf(primary);
    return {
      from: numberOf(from),
      to: numberOf(to),
      primary: { host: textOf(host) || asked.host, port: numberOf(port) },
    };
  });
}

/** The primary of a slot; null: nobody has it. */
export function primaryOf(ranges: readonly SlotRange[], slot: number): RedisAddress | null {
  return ranges.find(({ from, to }) => from <= slot && slot <= to)?.primary ?? null;
}

export type SlotTable = ReturnType<typeof slotRanges>;
