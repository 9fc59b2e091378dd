/** One step into what lies around a record: what is inside, with what the wrapping says of it (envelope.ts). */
import type { StatedIdentity } from '../../model/identity.ts';
import type { Refusal } from '../../model/refusal.ts';
import type { LogRecords } from '../otlp/otlp-logs.ts';

/** What the wrappings said of what they hold. */
export interface Said {
  /** The pod that wrote the record down; null where nobody says. */
  emitter: StatedIdentity | null;
  cluster: string | null;
  traceId: string | null;
}

export interface Wrapped extends Said {
  /** Text that is no JSON, or a parsed value. */
  value: unknown;
  /** One of a stream that holds all sorts of things: no record is no fault. */
  isLog: boolean;
}

/** What a wrapping says beside what it holds. */
export type SaidBeside = Partial<Omit<Wrapped, 'value'>>;

/** What is inside, or what it is that is no record. */
export type Step =
  | { values: readonly unknown[]; said?: SaidBeside }
  | { logs: LogRecords }
  | { ignored: string }
  /** `isText`: and there is no sign of JSON in it. */
  | { refused: Pick<Refusal, 'reason' | 'text'>; isText?: boolean };
