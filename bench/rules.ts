/**
 * What rules cost on a record of the Kubernetes audit log: with the rules that come with it, and with hundreds and thousands beside them. Each record is
 * asked of the rules that the index finds, and of every rule, in turns in one process.
 *
 *   node bench/rules.ts            prints the table
 *   node bench/rules.ts --write    writes docs/reference/benchmarks-rules.md too
 *
 * Rules of the user are made for this: a verb, a resource, a namespace or the beginning of a name, as rules of the field are. Records are those of a quiet
 * cluster: service accounts that get, list and watch, with some changes among them.
 */
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { DEFAULT_RULES, readRuleFiles } from '../src/config/data-files.ts';
import type { Fields } from '../src/rules/field-path.ts';
import { loadRules, type CompiledRules, type RuleText } from '../src/rules/compile.ts';
import { auditRecord } from '../test/formats/sample-records.ts';
import { median, ROOT } from './measure.ts';
import { SeededRandom } from '../tools/seeded-random.ts';

const SOURCE = 'kubernetes-audit';
const SETS = [0, 500, 4_000];
const ROUNDS = 7;
const RECORDS = 400;
const VERBS = ['get', 'list', 'watch', 'get', 'list', 'watch', 'create', 'update', 'patch', 'delete'];
const RESOURCES = [
  'pods',
  'configmaps',
  'secrets',
  'endpoints',
  'leases',
  'deployments',
  'nodes',
  'events',
  'roles',
  'services',
];
const random = new SeededRandom(1);
const pick = <T>(list: readonly T[]): T => random.pick(list);

function ownRule(_: unknown, index: number): RuleText {
  const resource = random.chance(0.3) ? pick(RESOURCES) : `kind${index % 400}s`;
  const third = random.chance(0.5)
    ? `objectRef.namespace: team-${index % 50}`
    : `objectRef.name|startswith: app-${index}`;
  const text = `title: Own ${index}
name: own_${index}
level: low
logsource: {product: kubernetes, service: audit}
detection:
  selection: {verb: [create, ${pick(VERBS)}], objectRef.resource: ${resource}, ${third}}
  known: {user.username|startswith: 'system:node:'}
  condition: selection and not known
`;
  return { file: `own-${index}.yml`, text };
}

function record(_: unknown, index: number): Fields {
  const [verb, resource] = [pick(VERBS), pick(RESOURCES)];
  const objectRef = {
    resource,
    namespace: `team-${index % 50}`,
    name: `app-${index % 300}-x`,
    apiVersion: 'v1',
  };
  return { ...auditRecord(), verb, objectRef };
}

interface Row {
  rules: number;
  indexMicros: number;
  everyMicros: number;
  found: number;
}

function micros(run: () => void): number {
  const began = performance.now();
  run();
  return ((performance.now() - began) * 1_000) / RECORDS;
}

function measured(compiled: CompiledRules, records: readonly Fields[]): Row {
  const [rules, index] = [compiled.bySource[SOURCE], compiled.indices[SOURCE]];
  const viaIndex = (each: Fields): number =>
    index.candidates(each).filter(({ matches }) => matches(each)).length;
  const every = (each: Fields): number => rules.filter(({ matches }) => matches(each)).length;
  if (records.some((each) => viaIndex(each) !== every(each)))
    throw new Error('the index finds other matches');
  const [byIndex, byAll]: [number[], number[]] = [[], []];
  for (let i = 0; i < ROUNDS; i += 1) {
    byIndex.push(micros(() => records.forEach(viaIndex)));
    byAll.push(micros(() => records.forEach(every)));
  }
  const found = records.reduce((sum, each) => sum + index.candidates(each).length, 0) / records.length;
  return { rules: rules.length, indexMicros: median(byIndex), everyMicros: median(byAll), found };
}

function table(rows: readonly Row[]): string {
  const lines = rows.map(({ rules, found, indexMicros, everyMicros }) => {
    const times = (everyMicros / indexMicros).toFixed(1);
    return `| ${rules.toLocaleString('en')} | ${found.toFixed(1)} | ${indexMicros.toFixed(1)} | ${everyMicros.toFixed(1)} | ${times} |`;
  });
  return [
    '| rules | found a record | index, µs a record | every rule, µs a record | times |',
    '| ---: | ---: | ---: | ---: | ---: |',
    ...lines,
  ].join('\n');
}

const { values } = parseArgs({ options: { write: { type: 'boolean', default: false } } });
const records = Array.from({ length: RECORDS }, record);
const defaults = readRuleFiles([DEFAULT_RULES]);
const rows = SETS.map((count) =>
  measured(loadRules([...defaults, ...Array.from({ length: count }, ownRule)]), records),
);
process.stdout.write(`${table(rows)}\n`);
const page = `# Rules on a record

<!-- Written by \`node bench/rules.ts --write\`; do not edit. -->

A record of the Kubernetes audit log, as it is read, against the rules of its log source: by the index (\`src/rules/rule-index.ts\`), and one rule after the other. One thread of ${cpus()[0]?.model ?? 'an unknown processor'}, Node ${process.version}, the
median of ${ROUNDS} rounds in turns over ${RECORDS} records. The first row has the rules that come with Counterfoil alone. Command: \`node bench/rules.ts --write\`.

${table(rows)}
`;
if (values.write) writeFileSync(join(ROOT, 'docs/reference/benchmarks-rules.md'), page);
