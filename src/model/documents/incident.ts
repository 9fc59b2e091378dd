/** Incident document, `incident/1`: what happened, which payments, how much can still be done, until when. */
import { Type, type Static } from 'typebox';
import * as part from './parts.ts';

export const ExposurePart = Type.Object({
  currency: Type.String(),
  payments: Type.Integer(),
  linked: part.Decimal,
  stoppable: part.Decimal,
  recallable: part.Decimal,
  final: part.Decimal,
  lower: part.Decimal,
  upper: part.Decimal,
});

export const ClockPart = Type.Object({
  deadline: part.Time,
  currency: Type.String(),
  amount: part.Decimal,
  payments: Type.Integer(),
  actions: Type.Array(Type.String()),
});

export const IncidentDocument = Type.Object(
  {
    '@timestamp': part.Time,
    schema: Type.Literal('incident/1'),
    tenant: Type.String(),
    incident: Type.Object({
      id: Type.String(),
      title: Type.String(),
      status: Type.Literal('new'),
      severity: Type.Integer({ minimum: 0, maximum: 100 }),
      start: part.Time,
      end: part.Time,
      continues: Type.Optional(Type.String()),
    }),
    threat: Type.Optional(part.ThreatPart),
    events: Type.Object({ total: Type.Integer(), ids: Type.Array(Type.String(), { maxItems: 100 }) }),
    entities: Type.Object({
      pods: Type.Array(Type.String(), { maxItems: 100 }),
      containers: Type.Array(Type.String(), { maxItems: 100 }),
      service_accounts: Type.Array(Type.String(), { maxItems: 100 }),
      resources: Type.Array(Type.String(), { maxItems: 100 }),
    }),
    payments: Type.Object({ total: Type.Integer(), ids: Type.Array(Type.String(), { maxItems: 100 }) }),
    weak: Type.Object({ total: Type.Integer(), ids: Type.Array(Type.String(), { maxItems: 100 }) }),
    impact: Type.Object({
      as_of: part.Time,
      exposures: Type.Array(ExposurePart),
      report: Type.Optional(
        Type.Object({
          currency: Type.String(),
          linked: part.Decimal,
          stoppable: part.Decimal,
          recallable: part.Decimal,
          final: part.Decimal,
          lower: part.Decimal,
          upper: part.Decimal,
          rates: Type.Record(Type.String(), part.Decimal),
        }),
      ),
      clock: Type.Array(ClockPart),
      binding_ratio: Type.Union([Type.Number(), Type.Null()]),
    }),
    coverage: Type.Object({ complete_until: Type.Union([part.Time, Type.Null()]) }),
    meta: part.MetaPart,
  },
  {
    $id: 'incident/1',
    title: 'Incident',
    description: 'Connected security events and the payments they met.',
  },
);

export type IncidentDocument = Static<typeof IncidentDocument>;
