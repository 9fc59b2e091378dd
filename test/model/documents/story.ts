/** The event, payment and link of DESIGN section 8, and what the published schemas say of a document. */
import addFormats from 'ajv-formats';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { recoveryOf } from '../../../src/impact/recovery.ts';
import { DOCUMENT_SCHEMAS } from '../../../src/model/documents/json-schemas.ts';
import type { LinkContext } from '../../../src/model/documents/to-link.ts';
import { incidentId, linkId } from '../../../src/model/ids.ts';
import type { Recovery } from '../../../src/model/recovery.ts';
import { shippedTable } from '../../impact/shipped.ts';
import { link, payment, securityEvent, utc } from '../../incidents/builders.ts';

const ajv = new Ajv2020({ allErrors: true, strict: true });
addFormats.default(ajv);

/** What the published schema says against a document, after a trip through JSON. */
export function faults(name: 'event' | 'incident' | 'link' | 'payment', document: object): string[] {
  const validate = ajv.getSchema(`${name}/1`) ?? ajv.compile(DOCUMENT_SCHEMAS[`${name}.schema.json`] ?? {});
  const valid = validate(JSON.parse(JSON.stringify(document)));
  return (valid === true ? [] : (validate.errors ?? [])).map(
    ({ instancePath, message }) => `${instancePath} ${message}`,
  );
}

export const NOTHING: Recovery = {
  remainingMinor: 0n,
  chain: [{ class: 'final', action: null, until: null, recovery: 0 }],
  flags: [],
};
export const FINAL = { revision: 1, state: 'final' } as const;

/** The story of DESIGN section 8. */
export const POD_UID = '5f1c2f0e-7a0b-4a51-9c55-0d3f6a1b2c3d';
export const CONTAINER = 'c0ffee'.repeat(10) + 'c0ff';
export const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
export const EVENT = securityEvent({
  id: 'ev_aaaaaaaaaaaaaaaaaaaaaaaaaa',
  rule: { id: 'falco:Terminal shell in container', name: 'Terminal shell in container' },
  severity: 73,
  techniques: ['T1059'],
  start: utc('2026-03-10T14:00:02.118Z'),
  originalIds: ['7b6c0d1e'],
  identity: {
    cluster: 'prod-eu',
    namespace: 'payments',
    podName: 'ledger-7d9f-x2x4q',
    podUid: POD_UID,
    containerId: CONTAINER,
    containerName: null,
    node: 'node-3',
  },
  actor: 'root',
  message: 'a shell was spawned',
});
export const PAYMENT = payment({
  id: 'pay_881',
  aliases: [{ type: 'end_to_end_id', value: 'E2E-1' }],
  time: utc('2026-03-10T14:00:01Z'),
  stateAt: utc('2026-03-10T14:00:01Z'),
  customerId: 'c-1',
  merchantId: 'm-1',
});
export const RECOVERY = recoveryOf(PAYMENT, shippedTable());
export const LINK = link(EVENT.id, PAYMENT.id, 0.9, {
  id: linkId('default', EVENT.id, PAYMENT.id),
  method: 'container_overlap',
  methods: [{ method: 'pod_interval', confidence: 0.6 }],
  matched: { field: 'container.id', event: CONTAINER, span: CONTAINER },
  traceId: TRACE,
  span: { id: '00f067aa0ba902b7', start: utc('2026-03-10T14:00:01.5Z'), end: utc('2026-03-10T14:00:03.25Z') },
});
export const LINK_CONTEXT: LinkContext = {
  event: EVENT,
  payment: PAYMENT,
  recovery: RECOVERY,
  identity: null,
  service: 'ledger',
  incidentId: incidentId('default', EVENT.id),
  status: 'live',
  meta: { revision: 1, state: 'final', coverage: 1 },
};
