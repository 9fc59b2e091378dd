/** Flows of Hubble: cases, one thing different at a time. A flow is refused by policy unless a case says otherwise. */
import { readFileSync } from 'node:fs';
import type { Json } from '../../../src/model/ids.ts';
import type { RawRecord } from '../observation.ts';
import type { ProductCases } from './case.ts';

const LEDGER: Json = { namespace: 'payments', pod_name: 'ledger-1', labels: ['k8s:app=ledger'] };
const NOTIFY: Json = { namespace: 'payments', pod_name: 'notify-1', labels: ['k8s:app=notify'] };
const PROMETHEUS: Json = {
  namespace: 'monitoring',
  pod_name: 'prometheus-0',
  labels: ['k8s:app=prometheus'],
};
const SYSTEM: Json = { namespace: 'kube-system', pod_name: 'csi-node-1', labels: ['k8s:app=csi'] };
const DNS: Json = { namespace: 'kube-system', pod_name: 'coredns-1', labels: ['k8s:k8s-app=kube-dns'] };
const WORLD: Json = { labels: ['reserved:world'] };
const API_SERVER: Json = { labels: ['reserved:kube-apiserver', 'reserved:remote-node'] };
const METADATA = '169.254.169.254';

function flow(direction: string, from: Json, to: Json, more: { [key: string]: Json } = {}): RawRecord {
  return {
    flow: {
      time: '2026-03-10T14:00:02.118999Z',
      uuid: '0f6b3b3c-6f2e-4f0e-9b0a-0d1a2b3c4d5e',
      verdict: 'DROPPED',
      drop_reason_desc: 'POLICY_DENIED',
      traffic_direction: direction,
      IP: { source: '10.0.0.1', destination: '10.0.0.2', ipVersion: 'IPv4' },
      l4: { TCP: { source_port: 40000, destination_port: 5432, flags: { SYN: true } } },
      source: from,
      destination: to,
      is_reply: false,
      ...more,
    },
    node_name: 'prod-eu/node-1',
    time: '2026-03-10T14:00:02.118999Z',
  };
}

/** A line of the real sample: what a cluster exported. */
function sample(line: number): RawRecord {
  const text = readFileSync(new URL('../../fixtures/hubble-flows/small.jsonl', import.meta.url), 'utf8');
  return JSON.parse(text.split('\n')[line] ?? '') as RawRecord;
}

const PASSED = { verdict: 'FORWARDED', drop_reason_desc: 'DROP_REASON_UNKNOWN' };
const TO_DNS = { l4: { UDP: { source_port: 40000, destination_port: 53 } } };

