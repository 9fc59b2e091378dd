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

interface Mapping {
  product: string;
  service: string | null;
  /** Public rule sets file Kubernetes audit under `application`; no other category says anything here. */
  categories: readonly string[];
  source: SecuritySource;
}

const MAPPINGS: readonly Mapping[] = [
  { product: 'kubernetes', service: 'audit', categories: ['application'], source: 'kubernetes-audit' },
  { product: 'falco', service: null, categories: [], source: 'falco' },
  { product: 'tetragon', service: null, categories: [], source: 'tetragon' },
  { product: 'hubble', service: null, categories: [], source: 'hubble' },
  { product: 'istio', service: 'access', categories: [], source: 'istio' },
  { product: 'vault', service: 'audit', categories: [], source: 'vault' },
  { product: 'spire', service: 'audit', categories: [], source: 'spire' },
  { product: 'gatekeeper', service: null, categories: [], source: 'gatekeeper' },
  { product: 'kyverno', service: null, categories: [], source: 'kyverno' },
  { product: 'argocd', service: null, categories: [], source: 'argocd' },
  { product: 'trivy', service: null, categories: [], source: 'trivy' },
  { product: 'counterfoil', service: 'events', categories: [], source: 'events' },
];

/** As a rule would write them. */
export const KNOWN_LOG_SOURCES = MAPPINGS.map(written).join(', ');

function written({ category = null, product, service }: Partial<LogSource>): string {
  const parts = Object.entries({ category, product, service }).filter(([, value]) => value);
  return `{${parts.map(([key, value]) => `${key}: ${value}`).join(', ')}}`;
}

/** What is wrong with a log source that is none of ours, and what it may have been meant to be. */
export function problemOfSource(logSource: LogSource): string {
  const near = MAPPINGS.find(({ product }) => product === logSource.product?.toLowerCase());
  const what = `logsource is none that is read here: ${written(logSource)}`;
  if (near !== undefined) return `${what}; write ${written(near)}`;
  return `${what}; take the rule out, or write it for one of ${KNOWN_LOG_SOURCES}`;
}

/** The input that a log source means, or undefined where it is none of ours. */
export function sourceOf(logSource: LogSource): SecuritySource | undefined {
  const { category, product, service } = logSource;
  return MAPPINGS.find(
    (mapping) =>
      mapping.product === product &&
      mapping.service === service &&
      (category === null || mapping.categories.includes(category)),
  )?.source;
}
