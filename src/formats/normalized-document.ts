/** The document that `normalize` prints for one fact: the parts of DESIGN section 8, absent ones left out. */
import type { Json } from '../model/json.ts';
import { formatInstant } from '../model/instant.ts';
import { formatAmount } from '../model/money.ts';
import type { Observation } from '../model/observation.ts';
import { referenceIn, type PaymentEvent } from '../model/payment.ts';

type Part = { [key: string]: Json };

export function normalizedObservation(observation: Observation, tenant: string): Json {
  const { identity, resource, serviceAccount, stage } = observation;
  return compact({
    '@timestamp': formatInstant(observation.start),
    schema: 'normalized/1',
    tenant,
    event: compact({
      kind: observation.kind,
      dataset: observation.dataset,
      action: observation.action,
      outcome: observation.outcome,
      severity: observation.severity,
      start: formatInstant(observation.start),
      end: formatInstant(observation.end),
      ongoing: stage?.session === true && stage.rank === 1 ? true : null,
      original_id: observation.nativeId === null ? [] : [observation.nativeId],
    }),
    rule: observation.rule,
    threat: observation.techniques.length === 0 ? null : { technique: { id: observation.techniques } },
    orchestrator: compact({
      cluster: named(identity.cluster),
      namespace: identity.namespace ?? resource?.namespace ?? null,
      resource:
        resource === null
          ? null
          : compact({ type: typeOf(resource), namespace: resource.namespace, name: resource.name }),
    }),
    kubernetes: compact({
      namespace: identity.namespace,
      pod: compact({ name: identity.podName, uid: identity.podUid }),
      node: named(identity.node),
      service_account: serviceAccount === null ? null : { ...serviceAccount },
    }),
    container: compact({ id: identity.containerId, name: identity.containerName }),
    user: named(observation.actor),
    trace: observation.traceId === null ? null : { id: observation.traceId },
    message: observation.message,
  });
}

export function normalizedPaymentEvent(event: PaymentEvent): Json {
  return compact({
    '@timestamp': formatInstant(event.time),
    schema: 'normalized/1',
    tenant: event.tenant,
    event: {
      id: event.id,
      kind: 'state',
      dataset: 'counterfoil.payment',
      action: event.state,
      start: formatInstant(event.time),
    },
    payment: compact({
      id: event.ownId ?? referenceIn(event.aliases) ?? null,
      aliases: event.aliases.map(({ type, value }) => ({ type, value })),
      time: formatInstant(event.time),
      rail: event.rail,
      state: event.state,
      amount:
        event.amountMinor === null || event.currency === null
          ? null
          : { value: formatAmount(event.amountMinor, event.currency), currency: event.currency },
      customer: compact({ id: event.customerId, country: event.customerCountry }),
      merchant: compact({ id: event.merchantId }),
      attributes: Object.keys(event.attributes).length === 0 ? null : { ...event.attributes },
    }),
    service: named(event.service),
    trace: event.traceId === null ? null : { id: event.traceId },
    orchestrator: compact({ cluster: named(event.cluster), namespace: event.namespace }),
    kubernetes: compact({
      namespace: event.namespace,
      pod: compact({ name: event.podName, uid: event.podUid }),
    }),
    container: compact({ id: event.containerId }),
  });
}

function typeOf(resource: { resource: string; subresource: string | null }): string {
  return resource.subresource === null ? resource.resource : `${resource.resource}/${resource.subresource}`;
}

function named(name: string | null): Part | null {
  return name === null ? null : { name };
}

/** Without what is absent; null where nothing is left. */
function compact(part: { [key: string]: Json | undefined }): Part | null {
  let stated: Part | null = null;
  for (const name of Object.keys(part)) {
    const value = part[name];
    if (value !== null && value !== undefined) (stated ??= {})[name] = value;
  }
  return stated;
}
