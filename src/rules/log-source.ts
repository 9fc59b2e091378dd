/**
 * Which input a rule is for. Sigma names log sources by product and service; a source that is not read here is
 * refused, because a rule that can never match looks like protection and is none.
 */
import type { SecuritySource } from '../model/observation.ts';

export interface LogSource {
  category: string | null;
  product: string | null;
  service: string | null;
}

/** The records that a log source means. */
export interface RuleSource {
  source: SecuritySource;
  /** Those that have this member; null: all of them. */
  member: string | null;
}

interface Mapping {
  product: string;
  service: string | null;
  /** Null: none need be written. */
  categories: readonly (string | null)[];
  source: SecuritySource;
  member?: string;
}

const NONE = [null];

const MAPPINGS: readonly Mapping[] = [
  // Public rule sets file it under `application`.
  { product: 'kubernetes', service: 'audit', categories: [null, 'application'], source: 'kubernetes-audit' },
  { product: 'falco', service: null, categories: NONE, source: 'falco' },
  { product: 'tetragon', service: null, categories: NONE, source: 'tetragon' },
  { product: 'hubble', service: null, categories: NONE, source: 'hubble' },
  { product: 'istio', service: 'access', categories: NONE, source: 'istio' },
  { product: 'vault', service: 'audit', categories: NONE, source: 'vault' },
  { product: 'spire', service: 'audit', categories: NONE, source: 'spire' },
  { product: 'gatekeeper', service: null, categories: NONE, source: 'gatekeeper' },
  { product: 'kyverno', service: null, categories: NONE, source: 'kyverno' },
  { product: 'argocd', service: null, categories: NONE, source: 'argocd' },
  { product: 'trivy', service: null, categories: NONE, source: 'trivy' },
  { product: 'counterfoil', service: 'events', categories: NONE, source: 'events' },
  // What public rules for Linux say of a new process, Tetragon says of each.
  {
    product: 'linux',
    service: null,
    categories: ['process_creation'],
    source: 'tetragon',
    member: 'process_exec',
  },
];

/** As a rule would write them. */
export const KNOWN_LOG_SOURCES = MAPPINGS.map((mapping) => written(shortest(mapping))).join(', ');

function shortest({ categories, product, service }: Mapping): LogSource {
  return { category: categories[0] ?? null, product, service };
}

function written({ category, product, service }: LogSource): string {
  const parts = Object.entries({ category, product, service }).filter(([, value]) => value);
  return `{${parts.map(([key, value]) => `${key}: ${value}`).join(', ')}}`;
}

/** What is wrong with a log source that is none of ours, and what it may have been meant to be. */
export function problemOfSource(logSource: LogSource): string {
  // Of a category that has to be written, fields are not those of others.
  const near = MAPPINGS.find(
    ({ product, categories }) => product === logSource.product?.toLowerCase() && categories[0] === null,
  );
  const what = `logsource is none that is read here: ${written(logSource)}`;
  if (near !== undefined) return `${what}; write ${written(shortest(near))}`;
  return `${what}; take the rule out, or write it for one of ${KNOWN_LOG_SOURCES}`;
}

/** The records that a log source means, or undefined where it is none of ours. */
export function sourceOf({ category, product, service }: LogSource): RuleSource | undefined {
  const found = MAPPINGS.find(
    (mapping) =>
      mapping.product === product && mapping.service === service && mapping.categories.includes(category),
  );
  return found === undefined ? undefined : { source: found.source, member: found.member ?? null };
}
