/**
 * The title of an incident: what a person reads first, in a list of many. It says the gravest thing that happened, where,
 * how much else, and how many payments it met. It follows from content alone, so it is the same in every replay.
 *
 * Worked example: `Command run in a pod: payments/ledger-7d9f and 2 more rules; 14 payments linked`.
 */
import type { SecurityEvent } from '../model/security-event.ts';

const MAX_RULE = 80;
const MAX_PLACE = 80;

/**
 * @param events of the incident, in any order
 * @param payments how many distinct payments count as linked
 */
export function incidentTitle(events: readonly SecurityEvent[], payments: number): string {
  const gravest = events.toSorted(
    (a, b) => b.severity - a.severity || a.start - b.start || (a.id < b.id ? -1 : 1),
  )[0];
  const others = new Set(events.map(({ rule }) => rule.id)).size - 1;
  const what = gravest === undefined ? 'No event' : plain(gravest.rule.name, MAX_RULE);
  const where = gravest === undefined ? '' : plain(placeOf(gravest), MAX_PLACE);
  const more = others > 0 ? ` and ${counted(others, 'more rule')}` : '';
  return `${where === '' ? what : `${what}: ${where}`}${more}; ${counted(payments, 'payment')} linked`;
}

/** The narrowest place that the event states. */
function placeOf({ identity, serviceAccount, resource }: SecurityEvent): string {
  const { namespace, podName, podUid, containerId, node } = identity;
  if (podName !== null) return named(namespace, podName);
  if (podUid !== null) return `pod ${podUid}`;
  if (containerId !== null) return `container ${containerId.slice(0, 12)}`;
  if (resource !== null && resource.name !== null) {
    return `${resource.resource} ${named(resource.namespace, resource.name)}`;
  }
  if (serviceAccount !== null) return `account ${named(serviceAccount.namespace, serviceAccount.name)}`;
  if (node !== null) return `node ${node}`;
  return namespace === null ? '' : `namespace ${namespace}`;
}

function named(namespace: string | null, name: string): string {
  return namespace === null || namespace === '' ? name : `${namespace}/${name}`;
}

/** One line of at most `max` characters: names come from outside. */
function plain(text: string, max: number): string {
  const line = text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim();
  const characters = Array.from(line);
  return characters.length <= max ? line : `${characters.slice(0, max - 1).join('')}…`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
