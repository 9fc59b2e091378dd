/** Parts that several documents share, from nouns. */
import type { Static } from 'typebox';
import type { ServiceAccount, StatedIdentity } from '../identity.ts';
import { formatInstant } from '../instant.ts';
import { formatAmount } from '../money.ts';
import type { ResourceRef } from '../observation.ts';
import type { Payment } from '../payment.ts';
import type { Recovery } from '../recovery.ts';
import type { SecurityEvent } from '../security-event.ts';
import type {
  ContainerPart,
  EventPart,
  KubernetesPart,
  OrchestratorPart,
  PaymentPart,
  RecoverPart,
  ThreatPart,
} from './parts.ts';
import { present, unlessEmpty, type Present } from './sealed.ts';

/** What both event and link documents say of the event; its action, user and message are the event document's. */
export function eventPart(event: SecurityEvent): Static<typeof EventPart> {
  return present({
    id: event.id,
    kind: 'alert' as const,
    dataset: event.dataset,
    severity: event.severity,
    start: formatInstant(event.start),
    end: formatInstant(event.end),
    count: event.count,
    count_capped: event.countCapped ? true : undefined,
    ongoing: event.ongoing ? true : undefined,
    original_id: event.originalIds,
  });
}

/** Undefined where no technique is known. */
export function threatPart(techniques: readonly string[]): Static<typeof ThreatPart> | undefined {
  return techniques.length === 0 ? undefined : { technique: { id: [...techniques] } };
}

export interface WhereParts {
  orchestrator: Static<typeof OrchestratorPart>;
  kubernetes: Static<typeof KubernetesPart>;
  container: Static<typeof ContainerPart>;
}

/** Where it happened. */
export function whereParts(
  identity: StatedIdentity,
  serviceAccount: ServiceAccount | null,
  resource: ResourceRef | null,
): Present<{ [K in keyof WhereParts]: WhereParts[K] | undefined }> {
  const { cluster, namespace, podName, podUid, containerId, containerName, node } = identity;
  return present({
    orchestrator: unlessEmpty(
      present({
        cluster: cluster === null ? undefined : { name: cluster },
        namespace,
        resource: resource === null ? undefined : resourcePart(resource),
      }),
    ),
    kubernetes: unlessEmpty(
      present({
        namespace,
        pod: unlessEmpty(present({ name: podName, uid: podUid })),
        node: node === null ? undefined : { name: node },
        service_account:
          serviceAccount === null
            ? undefined
            : { name: serviceAccount.name, namespace: serviceAccount.namespace },
      }),
    ),
    container: unlessEmpty(present({ id: containerId, name: containerName })),
  });
}

function resourcePart({ resource, subresource, name, namespace }: ResourceRef): {
  type: string;
  name?: string;
  namespace?: string;
} {
  return present({ type: subresource === null ? resource : `${resource}/${subresource}`, name, namespace });
}

/** @throws Error for minor units beyond 2^53 - 1, which no record can bring in (see parseAmount) */
export function paymentPart(payment: Payment, recovery: Recovery): PaymentPart {
  const { customerId, customerCountry, merchantId, currency, amountMinor } = payment;
  const minor = Number(amountMinor);
  if (!Number.isSafeInteger(minor)) throw new Error('an amount is beyond what a document can carry');
  return present({
    id: payment.id,
    aliases: payment.aliases.map(({ type, value }) => ({ type, value })),
    time: formatInstant(payment.time),
    rail: payment.rail,
    state: payment.state,
    amount: {
      value: formatAmount(amountMinor, currency),
      minor,
      remaining: formatAmount(recovery.remainingMinor, currency),
      currency,
    },
    customer: customerId === null ? undefined : present({ id: customerId, country: customerCountry }),
    merchant: merchantId === null ? undefined : { id: merchantId },
    recover: recoverParts(recovery),
    flags: recovery.flags.length === 0 ? undefined : [...recovery.flags],
  });
}

/** The steps by which money can be had back, in order; of money that is not out, none. */
function recoverParts({ chain, remainingMinor }: Recovery): RecoverPart[] {
  if (remainingMinor === 0n) return [];
  return chain.flatMap((step) => {
    if (step.class === 'final' || step.action === null) return [];
    const until = step.until === null ? null : formatInstant(step.until);
    return [{ class: step.class, action: step.action, until }];
  });
}
