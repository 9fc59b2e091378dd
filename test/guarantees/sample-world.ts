/**
 * The real sample records with a world around them: for every pod or container that a record is about, spans of a
 * trace there and then, and a payment on that trace.
 */
import { readFileSync, readdirSync } from 'node:fs';
import type { OracleInput } from '../oracle/types.ts';

type Fields = Record<string, unknown>;

const FIXTURES = new URL('../fixtures/', import.meta.url);

function linesOf(name: string): Fields[] {
  const text = readFileSync(new URL(name, FIXTURES), 'utf8');
  return text.split('\n').flatMap((line) => (line.trim() === '' ? [] : [JSON.parse(line) as Fields]));
}

function objectOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

interface Place {
  time: string;
  attributes: Record<string, string>;
}

/** Where an audit record happened: the pod it is about, under its own namespace. */
function placesOfAudit(records: readonly Fields[]): Place[] {
  return records.flatMap((record) => {
    const { resource, namespace, name } = objectOf(record['objectRef']);
    const time = record['requestReceivedTimestamp'];
    const created = objectOf(objectOf(record['responseObject'])['metadata'])['name'];
    const pod = name ?? created;
    if (resource !== 'pods' || typeof time !== 'string' || typeof pod !== 'string') return [];
    return [{ time, attributes: { 'k8s.namespace.name': String(namespace), 'k8s.pod.name': pod } }];
  });
}

/** Where an alert happened: its container, and the 52 digits that the sensor cut off. */
function placesOfAlerts(alerts: readonly Fields[]): Place[] {
  return alerts.flatMap((alert) => {
    const fields = objectOf(alert['output_fields']);
    const short = fields['container.id'];
    if (typeof short !== 'string' || typeof alert['time'] !== 'string') return [];
    const attributes = {
      'container.id': short.padEnd(64, '7'),
      'k8s.namespace.name': String(fields['k8s.ns.name']),
      'k8s.pod.name': String(fields['k8s.pod.name']),
    };
    return [{ time: alert['time'], attributes }];
  });
}

/** Two spans: one there, half a minute later; one elsewhere that carries the payment's id. */
function traceAt(place: Place, n: number): Fields {
  const start = BigInt(Date.parse(place.time)) * 1_000_000n + 30_000_000_000n;
  const traceId = String(n + 1).padStart(32, '0');
  const text = (key: string, value: string): Fields => ({ key, value: { stringValue: value } });
  const span = (id: number, attributes: Fields[]): Fields => ({
    traceId,
    spanId: String(n * 2 + id).padStart(16, '0'),
    name: 'charge',
    startTimeUnixNano: String(start),
    endTimeUnixNano: String(start + 250_000_000n),
    attributes,
  });
  const there = Object.entries(place.attributes).map(([key, value]) => text(key, value));
  const resource = (attributes: Fields[], spans: Fields[]): Fields => ({
    resource: { attributes },
    scopeSpans: [{ spans }],
  });
  return {
    resourceSpans: [
      resource([text('service.name', 'ledger'), ...there], [span(1, [])]),
      resource([text('service.name', 'checkout')], [span(2, [text('payment.transaction_id', `pay_${n}`)])]),
    ],
  };
}

function paymentAt(place: Place, n: number): Fields {
  const time = new Date(Date.parse(place.time) + 31_000).toISOString();
  return { id: `pay_${n}`, time, state: 'authorized', rail: 'card', amount: `${n + 1}0.00`, currency: 'EUR' };
}

/** Falco's reports about itself are no events. */
function isAlert(alert: Fields): boolean {
  return !String(alert['rule']).startsWith('Falco internal:');
}

export function sampleInput(): OracleInput {
  const audit = readdirSync(new URL('k8s-audit-falco/', FIXTURES))
    .toSorted()
    .flatMap((name) => linesOf(`k8s-audit-falco/${name}`));
  const alerts = [...linesOf('falco-website/alerts.jsonl'), ...linesOf('falcosidekick/test-inputs.jsonl')];
  const own = alerts.filter(isAlert);
  const places = [...placesOfAudit(audit), ...placesOfAlerts(own)];
  const spans = places.map(traceAt);
  return { audit, alerts: own, events: [], spans, payments: places.map(paymentAt), cluster: null };
}
