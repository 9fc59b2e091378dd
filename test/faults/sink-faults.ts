/** What a way to Elasticsearch can do to writes, in terms of the fault proxy. */
import type { Faults } from '../adapters/elasticsearch/fault-proxy.ts';
import type { SinkFault } from './fault-plan.ts';

const ITEM_STATUS = { '409': 409, '429 of some': 429 } as const;

/** Spoils bulk writes; reads go through, but where nobody is let in. */
export function faultsOf(fault: SinkFault): Faults {
  switch (fault) {
    case 'hang':
    case 'lose':
      return ({ path }) => (path.startsWith('/_bulk') ? { kind: fault } : null);
    case '409':
    case '429 of some':
      return ({ path }) => (path.startsWith('/_bulk') ? everyOther(ITEM_STATUS[fault]) : null);
    case '400 of one':
      return ({ path }) =>
        path.startsWith('/_bulk')
          ? {
              kind: 'items',
              statusOf: (item) => (item === 0 ? 400 : null),
              type: 'document_parsing_exception',
            }
          : null;
    case '413':
      // As a proxy does: by the size of the request, and never for a single document.
      return ({ path, body }) =>
        path.startsWith('/_bulk') && body.split('\n').length > 4 ? { kind: 'answer', status: 413 } : null;
    case '429':
    case '503':
      return ({ path }) => (path.startsWith('/_bulk') ? { kind: 'answer', status: Number(fault) } : null);
    default:
      return () => ({ kind: 'answer', status: Number(fault), type: 'security_exception' });
  }
}

function everyOther(status: number): ReturnType<Faults> {
  return { kind: 'items', statusOf: (item) => (item % 2 === 0 ? status : null) };
}
