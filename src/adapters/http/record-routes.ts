/**
 * `POST /intake/…`: records as their senders write them, one route a format: one JSON value, an array, NDJSON, an EventList, lines of text.
 *
 * What the senders expect:
 * - the audit webhook of the Kubernetes API server posts an audit.k8s.io/v1 EventList and looks at the status only; 2xx is done,
 *   whatever the body, 429 and 5xx it sends again with a growing pause, all else it drops (k8s.io/apiserver,
 *   plugin/pkg/audit/webhook/webhook.go with pkg/util/webhook/webhook.go: WithExponentialBackoff, DefaultShouldRetry).
 * - Falco's http_output posts one alert a request and does not look at the answer at all: it only logs when the connection fails
 *   (userspace/falco/outputs_http.cpp), and does not send again. So back-pressure loses its alerts; falcosidekick or
 *   a Collector in between keeps them.
 * Both are content with 200 and the small JSON body below.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { InputName } from '../../model/accounting.ts';
import { CounterfoilError } from '../../model/errors.ts';
import type { GateAnswer, IntakeGate } from './intake-gate.ts';
import { bodyOf, encodingOf, mediaTypeOf } from './raw-body.ts';

/** By the name that stands in the address. */
export const RECORD_ROUTES: Readonly<Record<string, { input: InputName; what: string }>> = {
  'kubernetes-audit': { input: 'audit', what: 'Kubernetes audit events (audit.k8s.io/v1), an EventList too' },
  falco: { input: 'alerts', what: 'Falco alerts, as http_output and falcosidekick send them' },
  tetragon: { input: 'alerts', what: 'Events of Tetragon, as its export writes them' },
  hubble: { input: 'events', what: 'Flows of Cilium, as Hubble exports them' },
  istio: { input: 'events', what: 'Access logs of Envoy, Istio and ztunnel, in JSON or the default text' },
  vault: { input: 'events', what: 'Audit records of Vault' },
  spire: { input: 'events', what: 'Audit lines of the SPIRE server, in JSON or text' },
  gatekeeper: { input: 'events', what: 'Violations that OPA Gatekeeper found, of its log or export' },
  kyverno: { input: 'events', what: 'Policy reports, of Kyverno and others' },
  argocd: { input: 'events', what: 'Events, log lines and Applications of Argo CD' },
  trivy: { input: 'events', what: 'Reports of the Trivy operator' },
  payments: { input: 'payments', what: 'Payment events, in any form that is read' },
  iso20022: { input: 'payments', what: 'ISO 20022 documents (pacs.008, pacs.002, camt.056), XML' },
  iso8583: { input: 'payments', what: 'ISO 8583 messages, decoded to JSON or XML' },
  stripe: { input: 'payments', what: 'Webhook events of Stripe' },
  adyen: { input: 'payments', what: 'Webhooks of Adyen: notifications and transfers' },
  events: { input: 'events', what: 'Security events in our own form' },
};

/** Promised, and not built: better said than "not found". */
const NOT_YET = ['opa', 'terraform'];

export interface RecordRouteOptions {
  gate: IntakeGate;
  /** Inputs that can be ended; null: the run is not bounded. */
  bounded: readonly InputName[] | null;
}

export function addRecordRoutes(scope: FastifyInstance, { gate, bounded }: RecordRouteOptions): void {
  for (const [format, { input, what }] of Object.entries(RECORD_ROUTES)) {
    scope.post(`/intake/${format}`, { schema: schemaOf(format, what) }, async (request, reply) => {
      const name = `/intake/${format}`;
      const media = mediaOf(request);
      const encoding = encodingOf(request);
      await sendAnswer(reply, await gate.submit({ input, name, body: bodyOf(request), encoding, media }));
    });
  }
  for (const format of NOT_YET) {
    scope.post(`/intake/${format}`, { schema: { hide: true } }, () => {
      const built = Object.keys(RECORD_ROUTES).join(', ');
      throw new CounterfoilError('CF_NOT_BUILT', `/intake/${format} is not built yet. What works: ${built}.`);
    });
  }
  scope.post('/intake/_end', { schema: END_SCHEMA }, async (request, reply) => {
    for (const input of inputsToEnd(request, bounded)) await gate.end(input);
    return await reply.send({ ended: true });
  });
}

