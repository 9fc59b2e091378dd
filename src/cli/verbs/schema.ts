/** `schema`: JSON Schemas of what Counterfoil prints, and of its configuration. */
import { DOCUMENT_SCHEMAS } from '../../model/documents/json-schemas.ts';
import { configSchema } from '../../config/json-schema.ts';
import { didYouMean } from '../../config/suggest.ts';
import { usage, type VerbSpec } from '../arguments.ts';
import type { Verb } from '../verb.ts';

const SCHEMAS: Readonly<Record<string, () => unknown>> = {
  config: configSchema,
  ...Object.fromEntries(
    ['link', 'event', 'payment', 'incident', 'diagnosis'].map((name) => [
      name,
      () => DOCUMENT_SCHEMAS[`${name}.schema.json`],
    ]),
  ),
};

const NAMES = Object.keys(SCHEMAS);

const spec: VerbSpec = {
  name: 'schema',
  summary: 'JSON Schemas of documents and configuration',
  usage: `counterfoil schema [${NAMES.join(' | ')}]`,
  examples: [
    { command: 'counterfoil schema link', does: 'what a line of correlate looks like' },
    { command: 'counterfoil schema config > config.schema.json', does: 'completion and checks in an editor' },
  ],
  flags: [],
  configured: false,
  options: [],
  positionals: { name: 'NAME', min: 0, max: 1 },
  notes: ['Without a name: all of them, as one object by name.'],
};

export const verb: Verb = {
  spec,
  async run(args, io) {
    const name = args.positionals[0];
    if (name !== undefined && !NAMES.includes(name)) {
      throw usage(spec, `"${name}" is no schema${didYouMean(name, NAMES)} (${NAMES.join(', ')})`);
    }
    const all = Object.fromEntries(Object.entries(SCHEMAS).map(([key, make]) => [key, make()]));
    await io.stdout.write(`${JSON.stringify(name === undefined ? all : all[name], null, 2)}\n`);
    return 0;
  },
};
