/** What the batch lane reads, and how. */
import type { PaymentReading } from '../formats/payments/payment-context.ts';
import type { Redactor } from '../formats/redaction/redact.ts';
import type { AttributeTable } from '../formats/otlp/transaction-attributes.ts';
import type { GroupingLimits } from '../incidents/group.ts';
import type { Provenance } from '../model/identity.ts';
import type { Instant } from '../model/instant.ts';
import type { JoinSettings } from '../model/join-settings.ts';
import type { RecordSource } from '../ports/record-source.ts';
import type { SpanLog } from '../ports/span-log.ts';
import type { CompiledRules } from '../rules/compile.ts';
import type { RecoverabilityTable } from '../impact/recoverability.ts';
import type { InputFormats } from './decoders.ts';
import type { Progress } from './ingest.ts';

export interface CorrelateInputs {
  audit: RecordSource[];
  alerts: RecordSource[];
  events: RecordSource[];
  spans: RecordSource[];
  payments: RecordSource[];
}

export interface CorrelateOptions {
  tenant: string;
  /** Cluster of records that name none; null: none configured. */
  cluster: string | null;
  identity: { spans: Provenance; payments: Provenance };
  /** Services that the payments input stands for, where a payment names none. */
  services: string[];
  settings: JoinSettings;
  fold: boolean;
  minP: number;
  grouping: GroupingLimits;
  report: { currency: string; rates: Record<string, string> } | null;
  /** Null: the latest event time of the input. */
  asOf: Instant | null;
  rules: CompiledRules;
  attributes: AttributeTable;
  /** What payment formats need to know. */
  payments: PaymentReading;
  /** The formats that inputs are configured for; absent: any. */
  formats?: InputFormats;
  recoverability: RecoverabilityTable;
  redactor: Redactor;
  openSpanLog: () => SpanLog;
  onProgress?: (progress: Progress) => void;
}
