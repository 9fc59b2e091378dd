/** The verbs: what each does, and how its module is loaded when it is asked for. */
import { CounterfoilError } from '../model/errors.ts';
import { didYouMean } from '../config/suggest.ts';
import { twoColumns } from './help.ts';
import type { Verb } from './verb.ts';

interface VerbEntry {
  does: string;
  load: () => Promise<{ verb: Verb }>;
}

/** In the order in which a newcomer meets them. */
export const VERBS: Readonly<Record<string, VerbEntry>> = {
  demo: { does: 'plays a built-in incident and says what to look at', load: () => import('./verbs/demo.ts') },
  run: {
    does: 'takes records over HTTP, links them while they come, serves API and page',
    load: () => import('./verbs/run.ts'),
  },
  correlate: {
    does: 'links security events to payments, over files',
    load: () => import('./verbs/correlate.ts'),
  },
  retro: {
    does: 'which payments passed a pod or container, asked afterwards',
    load: () => import('./verbs/retro.ts'),
  },
  replay: {
    does: 'makes facts and documents anew, from the log of a data folder or from files',
    load: () => import('./verbs/replay.ts'),
  },
  lookup: { does: 'every security event of a payment id', load: () => import('./verbs/lookup.ts') },
  explain: {
    does: 'why a link, a payment or an incident is what it is',
    load: () => import('./verbs/explain.ts'),
  },
  normalize: { does: 'what Counterfoil makes of raw records', load: () => import('./verbs/normalize.ts') },
  readiness: {
    does: 'what the data at hand can and cannot link, and what to set to change it',
    load: () => import('./verbs/readiness.ts'),
  },
  test: { does: 'runs the tests beside rules', load: () => import('./verbs/test.ts') },
  init: {
    does: 'a starter configuration, with a mapping for your own payment records',
    load: () => import('./verbs/init.ts'),
  },
  validate: { does: 'every fault of a configuration at once', load: () => import('./verbs/validate.ts') },
  doctor: {
    does: 'looks at configuration, data folder, ports and clock, and explains what is wrong',
    load: () => import('./verbs/doctor.ts'),
  },
  setup: {
    does: 'makes what is needed on Kafka and Elasticsearch, or says what is not as it must be',
    load: () => import('./verbs/setup.ts'),
  },
  keys: { does: 'makes, lists and revokes API keys', load: () => import('./verbs/keys.ts') },
  schema: { does: 'JSON Schemas of documents and configuration', load: () => import('./verbs/schema.ts') },
};

/** Promised, and not built: better said than "unknown". */
const NOT_YET = ['simulate', 'export', 'verify'];

/**
 * Loads a verb by name.
 * @throws CounterfoilError CF_USAGE, with the nearest name
 */
export async function findVerb(name: string): Promise<Verb> {
  const entry = Object.hasOwn(VERBS, name) ? VERBS[name] : undefined;
  if (entry !== undefined) return (await entry.load()).verb;
  if (NOT_YET.includes(name)) {
    throw new CounterfoilError(
      'CF_USAGE',
      `"${name}" is not built yet. What works: ${Object.keys(VERBS).join(', ')}`,
    );
  }
  const near = didYouMean(name, Object.keys(VERBS));
  throw new CounterfoilError(
    'CF_USAGE',
    `"${name}" is no verb of counterfoil${near}. See: counterfoil --help`,
  );
}

/** `counterfoil --help`. */
export function overview(): string {
  return [
    'counterfoil: which payments a security event touched, and what of the money can still be stopped',
    '',
    'Examples',
    '  # a whole incident in a few seconds, without any data of your own',
    '  counterfoil demo --once',
    '  # your own files; links as NDJSON on stdout, the accounts on stderr',
    '  counterfoil correlate --audit audit.ndjson --spans spans.json.gz --payments payments.ndjson > links.ndjson',
    '',
    'Usage',
    '  counterfoil VERB [flags]          counterfoil VERB --help',
    '',
    'Verbs',
    ...twoColumns(Object.entries(VERBS).map(([name, { does }]) => [name, does])),
    '',
    'Data goes to stdout, talk to stderr. Exit status: 0 done, 1 failed, 2 usage, 3 configuration, 4 input,',
    '5 a server or port.',
    '',
  ].join('\n');
}
