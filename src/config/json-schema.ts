/** JSON Schema (draft-07, what editors understand) of the configuration file, from the table of options. */
import { OPTION_NAMES, optionOf, type OptionName } from './options.ts';
import type { SchemaPart } from './option-kinds.ts';

interface Section extends SchemaPart {
  type: 'object';
  additionalProperties: false;
  properties: Record<string, SchemaPart>;
}

/** The schema as a JSON value, keys in the order of the table. */
export function configSchema(): SchemaPart {
  const root = section();
  root.properties['$schema'] = { type: 'string', description: 'Where this schema is, for editors.' };
  for (const name of OPTION_NAMES) place(root, name);
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    $id: 'config/1',
    title: 'Counterfoil configuration',
    ...root,
  };
}

function section(): Section {
  return { type: 'object', additionalProperties: false, properties: {} };
}

function place(root: Section, name: OptionName): void {
  const path = name.split('.');
  const leaf = path.pop() ?? name;
  let at = root;
  for (const step of path) {
    at.properties[step] ??= section();
    at = at.properties[step] as Section;
  }
  const { kind, prose, example, default: value } = optionOf(name);
  const fixed = value === null ? {} : { default: plainDefault(name, value) };
  at.properties[leaf] = {
    description: prose,
    ...kind.schema,
    ...fixed,
    examples: [exampleValue(name, example)],
  };
}

const WRITTEN: ReadonlySet<string> = new Set(['duration', 'size', 'time']);

/** Durations and sizes are written with their unit, times as text; what is already plain stays as it is. */
function plainDefault(name: OptionName, value: unknown): unknown {
  const { kind } = optionOf(name);
  return WRITTEN.has(kind.name)
    ? kind.show(value)
    : kind.name === 'mapping'
      ? (JSON.parse(kind.show(value)) as unknown)
      : value;
}

/** The example, which is declared as text, as it would stand in YAML. */
function exampleValue(name: OptionName, example: string): unknown {
  return plainDefault(name, optionOf(name).kind.fromTexts([example]));
}
