/** What the live engine is made of: its ports, and the settings that decide what it says. */
import type { InputMode } from '../../join/partition-progress.ts';
import type { TelemetrySilent } from '../../join/talk-rate.ts';
import type { Redactor } from '../../formats/redaction/redact.ts';
import type { GroupingLimits } from '../../incidents/group.ts';
import type { RecoverabilityTable } from '../../impact/recoverability.ts';
import type { InputName } from '../../model/accounting.ts';
import type { Provenance } from '../../model/identity.ts';
import type { Micros } from '../../model/instant.ts';
import type { JoinSettings } from '../../model/join-settings.ts';
import type { RefusalReason } from '../../model/refusal.ts';
import type { TimeSettings } from '../../model/time-settings.ts';
import type { EventLog } from '../../ports/event-log.ts';
import type { FactStore } from '../../ports/fact-store.ts';
import type { IncidentIndex } from '../../ports/incident-index.ts';
import type { WindowStore } from '../../ports/window-store.ts';
import type { CompiledRules } from '../../rules/compile.ts';
import type { CorrelationBounds } from '../../rules/correlation/correlator.ts';
import type { SharedJoin } from './shared-join.ts';
import type { WindowFollows } from './timekeeper.ts';

export interface EnginePorts {
  log: EventLog;
  windows: WindowStore;
  facts: FactStore;
  index: IncidentIndex;
  /** Where workers share the join. */
  shared?: SharedJoin;
}

export interface EngineOptions {
  /** Bounded: the wall clock plays no part, nothing is too late, and inputs end. */
  mode: InputMode;
  time: TimeSettings;
  tenant: string;
  /** Cluster of records that name none; null: none configured. */
  cluster: string | null;
  paymentsProvenance: Provenance;
  /** Services that the payments input stands for, where a payment names none. */
  services: string[];
  settings: JoinSettings;
  fold: boolean;
  minP: number;
  grouping: GroupingLimits;
  report: { currency: string; rates: Record<string, string> } | null;
  rules: CompiledRules;
  redactor: Redactor;
  recoverability: RecoverabilityTable;
  /** What a span attribute that carries a transaction id stands for. */
  attribute: (name: string) => { type: string | null; order: boolean } | undefined;
  /** How far from an event the log is read for spans of a trace that it names. */
  traceReach: Micros;
  /** What takes spans off the window; `events` where it is not given. */
  windowFollows?: WindowFollows;
  /** Events that are remembered at most; security records beyond it are refused, and counted. */
  maxEvents?: number;
  /** What correlation rules keep at most; beyond it matches are left out, and counted. */
  correlation?: CorrelationBounds;
  /** Is told of incidents that are new or changed, by id, once that is committed. */
  onIncidents?: (incidentIds: readonly string[]) => void;
  /** Is told of events that closed, by id, once that is committed. */
  onClosed?: (eventIds: readonly string[]) => void;
  /** Is told of events whose pods fell silent although they should talk. */
  onSilence?: (eventId: string, silences: readonly TelemetrySilent[]) => void;
  /** Is told of items that were decoded and not let in. */
  onSetAside?: (input: InputName, reason: RefusalReason, count: number) => void;
  /** Is told of each match that somebody has said to be harmless, by the id of its rule. */
  onSuppressed?: (ruleId: string) => void;
}