async function sendAnswer(reply: FastifyReply, answer: GateAnswer): Promise<void> {
  switch (answer.kind) {
    case 'taken': {
      const { records, items, refusedItems, refusals } = answer;
      await reply.send({
        records,
        accepted: items,
        refused: refusedItems,
        ...(refusals.length > 0 ? { refusals } : {}),
      });
      return;
    }
    case 'refused': {
      const problems = answer.refusals.map(({ reason, text, at }) => ({
        at: 'body#',
        text: `${at}: ${reason}: ${text}`,
      }));
      const text = 'Not one record of the body could be read; see errors. Sending it again is of no use.';
      throw new CounterfoilError('CF_INPUT_REFUSED', text, problems);
    }
    case 'busy': {
      const text = `Too much is on its way already. Send it again in ${answer.retryAfterSeconds} s.`;
      void reply.header('retry-after', answer.retryAfterSeconds);
      throw new CounterfoilError('CF_BUSY', text);
    }
    default:
      void reply.header('retry-after', answer.retryAfterSeconds);
      throw new CounterfoilError(answer.kind === 'full' ? 'CF_LOG_FULL' : 'CF_STOPPING', answer.text);
  }
}

/** Senders say all sorts of things of JSON (Falco: application/json, curl: a form); what is in it decides. */
function mediaOf(request: FastifyRequest): 'json' {
  if (mediaTypeOf(request).endsWith('protobuf'))
    throw new CounterfoilError(
      'CF_MEDIA_TYPE',
      'This input takes JSON, lines of text or XML. Protobuf goes to /v1/traces and /v1/logs.',
    );
  if (mediaTypeOf(request) === 'text/csv')
    throw new CounterfoilError(
      'CF_MEDIA_TYPE',
      'CSV is read from files alone (correlate --payments). Send each row as a JSON object, one on a line.',
    );
  return 'json';
}

/** @throws CounterfoilError CF_USAGE */
function inputsToEnd(request: FastifyRequest, bounded: readonly InputName[] | null): InputName[] {
  if (bounded === null)
    throw new CounterfoilError('CF_USAGE', 'Inputs end in a bounded run only: counterfoil run --bounded.');
  const { input } = request.query as Record<string, unknown>;
  const asked = (Array.isArray(input) ? input : [input]).map(String);
  const known = asked.filter((name): name is InputName => bounded.includes(name as InputName));
  if (known.length === asked.length) return known;
  throw new CounterfoilError('CF_USAGE', `input must be one of ${bounded.join(', ')}.`, [
    { at: 'querystring#/input', text: `must be one of ${bounded.join(', ')}` },
  ]);
}

const COUNT = { type: 'integer', minimum: 0 };

const TAKEN = {
  description: 'The records are durable.',
  type: 'object',
  properties: {
    records: COUNT,
    accepted: {
      ...COUNT,
      description:
        'Items: a record may hold several, or none that is a fact. What is too late or from the future is told when it is applied: dead letters with `beyond_horizon` and `skewed`.',
    },
    refused: { ...COUNT, description: 'Records and items that became dead letters.' },
    refusals: {
      type: 'array',
      description: 'The first of them.',
      items: {
        type: 'object',
        properties: { reason: { type: 'string' }, text: { type: 'string' }, at: { type: 'string' } },
      },
    },
  },
};

function schemaOf(format: string, what: string) {
  return {
    operationId: `intake_${format.replaceAll('-', '_')}`,
    summary: what,
    description:
      'One JSON value, an array or NDJSON, lines of text, or XML; plain, gzip or zstd. 200 is sent when the records are durable. One bad record does not hold up the others: it becomes a dead letter. 422: nothing could be read; 429 and 503 carry Retry-After.',
    tags: ['intake'],
    consumes: ['application/json', 'application/x-ndjson', 'text/plain', 'application/xml'],
    body: { type: 'string', format: 'binary' },
    response: { 200: TAKEN },
  };
}

const END_SCHEMA = {
  operationId: 'endInput',
  summary: 'Says that nothing more comes of an input (bounded runs)',
  description: '`input` names it, and may be repeated. When all have ended, every document becomes final.',
  tags: ['intake'],
  querystring: {
    type: 'object',
    properties: { input: { type: 'array', items: { type: 'string' } } },
    required: ['input'],
  },
  response: {
    200: { description: 'It has ended.', type: 'object', properties: { ended: { type: 'boolean' } } },
  },
};
