/** Writes the JSON Schemas of the documents to schemas/. With `--check` it fails when one is not fresh. */
import { DOCUMENT_SCHEMAS } from '../src/model/documents/json-schemas.ts';
import { generate } from './generated-file.ts';

generate(
  Object.fromEntries(
    Object.entries(DOCUMENT_SCHEMAS).map(([file, schema]) => [
      `schemas/${file}`,
      `${JSON.stringify(schema, null, 2)}\n`,
    ]),
  ),
);
