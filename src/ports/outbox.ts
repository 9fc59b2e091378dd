/**
 * Which documents and dead letters changed and have not left yet (decision 14): written in the transaction that changes them, so that
 * none is forgotten and none leaves that was not committed. What leaves is the document as it is when it leaves, not every change of it.
 */
import type { DocumentKind } from './document-sink.ts';

export interface OutboxEntry {
  /** Of its latest change. */
  seq: number;
  kind: DocumentKind | 'dead_letters';
  id: string;
}

export interface Outbox {
  /** Committed ones whose latest change came after `seq`, oldest first. */
  entries(after: number, limit: number): Promise<OutboxEntry[]>;
  /** How far the log had been read when the documents were committed that are there now. Ask before they are read. */
  position(): Promise<number>;
  /** How many are committed. */
  depth(): Promise<number>;
  /** They have left, as of these changes; taken off with the next commit of the store, and until then named again. */
  done(entries: readonly OutboxEntry[]): void;
  close(): void;
}
