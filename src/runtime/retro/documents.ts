/** What the retro lane found, as documents: of one event, its links, and the incident that they alone would make. */
import type { GroupingLimits } from '../../incidents/group.ts';
import type { EventDocument } from '../../model/documents/event.ts';
import type { IncidentDocument } from '../../model/documents/incident.ts';
import type { LinkDocument } from '../../model/documents/link.ts';
import type { Instant } from '../../model/instant.ts';
import type { JoinSettings } from '../../model/join-settings.ts';
import type { SecurityEvent } from '../../model/security-event.ts';
import type { FactStore } from '../../ports/fact-store.ts';
import { Assembly } from '../assembly.ts';
import { LazyList } from '../lazy-list.ts';
import { EventBook } from '../live/event-book.ts';
import type { RetroView } from './view.ts';

export interface RetroDocumentOptions {
  tenant: string;
  minP: number;
  grouping: GroupingLimits;
  report: { currency: string; rates: Record<string, string> } | null;
  services: string[];
  settings: JoinSettings;
  /** Null: the latest time that the engine has seen. */
  asOf: Instant | null;
  /** The incident that holds the event in the index; null: none, as always for a made-up event. */
  incidentId: string | null;
  /** Share of the event's window that the log still holds. */
  coverage: number;
}

export interface RetroDocuments {
  event: EventDocument;
  /** By link id. */
  links: LazyList<LinkDocument>;
  incidents: IncidentDocument[];
  /** Why nothing was linked; null where something was. */
  unlinkedReason: string | null;
}

export function retroDocuments(view: RetroView, options: RetroDocumentOptions): RetroDocuments {
  const { incidentId, coverage } = options;
  const asOf = options.asOf ?? view.latest ?? 0;
  const assembly = new Assembly(view, { ...options, asOf });
  const final = { revision: 1, state: 'final' as const };
  const [joined] = view.events;
  if (joined === undefined) throw new Error('one event was asked about');
  const event = assembly.event(joined, incidentId, final);
  const { links } = view;
  return {
    event,
    links: new LazyList(links.length, (index) => {
      const link = links[index];
      if (link === undefined) throw new RangeError('there is no such document');
      return assembly.link(link, incidentId, { ...final, coverage });
    }),
    incidents: assembly
      .incidents(assembly.components())
      .map((incident) => assembly.incident(incident, final)),
    unlinkedReason: event.links.unlinked_reason ?? null,
  };
}

/** An event as its stored matches make it; null where there are none. */
export async function storedEvent(
  facts: FactStore,
  eventId: string,
  options: { tenant: string; cluster: string | null; fold: boolean; settings: JoinSettings },
): Promise<SecurityEvent | null> {
  const { tenant, cluster, fold, settings } = options;
  const book = new EventBook(facts, { tenant, cluster, fold, sessionCap: settings.sessionCap });
  // A session that goes on lasts until the latest time that was seen (SPEC F4).
  const { latest = null } = ((await facts.progress())?.time ?? {}) as { latest?: Instant | null };
  return (await book.events([eventId], latest ?? 0)).get(eventId) ?? null;
}
