/** Event document, `event/1`: a security event, whether or not it met a payment. */
import { Type, type Static } from 'typebox';
import * as part from './parts.ts';

export const EventDocument = Type.Object(
  {
    '@timestamp': part.Time,
    schema: Type.Literal('event/1'),
    tenant: Type.String(),
    event: part.EventPart,
    rule: part.RulePart,
    threat: Type.Optional(part.ThreatPart),
    orchestrator: Type.Optional(part.OrchestratorPart),
    kubernetes: Type.Optional(part.KubernetesPart),
    container: Type.Optional(part.ContainerPart),
    user: Type.Optional(part.UserPart),
    trace: Type.Optional(Type.Object({ id: Type.String() })),
    message: Type.Optional(Type.String()),
    links: Type.Object({
      total: Type.Integer({ minimum: 0 }),
      unlinked_reason: Type.Optional(
        Type.String({ description: 'Why nothing was linked, where that is known.' }),
      ),
      flags: Type.Array(Type.String()),
    }),
    incident: Type.Optional(Type.Object({ id: Type.String() })),
    meta: part.MetaPart,
  },
  { $id: 'event/1', title: 'Event', description: 'A security event.' },
);

export type EventDocument = Static<typeof EventDocument>;
