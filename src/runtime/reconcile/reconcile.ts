/**
 * The live recall figure (DESIGN 4.5): what the live lane linked, against what the retro lane says of the same events.
 *
 * The two find links in different ways, the one as records come, through windows and hot lists, the other by two passes over what is
 * kept. They must agree (SPEC R2); where they do not, the live lane has lost something, and this says of how much.
 *
 * What counts is what people see: links are read as documents, and twice, since records come meanwhile. Missing is what the retro lane has and
 * no document has after it has looked; too much is what a document had before it looked, and it does not have. An event of which not all records are kept any more says nothing, and is left out; so is what is left when the time is over.
 *
 * Cost: a question to the retro lane for each event. Worked example: 50 events, 5,120 links in the retro lane, of which 5,060 are live;
 * recall is 0.988, and the three events whose links are missing are named.
 */
import type { CounterfoilError } from '../../model/errors.ts';
import type { SecurityEvent } from '../../model/security-event.ts';
import type { Clock } from '../../ports/clock.ts';
import type { IncidentIndex } from '../../ports/incident-index.ts';
import { storedEvent } from '../retro/documents.ts';
import { retroOfEach, type RetroJoined, type RetroOptions, type RetroPorts } from '../retro/retro.ts';

type LinkReader = Pick<IncidentIndex, 'linksOfEvent'>;

type LiveLinks = ReadonlySet<string>;

export interface ReconcilePorts extends RetroPorts {
  index: LinkReader;
  clock: Pick<Clock, 'elapsedMs'>;
}

export interface ReconcileOptions extends RetroOptions {
  fold: boolean;
  /** Whether all records of an event's time are kept. */
  isCovered: (event: SecurityEvent) => boolean;
  /** No event is begun after so long. */
  budgetMs: number;
}

/** An event of which the two lanes say different things. */
export interface Difference {
  eventId: string;
  /** Links that only the retro lane has, and that only the live lane has. */
  missing: number;
  extra: number;
}

export interface Reconciled {
  /** Events that were compared. */
  events: number;
  /** That were not: their records are not kept any more, they are no events any more, or time was over. */
  leftOut: number;
  /** Links in the retro lane, and those of them that are live too. */
  links: number;
  found: number;
  /** In order of event id. */
  differences: Difference[];
}

const PAGE = 1_000;

/**
 * Compares the lanes for some events.
 * @param before `liveLinksOfEach` of these events, from before what the ports read was opened
 */
export async function reconcile(
  eventIds: readonly string[],
  before: ReadonlyMap<string, LiveLinks>,
  ports: ReconcilePorts,
  options: ReconcileOptions,
): Promise<Reconciled> {
  const done: Reconciled = { events: 0, leftOut: 0, links: 0, found: 0, differences: [] };
  const until = ports.clock.elapsedMs() + options.budgetMs;
  const events = await comparable(eventIds, ports, options);
  for await (const { view } of kept(events, ports, options)) {
    const eventId = view.events[0]?.event.id ?? '';
    const said = new Set(view.links.map(({ link }) => link.id));
    const live = await liveLinksOf(eventId, ports.index, options.tenant);
    const found = [...said].filter((id) => live.has(id)).length;
    const missing = said.size - found;
    const extra = [...live].filter((id) => before.get(eventId)?.has(id) === true && !said.has(id)).length;
    done.events += 1;
    done.links += said.size;
    done.found += found;
    if (missing + extra > 0) done.differences.push({ eventId, missing, extra });
    if (ports.clock.elapsedMs() >= until) break;
  }
  return { ...done, leftOut: eventIds.length - done.events };
}

/** Topics say that they do not keep a range any more only when they are read. */
async function* kept(
  events: readonly SecurityEvent[],
  ports: ReconcilePorts,
  options: ReconcileOptions,
): AsyncGenerator<RetroJoined> {
  for (let at = 0; at < events.length; at += 1)
    try {
      for await (const joined of retroOfEach(events.slice(at), ports, options)) {
        yield joined;
        at += 1;
      }
      return;
    } catch (error) {
      if ((error as Partial<CounterfoilError>).code !== 'CF_LOG_GONE') throw error;
    }
}

async function comparable(
  eventIds: readonly string[],
  { facts }: ReconcilePorts,
  options: ReconcileOptions,
): Promise<SecurityEvent[]> {
  const events: SecurityEvent[] = [];
  for (const eventId of eventIds) {
    const event = await storedEvent(facts, eventId, options);
    if (event !== null && options.isCovered(event)) events.push(event);
  }
  return events;
}

/** Ids of the links that hold, by event. */
export async function liveLinksOfEach(
  eventIds: readonly string[],
  index: LinkReader,
  tenant: string,
): Promise<Map<string, LiveLinks>> {
  const links = new Map<string, LiveLinks>();
  for (const eventId of eventIds) links.set(eventId, await liveLinksOf(eventId, index, tenant));
  return links;
}

async function liveLinksOf(eventId: string, index: LinkReader, tenant: string): Promise<LiveLinks> {
  const ids = new Set<string>();
  for (let cursor: string | null = null; ;) {
    const page: Awaited<ReturnType<IncidentIndex['linksOfEvent']>> = await index.linksOfEvent(
      tenant,
      eventId,
      { limit: PAGE, cursor },
    );
    for (const { link } of page.items) if (link.status === 'live') ids.add(link.id);
    cursor = page.next;
    if (cursor === null) return ids;
  }
}
