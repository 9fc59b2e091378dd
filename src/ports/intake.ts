/**
 * The way in: one request, answered once its records are durable (DESIGN 7).
 *
 * An answer `taken` is a promise: the records are in the log, and will be in documents or among the dead letters, once. Any
 * other answer means that nothing of the request was kept, and that sending it again is right (`busy`, `full`) or useless
 * (`refused`).
 */
import type { InputName } from '../model/accounting.ts';
import type { RefusalReason } from '../model/refusal.ts';

export interface IntakeRequest {
  input: InputName;
  /** What the places of refusals call it, `/intake/falco` say. */
  name: string;
  /** As it came. The intake owns it from now on. */
  body: Uint8Array;
  encoding: 'identity' | 'gzip' | 'zstd';
  media: 'json' | 'protobuf';
}

/** One record or item that was refused; it is among the dead letters too. */
export interface IntakeRefusal {
  reason: RefusalReason;
  /** What is wrong and what would be right, without any text of the record. */
  text: string;
  /** `name:line:column`. */
  at: string;
}

export type IntakeAnswer =
  | { kind: 'taken'; records: number; items: number; refusedItems: number; refusals: IntakeRefusal[] }
  /** Not one record could be read; nothing was kept but the dead letters. */
  | { kind: 'refused'; refusals: IntakeRefusal[] }
  /** More is on its way than may wait. */
  | { kind: 'busy'; retryAfterSeconds: number }
  /** The log cannot take it: a full disk, `log.max_bytes`. */
  | { kind: 'full'; text: string; retryAfterSeconds: number };

export interface Intake {
  /** Never rejects for what is wrong with a request; rejects when the engine is gone. */
  submit(request: IntakeRequest): Promise<IntakeAnswer>;
  /** In bounded mode: nothing more comes of this input. */
  end(input: InputName): Promise<void>;
}