export const HUBBLE: ProductCases = {
  inbound_denied: {
    hits: [
      ['a real one, without a reason', sample(0)],
      ['from another workload', flow('INGRESS', NOTIFY, LEDGER)],
      ['as newer releases spell it', flow('INGRESS', NOTIFY, LEDGER, { drop_reason_desc: 'POLICY_DENY' })],
    ],
    misses: [
      ['let through', flow('INGRESS', NOTIFY, LEDGER, PASSED)],
      [
        'lost for another reason',
        flow('INGRESS', NOTIFY, LEDGER, { drop_reason_desc: 'STALE_OR_UNROUTABLE_IP' }),
      ],
      ['from the outside', flow('INGRESS', WORLD, LEDGER)],
      ['monitoring', flow('INGRESS', PROMETHEUS, LEDGER)],
      ['an add-on', flow('INGRESS', SYSTEM, LEDGER)],
      ['an answer', flow('INGRESS', NOTIFY, LEDGER, { is_reply: true })],
    ],
  },
  outbound_denied: {
    hits: [
      ['a real one, without a reason', sample(2)],
      ['to another workload', flow('EGRESS', NOTIFY, LEDGER)],
    ],
    misses: [
      ['let through', flow('EGRESS', NOTIFY, LEDGER, PASSED)],
      ['to the outside has its own', flow('EGRESS', NOTIFY, WORLD)],
      ['a question for a name has its own', flow('EGRESS', NOTIFY, DNS, TO_DNS)],
      ['an add-on', flow('EGRESS', SYSTEM, LEDGER)],
      ['an answer', flow('EGRESS', LEDGER, NOTIFY, { is_reply: true })],
    ],
  },
  egress_to_world_denied: {
    hits: [
      ['an address outside', flow('EGRESS', NOTIFY, WORLD)],
      ['by its family', flow('EGRESS', NOTIFY, { labels: ['reserved:world-ipv4'] })],
    ],
    misses: [
      ['let through', flow('EGRESS', NOTIFY, WORLD, PASSED)],
      ['within the cluster', flow('EGRESS', NOTIFY, LEDGER)],
      ['an add-on', flow('EGRESS', SYSTEM, WORLD)],
      ['an answer', flow('EGRESS', NOTIFY, WORLD, { is_reply: true })],
      ['a question for a name has its own', flow('EGRESS', NOTIFY, WORLD, TO_DNS)],
      [
        'metadata has its own',
        flow('EGRESS', NOTIFY, WORLD, { IP: { source: '10.0.0.1', destination: METADATA } }),
      ],
      ['the machine itself', flow('EGRESS', { labels: ['reserved:host'] }, WORLD)],
    ],
  },
  metadata_service_called: {
    hits: [
      [
        'it answered',
        flow('EGRESS', NOTIFY, WORLD, { ...PASSED, IP: { source: '10.0.0.1', destination: METADATA } }),
      ],
      ['refused', flow('EGRESS', NOTIFY, WORLD, { IP: { source: '10.0.0.1', destination: METADATA } })],
      ['over IPv6', flow('EGRESS', NOTIFY, WORLD, { ...PASSED, IP: { destination: 'fd00:ec2::254' } })],
    ],
    misses: [
      [
        'a neighbour of that address',
        flow('EGRESS', NOTIFY, WORLD, { ...PASSED, IP: { destination: '169.254.20.10' } }),
      ],
      [
        'an answer',
        flow('EGRESS', NOTIFY, WORLD, { ...PASSED, is_reply: true, IP: { destination: METADATA } }),
      ],
      ['a driver of the cloud', flow('EGRESS', SYSTEM, WORLD, { ...PASSED, IP: { destination: METADATA } })],
      [
        'the machine',
        flow('EGRESS', { labels: ['reserved:host'] }, WORLD, { ...PASSED, IP: { destination: METADATA } }),
      ],
    ],
  },
  api_server_denied: {
    hits: [['a workload', flow('EGRESS', NOTIFY, API_SERVER)]],
    misses: [
      ['let through', flow('EGRESS', NOTIFY, API_SERVER, PASSED)],
      ['an add-on', flow('EGRESS', SYSTEM, API_SERVER)],
      ['an answer', flow('EGRESS', NOTIFY, API_SERVER, { is_reply: true })],
      ['another machine', flow('EGRESS', NOTIFY, { labels: ['reserved:remote-node'] })],
    ],
  },
  dns_denied: {
    hits: [
      [
        'a name',
        flow('EGRESS', NOTIFY, DNS, {
          ...TO_DNS,
          l7: { type: 'REQUEST', dns: { query: 'x1.evil.example.', qtypes: ['TXT'] } },
        }),
      ],
      ['another name server', flow('EGRESS', NOTIFY, WORLD, TO_DNS)],
    ],
    misses: [
      ['answered', flow('EGRESS', NOTIFY, DNS, { ...TO_DNS, ...PASSED })],
      [
        'the proxy was busy',
        flow('EGRESS', NOTIFY, DNS, { ...TO_DNS, drop_reason_desc: 'PROXY_REDIRECTION_NOT_SUPPORTED' }),
      ],
      ['an answer', flow('EGRESS', NOTIFY, WORLD, { ...TO_DNS, is_reply: true })],
      ['the name server itself', flow('EGRESS', DNS, WORLD, TO_DNS)],
    ],
  },
};
