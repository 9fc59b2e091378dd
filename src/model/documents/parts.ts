/** Parts that documents share. One declaration: types, JSON Schemas (schemas/) and OpenAPI come from here. */
import { Type, type Static } from 'typebox';

/** RFC 3339, UTC, at least milliseconds. */
export const Time = Type.String({ format: 'date-time', description: 'RFC 3339 in UTC.' });
export const Decimal = Type.String({
  pattern: '^-?\\d+(\\.\\d+)?$',
  description: 'Decimal text; never a float.',
});

export const EventPart = Type.Object({
  id: Type.String(),
  kind: Type.Literal('alert'),
  dataset: Type.String(),
  severity: Type.Integer({ minimum: 0, maximum: 100 }),
  start: Time,
  end: Time,
  count: Type.Integer({ minimum: 1 }),
  count_capped: Type.Optional(Type.Boolean()),
  ongoing: Type.Optional(Type.Boolean({ description: 'A session whose end was not seen.' })),
  original_id: Type.Array(Type.String()),
  action: Type.Optional(Type.String()),
  outcome: Type.Optional(
    Type.Union([Type.Literal('success'), Type.Literal('failure'), Type.Literal('unknown')]),
  ),
});

export const RulePart = Type.Object({ id: Type.String(), name: Type.String() });
export const ThreatPart = Type.Object({ technique: Type.Object({ id: Type.Array(Type.String()) }) });

export const OrchestratorPart = Type.Object({
  cluster: Type.Optional(Type.Object({ name: Type.String() })),
  namespace: Type.Optional(Type.String()),
  resource: Type.Optional(
    Type.Object({
      type: Type.String(),
      name: Type.Optional(Type.String()),
      namespace: Type.Optional(Type.String()),
    }),
  ),
});

export const KubernetesPart = Type.Object({
  namespace: Type.Optional(Type.String()),
  pod: Type.Optional(Type.Object({ name: Type.Optional(Type.String()), uid: Type.Optional(Type.String()) })),
  node: Type.Optional(Type.Object({ name: Type.String() })),
  service_account: Type.Optional(Type.Object({ name: Type.String(), namespace: Type.String() })),
});

export const ContainerPart = Type.Object({
  id: Type.Optional(Type.String()),
  name: Type.Optional(Type.String()),
});
export const UserPart = Type.Object({ name: Type.String() });

export const RecoverPart = Type.Object({
  class: Type.Union([Type.Literal('stoppable'), Type.Literal('recallable')]),
  action: Type.String(),
  until: Type.Union([Time, Type.Null()], { description: 'Deadline, exclusive; null: none.' }),
});

export const PaymentPart = Type.Object({
  id: Type.String(),
  aliases: Type.Array(Type.Object({ type: Type.String(), value: Type.String() })),
  time: Time,
  rail: Type.String(),
  state: Type.String(),
  amount: Type.Object({
    value: Decimal,
    minor: Type.Integer(),
    remaining: Decimal,
    currency: Type.String({ pattern: '^[A-Z]{3}$' }),
  }),
  customer: Type.Optional(Type.Object({ id: Type.String(), country: Type.Optional(Type.String()) })),
  merchant: Type.Optional(Type.Object({ id: Type.String() })),
  recover: Type.Array(RecoverPart),
  flags: Type.Optional(Type.Array(Type.String())),
});

export const LinkMetaPart = Type.Object({
  revision: Type.Integer({ minimum: 1 }),
  state: Type.Union([Type.Literal('provisional'), Type.Literal('final'), Type.Literal('final_unverified')]),
  coverage: Type.Number({ minimum: 0, maximum: 1 }),
});

/** What had been read when a document became final; partitions that stood still lower the ratio. */
export const CoveragePart = Type.Object({
  ratio: Type.Number({ minimum: 0, maximum: 1, description: 'Usable of the expected partitions.' }),
  inputs: Type.Array(
    Type.Object({
      name: Type.String(),
      partitions: Type.Object({
        expected: Type.Integer({ minimum: 0 }),
        usable: Type.Integer({ minimum: 0 }),
      }),
      complete_until: Type.Optional(Time),
      late: Type.Integer({
        minimum: 0,
        description: 'Late items so far in the minutes that the window of the event touches.',
      }),
      sampling_ratio: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
    }),
  ),
});

export const MetaPart = Type.Object({
  revision: Type.Integer({ minimum: 1 }),
  state: Type.Union([Type.Literal('open'), Type.Literal('final'), Type.Literal('final_unverified')]),
  coverage: Type.Optional(CoveragePart),
  model_version: Type.String(),
  content_hash: Type.String({ description: 'SHA-256 of the engine content, canonical JSON, in hex.' }),
});

export type CoveragePart = Static<typeof CoveragePart>;
export type RecoverPart = Static<typeof RecoverPart>;
export type PaymentPart = Static<typeof PaymentPart>;
