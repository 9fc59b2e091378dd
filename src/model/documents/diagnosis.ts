/** Diagnosis document, `diagnosis/1`: what `doctor` looked at, and what it found there. */
import { Type, type Static } from 'typebox';
import * as part from './parts.ts';

export const LEVELS = ['problem', 'warning', 'not_checked', 'ok'] as const;

export const FindingPart = Type.Object({
  check: Type.String({ description: 'Stable name of the check, such as `log.retention`.' }),
  level: Type.Enum([...LEVELS], {
    description: '`not_checked`: it could not be looked at here, or was left out; `found` says why.',
  }),
  looked_at: Type.String(),
  found: Type.String(),
  why: Type.Union([Type.String(), Type.Null()], { description: 'Why it matters; null where all is well.' }),
  to_do: Type.Union([Type.String(), Type.Null()], {
    description: 'What to do; null where there is nothing.',
  }),
});

export type FindingPart = Static<typeof FindingPart>;

const Count = Type.Integer({ minimum: 0 });

export const DiagnosisDocument = Type.Object(
  {
    '@timestamp': part.Time,
    schema: Type.Literal('diagnosis/1'),
    version: Type.String(),
    tenant: Type.String(),
    data: Type.String({ description: 'The data folder.' }),
    status: Type.Enum(['ok', 'warning', 'problem'], { description: 'The worst of the findings.' }),
    counts: Type.Object({ problem: Count, warning: Count, not_checked: Count, ok: Count }),
    findings: Type.Array(FindingPart, { description: 'In the order of the checks; at least one of each.' }),
  },
  { $id: 'diagnosis/1', title: 'Diagnosis', description: 'What was looked at on a machine, and found.' },
);

export type DiagnosisDocument = Static<typeof DiagnosisDocument>;
