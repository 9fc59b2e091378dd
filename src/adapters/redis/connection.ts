/**
 * Redis, single or Cluster, as the stores use it: groups of commands, each for one slot.
 *
 * What: groups go to the primaries of their slots, one pipeline a primary, all at once; never to a replica. A group of which any
 * command failed for a reason that passes (a redirect, a failover, a lost connection) is done again *as a whole*, since what
 * was read before the repeated write proves nothing. There are no transactions, within slots or across them.
 *
 * Why not the Cluster client of the library: it repeats single commands by rules of its own and queues them while it
 * looks for a node; and it does not say which primary answered, which is what tells a failover (node.ts).
 *
 * Cost: one round trip a call. Waits 50, 100, 200, … up to 1,000 ms between tries, and gives up after `retryMs`. Worked example: slots
 * 0 to 8191 on a, the rest on b; groups for slots 7, 9000 and 12: one pipeline of two groups to a, one of one to b.
 * Source: redirections, the specification of Redis Cluster.
 */
import { CounterfoilError } from '../../model/errors.ts';
import { command, type CommandGroup, type GroupReply, type Reply } from './command.ts';
import { faultOf, isPassing, unreachable } from './faults.ts';
import { RedisNode } from './node.ts';
import { addressText, type RedisAddress, type RedisSettings } from './settings.ts';
import { primaryOf, slotRanges, type SlotTable } from './slot-table.ts';

const RETRY_MS = 20_000;
const FIRST_WAIT_MS = 50;
const LONGEST_WAIT_MS = 1_000;

interface Failure {
  address: string;
  error: Error;
}

export class RedisConnection {
  readonly namespace: string;
  readonly #settings: RedisSettings;
  readonly #nodes = new Map<string, RedisNode>();
  #slots: SlotTable = [];
  #closed = false;

  /** @throws CounterfoilError CF_CONFIG when the settings cannot be meant */
  constructor(settings: RedisSettings) {
    if (settings.namespace === '' || /[{}]/.test(settings.namespace))
      throw new CounterfoilError('CF_CONFIG', 'The namespace of Redis must be a word without braces');
    if (settings.nodes.length === 0)
      throw new CounterfoilError('CF_CONFIG', 'Redis has no node in the configuration');
    this.namespace = settings.namespace;
    this.#settings = settings;
  }

