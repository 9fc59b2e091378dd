/**
 * Who may import whom (DESIGN 10), as data. Read by test/guarantees/architecture.test.ts, and by
 * tools/generate-lint-rules.ts, which writes the same table into .oxlintrc.json for editors.
 *
 * A room is a folder directly under src. Inside `adapters` each folder is a room of its own, since adapters never know
 * each other.
 */

export interface Room {
  /** Rooms that it may import besides itself. */
  imports: readonly string[];
  /** Packages and node modules that it may import besides those of `EVERYWHERE`; a name ending in * is a beginning. */
  modules: readonly string[];
  /** Pure: no I/O, no clock, no chance; the same input gives the same output. */
  pure: boolean;
  /** What it is for, in a line. */
  holds: string;
}

const PURE = ['model', 'ports'];

export const ROOMS: Readonly<Record<string, Room>> = {
  model: {
    imports: [],
    modules: ['node:crypto', 'currency-codes', 'typebox'],
    pure: true,
    holds: 'nouns and invariants, documents',
  },
  ports: { imports: ['model'], modules: [], pure: true, holds: 'contracts of what lies outside' },
  formats: {
    imports: PURE,
    // zlib: what is packed inside a record; the same in, the same out.
    modules: ['node:crypto', 'node:zlib', 'saxes'],
    pure: true,
    holds: 'one file per wire format, records to the model; what lies around them; redaction',
  },
  join: {
    imports: PURE,
    modules: ['node:crypto'],
    pure: true,
    holds: 'who met whom: identity, windows, links',
  },
  impact: {
    imports: PURE,
    modules: [],
    pure: true,
    holds: 'what can still be done about the money, and until when',
  },
  incidents: { imports: PURE, modules: [], pure: true, holds: 'which events belong together' },
  rules: { imports: PURE, modules: ['re2js', 'yaml'], pure: true, holds: 'Sigma rules over observations' },
  systems: { imports: PURE, modules: [], pure: true, holds: 'further detections, one folder each' },
  respond: { imports: PURE, modules: [], pure: true, holds: 'plans and their guards' },
  runtime: {
    imports: [...PURE, 'formats', 'join', 'impact', 'incidents', 'rules', 'systems', 'respond', 'telemetry'],
    modules: [],
    pure: false,
    holds: 'rooms put in a row: inputs to documents',
  },
  telemetry: {
    imports: PURE,
    modules: ['node:diagnostics_channel'],
    pure: false,
    holds: 'named events, metrics',
  },
  config: {
    imports: ['model'],
    modules: ['node:buffer', 'node:fs', 'node:path', 'node:url', 'yaml', 'typebox'],
    pure: false,
    holds: 'options, declared once; files of data/',
  },
  'adapters/embedded': {
    imports: PURE,
    modules: [
      'node:sqlite',
      'node:fs',
      'node:path',
      'node:os',
      'node:crypto',
      'node:perf_hooks',
      'node:url',
      'node:worker_threads',
      'node:zlib',
    ],
    pure: false,
    holds: 'the ports on one machine: SQLite, files',
  },
  'adapters/file': {
    imports: PURE,
    modules: ['node:fs', 'node:fs/promises', 'node:path', 'node:stream', 'node:zlib', 'yaml'],
    pure: false,
    holds: 'records of files and pipes',
  },
  'adapters/http': {
    imports: PURE,
    modules: ['fastify', 'node:crypto'],
    pure: false,
    holds: 'intake and webhook over HTTP',
  },
  'adapters/kafka': {
    imports: PURE,
    modules: [
      'kafkajs',
      '@platformatic/wasm-utils',
      'node:zlib',
      'node:crypto',
      'node:module',
      'node:timers/promises',
      'node:tls',
    ],
    pure: false,
    holds: 'the log on Kafka',
  },
  'adapters/redis': {
    imports: PURE,
    modules: ['ioredis', 'node:crypto', 'node:fs', 'node:path', 'node:url'],
    pure: false,
    holds: 'windows on Redis',
  },
  'adapters/elasticsearch': {
    imports: PURE,
    modules: ['@elastic/elasticsearch', 'node:crypto'],
    pure: false,
    holds: 'the index on Elasticsearch',
  },
  api: {
    imports: [...PURE, 'telemetry'],
    modules: [
      'fastify',
      '@fastify/*',
      'typebox',
      'node:fs',
      'node:path',
      'node:http',
      'node:https',
      'node:net',
      'node:tls',
    ],
    pure: false,
    holds: 'HTTP API over the ports',
  },
  web: { imports: PURE, modules: [], pure: false, holds: 'the page' },
  cli: {
    imports: ['*'],
    modules: [
      'node:fs',
      'node:os',
      'node:path',
      'node:url',
      'node:util',
      'node:crypto',
      'node:tls',
      'node:worker_threads',
    ],
    pure: false,
    holds: 'verbs; the only room that composes and exits',
  },
};

/** What a pure room may not mention, since each makes the same input give different output. */
export const IMPURE: readonly { pattern: RegExp; what: string }[] = [
  { pattern: /\bDate\.now\b/, what: 'Date.now' },
  { pattern: /\bnew Date\(\s*\)/, what: 'new Date() without an argument' },
  { pattern: /\bMath\.random\b/, what: 'Math.random' },
  { pattern: /\bperformance\s*\.\s*now\b/, what: 'performance.now' },
  { pattern: /(?<![.\w'"-])process\s*\.\s*\w/, what: 'process' },
  { pattern: /\brandom(Bytes|UUID|Int|FillSync)\b/, what: 'random bytes' },
  { pattern: /\bfetch\s*\(/, what: 'fetch' },
  { pattern: /\bset(Timeout|Interval|Immediate)\s*\(/, what: 'a timer' },
  { pattern: /\bconsole\s*\./, what: 'console' },
];
