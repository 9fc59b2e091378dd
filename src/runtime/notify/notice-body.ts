/**
 * What a notice says: a CloudEvent in JSON, with `type`, `timestamp` and `data` as Standard Webhooks asks for. Its id depends on what
 * is told, not on when: the same incident, or the same deadline of it, is told under the same id after any crash.
 *
 * Sums and names of the incident stand in it, no payment and no customer: a pager is not where those belong, the page behind the
 * link is.
 */
import type { IncidentDocument } from '../../model/documents/incident.ts';
import { sha256Hex } from '../../model/ids.ts';
import { formatInstant, type Instant, type Micros } from '../../model/instant.ts';
import type { Notice } from '../../ports/notices.ts';

/** A deadline of an incident, as its document has it, and when it is. */
export interface NearDeadline {
  at: Instant;
  row: IncidentDocument['impact']['clock'][number];
}

export interface NoticeSettings {
  tenant: string;
  /** The page of an incident. */
  linkOf: (incidentId: string) => string;
}

/** How long it is tried to tell something. */
const MAX_AGE: Micros = 24 * 3_600 * 1_000_000;
/** Titles are made of names that others chose. */
const MAX_TITLE = 300;
const MAX_ROWS = 50;

/** That an incident is new. */
export function openedNotice(document: IncidentDocument, now: Instant, settings: NoticeSettings): Notice {
  const { id } = document.incident;
  const noticeId = idOf(settings.tenant, 'incident.opened', id, null);
  return noticeOf(
    noticeId,
    'incident.opened',
    document,
    { key: id, now, expiresAt: now + MAX_AGE, more: {} },
    settings,
  );
}

/**
 * That money of an incident can be stopped or recalled for a short time only.
 * @param key under which the incident is told
 * @param near at least one, earliest deadline first
 */
export function deadlineNotice(
  document: IncidentDocument,
  key: string,
  near: readonly NearDeadline[],
  now: Instant,
  settings: NoticeSettings,
): Notice {
  const [first, last] = [near[0]?.at ?? now, near.at(-1)?.at ?? now];
  const noticeId = idOf(settings.tenant, 'deadline.near', key, first);
  const deadlines = near.slice(0, MAX_ROWS).map(({ row }) => row);
  const expiresAt = Math.min(last, now + MAX_AGE);
  return noticeOf(
    noticeId,
    'deadline.near',
    document,
    { key, now, expiresAt, more: { deadlines } },
    settings,
  );
}

interface Particulars {
  key: string;
  now: Instant;
  expiresAt: Instant;
  more: object;
}

function noticeOf(
  id: string,
  type: string,
  document: IncidentDocument,
  { key, now, expiresAt, more }: Particulars,
  { tenant, linkOf }: NoticeSettings,
): Notice {
  const { incident, impact } = document;
  const time = formatInstant(now);
  const body = {
    specversion: '1.0',
    id,
    source: `/counterfoil/${tenant}`,
    type,
    subject: incident.id,
    time,
    timestamp: time,
    datacontenttype: 'application/json',
    data: {
      incident: {
        id: incident.id,
        title: incident.title.slice(0, MAX_TITLE).toWellFormed(),
        severity: incident.severity,
        status: incident.status,
        start: incident.start,
        end: incident.end,
        ...(incident.continues === undefined ? {} : { continues: incident.continues }),
      },
      notify_key: key,
      money: { as_of: impact.as_of, exposures: impact.exposures },
      ...more,
      link: linkOf(incident.id),
    },
  };
  return { id, body: JSON.stringify(body), expiresAt, attempts: 0 };
}

function idOf(tenant: string, type: string, key: string, deadline: Instant | null): string {
  return `msg_${sha256Hex(JSON.stringify(['notice', tenant, type, key, deadline])).slice(0, 32)}`;
}
