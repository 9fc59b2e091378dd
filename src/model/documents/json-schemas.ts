/** JSON Schemas of the documents, by name of their file in schemas/. */
import { DiagnosisDocument } from './diagnosis.ts';
import { EventDocument } from './event.ts';
import { IncidentDocument } from './incident.ts';
import { LinkDocument } from './link.ts';
import { PaymentDocument } from './payment.ts';

const DIALECT = 'https://json-schema.org/draft/2020-12/schema';

/** Plain JSON values, with the dialect that they are written in. */
export const DOCUMENT_SCHEMAS: Readonly<Record<string, object>> = Object.fromEntries(
  Object.entries({
    diagnosis: DiagnosisDocument,
    event: EventDocument,
    incident: IncidentDocument,
    link: LinkDocument,
    payment: PaymentDocument,
  }).map(([name, schema]) => [
    `${name}.schema.json`,
    JSON.parse(JSON.stringify({ $schema: DIALECT, ...schema })) as object,
  ]),
);
