/** Link document, `link/1` [contract]: one per event and payment. */
import { Type, type Static } from 'typebox';
import { METHODS, type Method as MethodName } from '../link.ts';
import * as part from './parts.ts';

/** A list of unknown length has no static type of its own. */
const Method = Type.Unsafe<MethodName>(Type.Union(METHODS.map((method) => Type.Literal(method))));

export const LinkDocument = Type.Object(
  {
    '@timestamp': part.Time,
    schema: Type.Literal('link/1'),
    tenant: Type.String(),
    event: part.EventPart,
    rule: part.RulePart,
    threat: Type.Optional(part.ThreatPart),
    orchestrator: Type.Optional(part.OrchestratorPart),
    kubernetes: Type.Optional(part.KubernetesPart),
    container: Type.Optional(part.ContainerPart),
    service: Type.Optional(Type.Object({ name: Type.String() })),
    trace: Type.Optional(Type.Object({ id: Type.String() })),
    span: Type.Optional(Type.Object({ id: Type.String(), start: part.Time, end: part.Time })),
    payment: part.PaymentPart,
    link: Type.Object({
      id: Type.String(),
      status: Type.Union([Type.Literal('live'), Type.Literal('withdrawn')]),
      reason: Type.Optional(Type.String({ description: 'Why it was withdrawn.' })),
      replaced_by: Type.Optional(
        Type.String({
          description: 'The link that took its place, where its payment became part of another.',
        }),
      ),
      method: Method,
      confidence: Type.Number({ minimum: 0, maximum: 1 }),
      gap_ms: Type.Number(),
      provenance: Type.Union([Type.Literal('platform'), Type.Literal('self')]),
      methods: Type.Array(Type.Object({ method: Method, confidence: Type.Number() })),
      matched: Type.Object({ field: Type.String(), event: Type.String(), span: Type.String() }),
    }),
    incident: Type.Optional(Type.Object({ id: Type.String() })),
    meta: part.LinkMetaPart,
  },
  { $id: 'link/1', title: 'Link', description: 'One security event met one payment.' },
);

export type LinkDocument = Static<typeof LinkDocument>;
