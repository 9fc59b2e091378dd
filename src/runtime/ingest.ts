/**
 * Reads the records of one input and accounts for every one of them (DESIGN 4.4).
 *
 * A record is refused whole (not JSON, not of the format) or decoded into items, each of which is accepted, ignored
 * or refused by itself: one bad span does not take its batch down. Refusals keep reason, place and redacted excerpt;
 * texts are kept for the first thousand, counts for all.
 */
import type { Redactor } from '../formats/redaction/redact.ts';
import {
  addReasons,
  countReason,
  emptyInputAccounts,
  type Accounting,
  type InputAccounts,
  type InputName,
} from '../model/accounting.ts';
import type { Refusal } from '../model/refusal.ts';
import type { RawRecord, RecordSource } from '../ports/record-source.ts';
import { shapeOfRecord } from './shape-of.ts';

/** How many refusals are kept with their texts. */
const MAX_REFUSALS = 1000;

export interface Progress {
  input: InputName;
  source: string;
  bytesRead: number;
  totalBytes: number | null;
  records: number;
}

/** What a format made of one record. */
export interface DecodedItems<T> {
  items: T[];
  ignored: Record<string, number>;
  refused: Pick<Refusal, 'reason' | 'text'>[];
  /** How many of the items there is something to say about, by what it is. */
  flagged?: Record<string, number>;
}

export class Ledger {
  readonly accounting: Accounting = { inputs: {} };
  /** The first refusals, with their texts. */
  readonly refusals: Refusal[] = [];
  refusalCount = 0;
  /** Matches that somebody has said to be harmless, by the id of the rule. */
  readonly suppressed: Record<string, number> = {};

  account(input: InputName): NonNullable<Accounting['inputs'][InputName]> {
    return (this.accounting.inputs[input] ??= emptyInputAccounts());
  }

  /** Whether the next refusal is kept with its text. */
  get keepsTexts(): boolean {
    return this.refusals.length < MAX_REFUSALS;
  }

  refuse(input: InputName, refusal: Refusal): void {
    this.refusalCount += 1;
    countReason(this.account(input).refused, refusal.reason);
    if (this.keepsTexts) this.refusals.push(refusal);
  }
}

/** A record that its source could read. */
export type TakenRecord = Exclude<RawRecord, { kind: 'refused' }>;

export interface IngestOptions<T> {
  input: InputName;
  ledger: Ledger;
  decode: (record: TakenRecord) => DecodedItems<T>;
  /** Redacts what is shown of a refused record. */
  redactor: Redactor;
  /** Takes one item; true when it was seen before. */
  accept: (item: T) => boolean;
  /** Items that one decoded value stands for; a batch of spans stands for many. */
  size?: (item: T) => number;
  onProgress?: (progress: Progress) => void;
}

/** Reads every source to its end, in the order given. */
export async function ingest<T>(sources: readonly RecordSource[], options: IngestOptions<T>): Promise<void> {
  const account = options.ledger.account(options.input);
  for (const source of sources) {
    for await (const batch of source.records()) {
      for (const record of batch) takeRecord(record, options);
      options.onProgress?.({
        input: options.input,
        source: source.name,
        bytesRead: source.bytesRead,
        totalBytes: source.totalBytes,
        records: account.records,
      });
    }
  }
}

function takeRecord<T>(record: RawRecord, options: IngestOptions<T>): void {
  const account = options.ledger.account(options.input);
  account.records += 1;
  if (record.kind === 'refused') {
    account.dead_lettered += 1;
    options.ledger.refuse(options.input, record.refusal);
    return;
  }
  const decoded = options.decode(record);
  const sizeOf = options.size ?? ((): number => 1);
  noteDecoded(
    account,
    decoded,
    decoded.items.reduce((sum, item) => sum + sizeOf(item), 0),
  );
  refuseAll(decoded.refused, record, options);
  for (const item of decoded.items) if (options.accept(item)) account.items.duplicate += 1;
}

/**
 * Accounts for a record that was read: a dead letter where all of it is refused, else its items.
 * @param accepted items that are taken
 */
export function noteDecoded(
  account: InputAccounts,
  { items, ignored, refused, flagged }: DecodedItems<unknown>,
  accepted: number,
): void {
  const passedOver = Object.values(ignored).reduce((sum, count) => sum + count, 0);
  if (items.length === 0 && passedOver === 0 && refused.length > 0) {
    account.dead_lettered += 1;
    return;
  }
  account.decoded += 1;
  account.items.decoded += accepted + passedOver + refused.length;
  account.items.accepted += accepted;
  account.items.refused += refused.length;
  addReasons(account.items.ignored, ignored);
  addReasons(account.items.flagged, flagged);
}

function refuseAll<T>(
  refused: DecodedItems<T>['refused'],
  record: TakenRecord,
  { input, ledger, redactor }: IngestOptions<T>,
): void {
  for (const { reason, text } of refused) {
    // Only so many are kept, and the rest need no text.
    const shape = ledger.keepsTexts ? shapeOfRecord(record, redactor) : null;
    ledger.refuse(input, { reason, text, place: record.place, excerpt: shape });
  }
}
