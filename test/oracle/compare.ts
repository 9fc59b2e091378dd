/** The engine's links against the oracle's: every difference in a line that says what was expected. */
import type { LinkDocument } from '../../src/model/documents/link.ts';
import { canonical, micros } from './text.ts';
import type { OracleLink, OracleResult } from './types.ts';

/**
 * Differences in words, sorted; empty when the engine found exactly the oracle's links with the same best way, other
 * methods, confidence, gap, matched values, trace and span, and agrees on their events and payments.
 */
export function compareLinks(oracle: OracleResult, engineLinks: LinkDocument[]): string[] {
  const differences: string[] = [];
  const expected = new Map(oracle.links.map((link) => [link.id, link]));
  const seen = new Set<string>();
  for (const document of engineLinks) {
    const { id } = document.link;
    const link = expected.get(id);
    if (seen.has(id)) differences.push(`${id}: the engine gives it twice`);
    else if (link === undefined)
      differences.push(`${describeDocument(document)}: the oracle has no such link`);
    else differences.push(...compareLink(link, document), ...compareFacts(oracle, document));
    seen.add(id);
  }
  for (const link of oracle.links) {
    if (!seen.has(link.id)) differences.push(`${describe(link)}: missing in the engine's links`);
  }
  return differences.toSorted();
}

function describe(link: OracleLink): string {
  const where = link.traceId === null ? '' : ` trace ${link.traceId} span ${link.spanId ?? 'none'}`;
  return `${link.id} (${link.eventId} -> ${link.paymentId}, ${link.method} ${link.confidence}, gap ${link.gapMs} ms${where})`;
}

function describeDocument(document: LinkDocument): string {
  const { id, method, confidence, gap_ms: gap } = document.link;
  const { event, rule, payment, trace, span } = document;
  const where = trace === undefined ? '' : ` trace ${trace.id} span ${span?.id ?? 'none'}`;
  return `${id} (${event.id} of ${rule.id} -> ${payment.id}, ${method} ${confidence}, gap ${gap} ms${where})`;
}

function compareLink(expected: OracleLink, document: LinkDocument): string[] {
  const { link } = document;
  return unequal(describe(expected), [
    ['event', expected.eventId, document.event.id],
    ['payment', expected.paymentId, document.payment.id],
    ['method', expected.method, link.method],
    ['confidence', expected.confidence, link.confidence],
    ['gap_ms', expected.gapMs, link.gap_ms],
    ['provenance', expected.provenance, link.provenance],
    ['methods', expected.methods, link.methods],
    ['matched', expected.matched, link.matched],
    ['trace', expected.traceId, document.trace?.id ?? null],
    ['span', expected.spanId, document.span?.id ?? null],
  ]);
}

/** What the link says of its event and payment. */
function compareFacts(oracle: OracleResult, document: LinkDocument): string[] {
  const event = oracle.events.find(({ id }) => id === document.event.id);
  const payment = oracle.payments.find(({ id }) => id === document.payment.id);
  if (event === undefined || payment === undefined) return [];
  return [
    ...unequal(`event ${event.id}`, [
      ['start', event.start, micros(document.event.start)],
      ['end', event.end, micros(document.event.end)],
      ['count', event.count, document.event.count],
      ['original_id', event.originalIds, document.event.original_id],
      ['ongoing', event.ongoing, document.event.ongoing ?? false],
    ]),
    ...unequal(`payment ${payment.id}`, [
      ['time', payment.time, micros(document.payment.time)],
      ['state', payment.state, document.payment.state],
      ['rail', payment.rail, document.payment.rail],
    ]),
  ];
}

function unequal(what: string, rows: [name: string, expected: unknown, actual: unknown][]): string[] {
  return rows
    .filter(([, expected, actual]) => canonical(expected) !== canonical(actual))
    .map(
      ([name, expected, actual]) =>
        `${what}: ${name} should be ${canonical(expected)}, is ${canonical(actual)}`,
    );
}
