/** A security event and the payments it met, for people. */
import type { EventDocument } from '../../model/documents/event.ts';
import type { LinkDocument } from '../../model/documents/link.ts';
import { tableLines } from '../table.ts';
import { printable } from '../text-width.ts';
import { amountText, counted, facts } from './parts.ts';

const COLUMNS = [
  { title: 'payment', min: 8 },
  { title: 'amount', align: 'right' as const },
  { title: 'state', min: 8 },
  { title: 'method', min: 10 },
  { title: 'sure', align: 'right' as const },
  { title: 'link', min: 8 },
];

export function eventLines(
  document: EventDocument,
  links: readonly LinkDocument[],
  width?: number,
): string[] {
  const { event, rule, kubernetes, container, user, orchestrator, threat, trace, incident } = document;
  const pod = kubernetes?.pod?.name ?? kubernetes?.pod?.uid;
  const flags = document.links.flags.join(', ');
  return [
    `Event ${event.id}: ${printable(rule.name)}`,
    '',
    ...facts([
      ['from', `${event.start} to ${event.end}${event.ongoing === true ? ' (its end was not seen)' : ''}`],
      [
        'seen',
        event.count === 1 ? 'once' : `${event.count}${event.count_capped === true ? ' or more' : ''} times`,
      ],
      ['severity', `${event.severity} of 100`],
      ['source', event.dataset],
      ['action', event.action],
      ['outcome', event.outcome],
      ['rule', rule.id],
      ['techniques', threat?.technique.id.join(', ')],
      ['actor', user?.name],
      ['cluster', orchestrator?.cluster?.name],
      [
        'pod',
        pod === undefined
          ? undefined
          : [kubernetes?.namespace, pod].filter((part) => part !== undefined).join('/'),
      ],
      ['container', container?.id ?? container?.name],
      ['node', kubernetes?.node?.name],
      ['trace', trace?.id],
      ['original ids', event.original_id.slice(0, 5).join(', ')],
      ['flags', flags],
      ['incident', incident?.id],
    ]),
    '',
    ...linkLines(document, links, width),
  ];
}

function linkLines(document: EventDocument, links: readonly LinkDocument[], width?: number): string[] {
  if (document.links.total === 0) {
    const why = document.links.unlinked_reason;
    return [why === undefined ? 'It met no payment.' : `It met no payment: ${printable(why)}.`];
  }
  const rows = links.map(({ payment, link }) => [
    payment.id,
    amountText(payment),
    `${payment.rail} ${payment.state}`,
    link.method,
    link.confidence.toFixed(2),
    link.id,
  ]);
  const inner = width === undefined ? undefined : width - 2;
  const more = document.links.total - links.length;
  return [
    `It met ${counted(document.links.total, 'payment')}`,
    ...tableLines(COLUMNS, rows, inner).map((line) => `  ${line}`),
    ...(more > 0 ? [`  and ${more.toLocaleString('en')} more`] : []),
  ];
}