  /** Looks at the server, of a Cluster at every primary. */
  async open(): Promise<void> {
    if (this.#settings.cluster) await this.#untilDone((attempt) => this.#refreshSlots(attempt));
    const slots = new Map(this.#slots.map(({ from, primary }) => [addressText(primary), from]));
    const each = this.#settings.cluster ? [...slots.values()] : [0];
    await this.run(each.map((slot) => ({ slot, commands: [command('PING')] })));
  }

  /**
   * Does the groups, and gives their replies in the same order.
   * @throws CounterfoilError CF_UNREACHABLE, CF_SERVER_SETUP; CF_OVER_LIMIT when a server is out of memory: then other groups may have been done
   */
  async run(groups: readonly CommandGroup[]): Promise<GroupReply[]> {
    const done: (GroupReply | undefined)[] = groups.map(() => undefined);
    await this.#untilDone(async (attempt) => {
      const lost = attempt > 0 && this.#settings.cluster ? await this.#refreshSlots(attempt) : null;
      if (lost !== null) return lost;
      const failures = await Promise.all(
        this.#byPrimary(groups, done).map(({ address, indices }) =>
          this.#runOn(address, groups, indices, done),
        ),
      );
      return failures.find((failure) => failure !== null) ?? null;
    });
    return done.filter((reply) => reply !== undefined);
  }

  /** What was asked before is answered or rejected; nothing is sent after. */
  close(): void {
    this.#closed = true;
    for (const node of this.#nodes.values()) node.close();
  }

  /** Tries until nothing fails, an error stays, or the time is over. */
  async #untilDone(attemptOnce: (attempt: number) => Promise<Failure | null>): Promise<void> {
    const giveUpAt = performance.now() + (this.#settings.retryMs ?? RETRY_MS);
    for (let attempt = 0; ; attempt += 1) {
      if (this.#closed) throw new CounterfoilError('CF_INTERNAL', 'The connection to Redis is closed');
      const failure = await attemptOnce(attempt);
      if (failure === null) return;
      const { address, error } = failure;
      if (!isPassing(error)) throw faultOf(error, address);
      const waitMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(attempt, 10));
      if (performance.now() + waitMs > giveUpAt) throw unreachable(address, error);
      await new Promise((resolve) => {
        setTimeout(resolve, waitMs);
      });
    }
  }

  #byPrimary(
    groups: readonly CommandGroup[],
    done: readonly (GroupReply | undefined)[],
  ): { address: RedisAddress | null; indices: number[] }[] {
    const byPrimary = new Map<string, { address: RedisAddress | null; indices: number[] }>();
    for (const [i, { slot }] of groups.entries()) {
      if (done[i] !== undefined) continue;
      const address = this.#settings.cluster
        ? primaryOf(this.#slots, slot)
        : (this.#settings.nodes[0] ?? null);
      const name = address === null ? '' : addressText(address);
      const known = byPrimary.get(name);
      if (known === undefined) byPrimary.set(name, { address, indices: [i] });
      else known.indices.push(i);
    }
    return [...byPrimary.values()];
  }

  /** Fills in the replies of the groups that went well. A failure that stays comes before one that passes. */
  async #runOn(
    address: RedisAddress | null,
    groups: readonly CommandGroup[],
    indices: readonly number[],
    done: (GroupReply | undefined)[],
  ): Promise<Failure | null> {
    if (address === null)
      return {
        address: this.#settings.nodes.map(addressText).join(', '),
        error: new Error('a slot has no primary'),
      };
    const node = this.#nodeAt(address);
    const commands = indices.flatMap((i) => groups[i]?.commands ?? []);
    let failure: Failure | null = null;
    try {
      const { history, replies } = await node.send(commands);
      let at = 0;
      for (const i of indices) {
        const count = groups[i]?.commands.length ?? 0;
        const own = replies.slice(at, (at += count));
        const errors = own.filter((reply) => reply instanceof Error);
        if (errors.length === 0) done[i] = { history, replies: own as Reply[] };
        const error = errors.find((each) => !isPassing(each)) ?? errors[0];
        if (error !== undefined && (failure === null || !isPassing(error)))
          failure = { address: node.address, error };
      }
    } catch (error) {
      failure = { address: node.address, error: asError(error) };
    }
    return failure;
  }

  /** Asks one node after the other, each time beginning with another, until one tells where the slots are. */
  async #refreshSlots(attempt: number): Promise<Failure | null> {
    const addresses = [...this.#slots.map(({ primary }) => primary), ...this.#settings.nodes];
    const known = [...new Map(addresses.map((address) => [addressText(address), address])).values()];
    const first = attempt % Math.max(1, known.length);
    let failure: Failure | null = null;
    for (const address of [...known.slice(first), ...known.slice(0, first)]) {
      const node = this.#nodeAt(address);
      try {
        const { replies } = await node.send([command('CLUSTER', 'SLOTS')]);
        const [reply] = replies;
        if (reply === undefined || reply instanceof Error) throw reply ?? new Error('no answer');
        this.#slots = slotRanges(reply, address);
        this.#forgetOthers();
        return null;
      } catch (error) {
        failure = { address: node.address, error: asError(error) };
        if (!isPassing(failure.error)) return failure;
      }
    }
    return failure;
  }

  #nodeAt(address: RedisAddress): RedisNode {
    const name = addressText(address);
    let node = this.#nodes.get(name);
    if (node === undefined) {
      node = new RedisNode(address, this.#settings);
      this.#nodes.set(name, node);
    }
    return node;
  }

  /** Closes connections to servers that are no primaries any more. */
  #forgetOthers(): void {
    const kept = new Set(this.#slots.map(({ primary }) => addressText(primary)));
    for (const [name, node] of this.#nodes) {
      if (kept.has(name)) continue;
      node.close();
      this.#nodes.delete(name);
    }
  }
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
