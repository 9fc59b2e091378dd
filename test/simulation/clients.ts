/**
 * Those who send: each request until it has an answer, or once where the client gives up; with what they and the log know
 * of it. A request always makes the same frame, so that the log's records can be told apart by their bytes.
 */
import type { LogEntry, LogRecord } from '../../src/ports/event-log.ts';
import type { CorrelateOptions } from '../../src/runtime/correlate-options.ts';
import type { InputAccounts, InputName } from '../../src/model/accounting.ts';
import { frameBuilderOf, INPUTS, requestOf } from './engine-driver.ts';
import type { PlannedRequest } from './crash-plan.ts';

export interface Request {
  input: InputName;
  records: readonly object[];
  givesUp: boolean;
  entry: LogEntry;
  /** What tells its frame from others: its bytes. */
  key: string;
  account: InputAccounts;
  /** How often it was sent, and acknowledged by the log. */
  sent: number;
  acknowledged: number;
  /** The client has heard an answer. */
  answered: boolean;
}

export class Clients {
  readonly requests: readonly Request[];
  /** Behind all others: nothing more comes of an input. */
  readonly ends: readonly Request[];
  readonly #byBytes = new Map<string, Request>();
  /** The request of each offset of the log, as far as it was acknowledged or read. */
  readonly #kept: Request[] = [];

  private constructor(requests: readonly Request[], ends: readonly Request[]) {
    this.requests = requests;
    this.ends = ends;
    for (const request of this.#all()) this.#byBytes.set(request.key, request);
  }

  static async of(planned: readonly PlannedRequest[], options: CorrelateOptions): Promise<Clients> {
    const builder = frameBuilderOf(options);
    const requests: Request[] = [];
    for (const request of planned) {
      const { input, records } = request;
      const { entry, account } = await builder.build(input, requestOf(input, records));
      requests.push({ ...request, ...fresh(entry, account) });
    }
    const { account } = await builder.build('events', requestOf('events', []));
    const ends = INPUTS.map((input) => {
      const end = { input, records: [], givesUp: false };
      return { ...end, ...fresh(builder.end(input), account) };
    });
    return new Clients(requests, ends);
  }

  /** What the log keeps; requests of the same bytes are the same here. */
  get kept(): readonly Request[] {
    return this.#kept;
  }

  #all(): Request[] {
    return [...this.requests, ...this.ends];
  }

  /** The log has answered. */
  acknowledge(request: Request, offset: number): void {
    request.acknowledged += 1;
    if (this.#kept[offset] !== undefined) throw new Error(`offset ${offset} is given twice`);
    this.#kept[offset] = this.#byBytes.get(request.key) ?? request;
  }

  /** What a log that was opened holds: everything that was acknowledged, and nothing that was never sent. */
  found(records: readonly LogRecord[]): void {
    const found = records.map(({ offset, value, from, to }) => {
      const request = this.#byBytes.get(keyOf({ value, from, to }));
      if (request === undefined) throw new Error(`what the log holds at ${offset} was never sent`);
      return request;
    });
    this.#kept.forEach((request, offset) => {
      if (found[offset] !== request) throw new Error(`the record at ${offset} was acknowledged and is lost`);
    });
    this.#kept.splice(0, Infinity, ...found);
  }

  /** Each request as often as it was acknowledged, and no more often than it was sent. */
  checkCounts(): void {
    for (const [key, { input }] of this.#byBytes) {
      const same = this.#all().filter((request) => request.key === key);
      const [sent, acknowledged] = [total(same, 'sent'), total(same, 'acknowledged')];
      const kept = this.#kept.filter((request) => request.key === key).length;
      if (kept < acknowledged || kept > sent)
        throw new Error(
          `a request of ${input} was sent ${sent} times, acknowledged ${acknowledged} times, and is kept ${kept} times`,
        );
    }
  }
}

function fresh(entry: LogEntry, account: InputAccounts): Omit<Request, 'input' | 'records' | 'givesUp'> {
  return { entry, key: keyOf(entry), account, sent: 0, acknowledged: 0, answered: false };
}

function total(requests: readonly Request[], count: 'sent' | 'acknowledged'): number {
  return requests.reduce((sum, request) => sum + request[count], 0);
}

function keyOf({ value, from, to }: LogEntry): string {
  return `${from} ${to} ${Buffer.from(value).toString('latin1')}`;
}
