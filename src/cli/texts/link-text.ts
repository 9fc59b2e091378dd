/** Why a link holds, for people. */
import type { LinkDocument } from '../../model/documents/link.ts';
import type { JoinSettings } from '../../model/join-settings.ts';
import type { Method } from '../../model/link.ts';
import { formatDuration } from '../../config/durations.ts';
import { printable } from '../text-width.ts';
import { confidenceParts } from './confidence-parts.ts';
import { amountText, facts, gapText } from './parts.ts';

/** Where each method found the two sides together: the hop of the join and what had to be equal. */
const MEETING: Readonly<Record<Method, string>> = {
  trace_exact: 'the event itself names the trace of the payment',
  container_overlap: 'same container, and the span was running during the event',
  container_interval: 'same container, the span near the event in time',
  pod_interval: 'same pod, another or an unknown container',
  payment_pod: "the payment's own record names the pod or container; no trace needed",
  identity_interval: 'a pod that runs as the service account of the event',
  network_interval: 'a flow between the two workloads in the window',
  workload_interval: 'another pod of the same workload',
  service_interval: 'only the service is known on the span, and it is one of the event',
  node_interval: 'same node',
};

export function linkLines(document: LinkDocument, settings: JoinSettings): string[] {
  const { event, rule, payment, link, span, trace, service, incident } = document;
  return [
    `Link ${link.id}: "${printable(rule.name)}" met payment ${printable(payment.id)}`,
    '',
    ...facts([
      [
        'event',
        `${event.id}, ${event.start}${event.end === event.start ? '' : ` to ${event.end}`}, ${event.dataset}`,
      ],
      ['payment', `${payment.id}, ${amountText(payment)}, ${payment.rail} ${payment.state}`],
      ['method', `${link.method}: ${MEETING[link.method]}`],
      ['matched', link.matched.field],
      ['  event', link.matched.event],
      ['  span', link.matched.span],
      ['span', span === undefined ? undefined : `${span.id}, ${span.start} to ${span.end}`],
      ['trace', trace?.id],
      ['service', service?.name],
      ['gap', gapText(Math.round(link.gap_ms * 1_000))],
      ['confidence', confidenceText(document, settings)],
      [
        'identity from',
        link.provenance === 'platform' ? 'the platform' : 'the workload itself, which can lie',
      ],
      ['also holds', link.methods.map(({ method, confidence }) => `${method} ${confidence}`).join(', ')],
      ['incident', incident?.id],
    ]),
  ];
}

/** `0.540924 = base 0.7 x f 0.965936 (half-life 30m) x 0.8 (order-level id)`. */
function confidenceText({ link }: LinkDocument, settings: JoinSettings): string {
  const parts = confidenceParts(link, settings);
  if (parts === null) return `${link.confidence}, made under other settings than those in force`;
  const factors = [`base ${parts.base}`];
  if (settings.methods[link.method].decays) {
    factors.push(
      `f ${parts.decay.toFixed(6)} (half of it every ${formatDuration(settings.halfLife)} of gap)`,
    );
  }
  if (parts.factor !== 1) factors.push(`${parts.factor} (bound by an order-level id)`);
  const cap = parts.capped ? `, at most ${settings.selfReportedCap} (self-reported identity)` : '';
  return `${link.confidence} = ${factors.join(' x ')}${cap}`;
}
