/**
 * Writes what follows from the table of options: schemas/config.schema.json and docs/reference/configuration.md.
 * With `--check` it writes nothing and fails when a file is not fresh.
 */
import { configSchema } from '../src/config/json-schema.ts';
import { configReference } from '../src/config/reference.ts';
import { generate } from './generated-file.ts';

generate({
  'schemas/config.schema.json': `${JSON.stringify(configSchema(), null, 2)}\n`,
  'docs/reference/configuration.md': configReference(),
});
