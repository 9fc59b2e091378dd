/** The cases of all default rules, by product as the folders of data/rules are. */
import type { ProductCases } from './case.ts';
import { HUBBLE } from './hubble.ts';
import { ISTIO } from './istio.ts';
import { KUBERNETES_CORE } from './kubernetes-core.ts';
import { KUBERNETES_RIGHTS } from './kubernetes-rights.ts';
import { KUBERNETES_WORKLOADS } from './kubernetes-workloads.ts';
import { ARGOCD, FALCO, GATEKEEPER, KYVERNO, SPIRE, TETRAGON } from './sensors.ts';
import { VAULT } from './vault.ts';

export const CASES: Readonly<Record<string, ProductCases>> = {
  argocd: ARGOCD,
  falco: FALCO,
  gatekeeper: GATEKEEPER,
  hubble: HUBBLE,
  istio: ISTIO,
  kubernetes: { ...KUBERNETES_CORE, ...KUBERNETES_RIGHTS, ...KUBERNETES_WORKLOADS },
  kyverno: KYVERNO,
  spire: SPIRE,
  tetragon: TETRAGON,
  vault: VAULT,
};
