/** The incident document. */
import type { ClockRow, Exposure, Incident } from '../incident.ts';
import { formatInstant, type Instant } from '../instant.ts';
import { formatAmount } from '../money.ts';
import type { IncidentDocument } from './incident.ts';
import { present, sealed, type DocumentProgress } from './sealed.ts';
import { threatPart } from './to-parts.ts';

/** The most ids and names that a list of the document shows; its `total` counts all. */
const MAX_LISTED = 100;

/** Figures over all currencies in one, with the rates that were used. */
export interface ReportFigures {
  currency: string;
  linkedMinor: bigint;
  stoppableMinor: bigint;
  recallableMinor: bigint;
  finalMinor: bigint;
  upperMinor: bigint;
  rates: Readonly<Record<string, string>>;
}

export interface IncidentContext {
  /** Sorted names of what the incident is about. */
  entities: {
    pods: readonly string[];
    containers: readonly string[];
    serviceAccounts: readonly string[];
    resources: readonly string[];
  };
  /** Null where no report currency is set, or a rate is missing. */
  report: ReportFigures | null;
  /** The instant that the exposures are of. */
  asOf: Instant;
  completeUntil: Instant | null;
  progress: DocumentProgress;
}

/** Pure; `@timestamp` is the start of the incident. */
export function toIncidentDocument(incident: Incident, context: IncidentContext): IncidentDocument {
  const { entities, report, asOf, completeUntil, progress } = context;
  const start = formatInstant(incident.start);
  const content = present({
    '@timestamp': start,
    schema: 'incident/1' as const,
    tenant: incident.tenant,
    incident: present({
      id: incident.id,
      title: incident.title,
      status: 'new' as const,
      severity: incident.severity,
      start,
      end: formatInstant(incident.end),
      continues: incident.continues,
    }),
    threat: threatPart(incident.techniques),
    events: listed(incident.eventIds),
    entities: {
      pods: first(entities.pods),
      containers: first(entities.containers),
      service_accounts: first(entities.serviceAccounts),
      resources: first(entities.resources),
    },
    payments: listed(incident.paymentIds),
    weak: listed(incident.weakPaymentIds),
    impact: present({
      as_of: formatInstant(asOf),
      exposures: incident.exposures.map((row) => ({ payments: row.payments, ...figures(row) })),
      report: report === null ? undefined : { ...figures(report), rates: { ...report.rates } },
      clock: incident.clock.map(clockPart),
    }),
    coverage: { complete_until: completeUntil === null ? null : formatInstant(completeUntil) },
  });
  const impact = { ...content.impact, binding_ratio: incident.bindingRatio };
  return sealed({ ...content, impact }, progress);
}

type Figures = Pick<
  IncidentDocument['impact']['exposures'][number],
  'currency' | 'linked' | 'stoppable' | 'recallable' | 'final' | 'lower' | 'upper'
>;

function figures(money: Omit<ReportFigures, 'rates'> | Exposure): Figures {
  const text = (minor: bigint): string => formatAmount(minor, money.currency);
  return {
    currency: money.currency,
    linked: text(money.linkedMinor),
    stoppable: text(money.stoppableMinor),
    recallable: text(money.recallableMinor),
    final: text(money.finalMinor),
    lower: text(money.linkedMinor),
    upper: text(money.upperMinor),
  };
}

function clockPart(row: ClockRow): IncidentDocument['impact']['clock'][number] {
  return {
    deadline: formatInstant(row.deadline),
    currency: row.currency,
    amount: formatAmount(row.amountMinor, row.currency),
    payments: row.payments,
    actions: row.actions,
  };
}

function listed(ids: readonly string[]): { total: number; ids: string[] } {
  return { total: ids.length, ids: first(ids) };
}

function first(values: readonly string[]): string[] {
  return values.slice(0, MAX_LISTED);
}
