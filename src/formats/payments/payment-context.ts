/** What payment formats need beside the record. */
import type { Instant } from '../../model/instant.ts';
import type { PaymentMapping } from '../../model/payment-mapping.ts';
import type { FormatContext } from '../context.ts';
import type { StateTable } from './payment-states.ts';

export interface PaymentReading {
  states: StateTable;
  /** The instant of a local time `2026-03-10T14:00:02` in the zone that is assumed; null: such times are refused. */
  localTime: ((text: string) => Instant | undefined) | null;
  /** When records are read: the year of times that state none is the one nearest to it. */
  now: () => Instant;
  /** How records of the user's own form are read; null: not configured. */
  mapping: PaymentMapping | null;
}

export type PaymentContext = FormatContext & PaymentReading;
