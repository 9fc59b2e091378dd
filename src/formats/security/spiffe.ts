/**
 * Service accounts in SPIFFE ids as Istio and the Kubernetes registrar of SPIRE make them: `/ns/NAMESPACE/sa/NAME`. A
 * SPIFFE id of any other path names a workload, but no service account.
 */
import type { ServiceAccount } from '../../model/identity.ts';

/** With its scheme (certificates) or without (Istio's principals). */
const OF_ACCOUNT = /^(?:spiffe:\/\/)?[^/\s]{1,255}\/ns\/([^/\s]{1,63})\/sa\/([^/\s]{1,253})$/;

export function serviceAccountOfSpiffe(id: string | null): ServiceAccount | null {
  const [, namespace, name] = OF_ACCOUNT.exec(id ?? '') ?? [];
  return namespace === undefined || name === undefined ? null : { namespace, name };
}
