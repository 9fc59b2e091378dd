/**
 * What a span worker tells of some records, instead of their spans: these it has written to the shared window and let meet
 * the events that were hot (DESIGN 4.3). Few spans meet anything, so notes are small: who was seen, what was met, how far it is.
 *
 * Cost: a row for each new identity and each talker of a minute; a witness for each chunk that met an event. Worked example: 12,000 spans
 * of 2,000 pods, none of them suspect: 2,000 rows of counts, some 40 KB.
 */
import type { InputAccounts } from '../../model/accounting.ts';
import type { Instant } from '../../model/instant.ts';
import type { CarriedFact, WitnessFact } from '../../ports/fact-store.ts';
import type { IdentityFact } from '../../ports/inventory.ts';

/** Spans of one key that ended in one minute. */
export type Talked = readonly [spanKey: string, last: Instant, count: number];

/** One record: how many spans it had, all let in; or its whole account where there is more to say. */
export type RecordCount = readonly [offset: number, account: number | InputAccounts];

export interface SpanNotes {
  /** In order of offset. */
  counts: readonly RecordCount[];
  /** Latest end of a span that was let in; null: none was. */
  latest: Instant | null;
  /** Spans behind the partition's own watermark, by minute of their end. */
  late: readonly (readonly [minute: Instant, count: number])[];
  talked: readonly Talked[];
  /** New to this worker, or seen at more times than it has told. */
  identities: readonly IdentityFact[];
  witnesses: readonly WitnessFact[];
  /** Ids on traces that met an event. */
  carried: readonly CarriedFact[];
}

/** As JSON has them: bytes in base64. */
export type WrittenNotes = Omit<SpanNotes, 'witnesses'> & {
  witnesses: (Omit<WitnessFact, 'packed'> & { packed: string })[];
};

export function writtenNotes(notes: SpanNotes): WrittenNotes {
  const witnesses = notes.witnesses.map((each) => {
    return { ...each, packed: Buffer.from(each.packed).toString('base64') };
  });
  return { ...notes, witnesses };
}

export function notesOf(written: WrittenNotes): SpanNotes {
  const witnesses = written.witnesses.map((each) => {
    return { ...each, packed: new Uint8Array(Buffer.from(each.packed, 'base64')) };
  });
  return { ...written, witnesses };
}
