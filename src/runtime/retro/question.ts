/**
 * A question about yesterday as an event: "pod X, 14:00-18:00" is an observation that nobody made, folded like any other,
 * so that the same join answers it. It is stored nowhere, and teaches the inventory nothing: that somebody asks about a
 * pod proves nothing of it.
 *
 * Worked example: pod payments/ledger-1, 14:00-18:00 becomes an event of rule `retro:pod` with start 14:00 and end 18:00;
 * spans that ended up to `join.before` earlier or began up to `join.after` later match too, and their gap says so.
 */
import { Fold } from '../../join/fold.ts';
import { NO_IDENTITY, type StatedIdentity } from '../../model/identity.ts';
import { formatInstant } from '../../model/instant.ts';
import type { Observation } from '../../model/observation.ts';
import type { RetroQuestion } from '../../model/retro-question.ts';
import type { SecurityEvent } from '../../model/security-event.ts';

/** @param cluster of records that name none; null: none configured */
export function eventAbout(question: RetroQuestion, cluster: string | null, tenant: string): SecurityEvent {
  const observation = observationOf(question, cluster);
  const what = question.containerId === null ? 'pod' : 'container';
  const rule = { id: `retro:${what}`, name: `Question about a ${what}` };
  const fold = new Fold(tenant, true);
  // Nothing was detected, so nothing is severe.
  fold.add({ observation, rule, severity: 0, techniques: [] }, false);
  const [event] = fold.events();
  if (event === undefined) throw new Error('one observation makes one event');
  return event;
}

function observationOf(question: RetroQuestion, cluster: string | null): Observation {
  const { from, to } = question;
  const identity = identityOf(question, cluster);
  return {
    source: 'events',
    dataset: 'counterfoil.retro',
    kind: 'event',
    start: from,
    end: to,
    timeText: formatInstant(from),
    nativeId: null,
    nativeTuple: ['retro', { ...identity }, from, to],
    stage: null,
    identity,
    serviceAccount: null,
    credentialId: null,
    actor: null,
    resource: null,
    action: 'retro',
    outcome: 'unknown',
    rule: null,
    severity: null,
    techniques: [],
    traceId: null,
    // Two questions about one pod that begin in the same minute are two events.
    detail: `${from}/${to}`,
    message: null,
    fields: {},
    sightings: [],
    place: { input: 'retro', line: 0, column: 0 },
  };
}

function identityOf({ pod, containerId }: RetroQuestion, cluster: string | null): StatedIdentity {
  const named = pod === null ? {} : 'uid' in pod ? { podUid: pod.uid } : podName(pod);
  return { ...NO_IDENTITY, cluster, containerId, ...named };
}

function podName({ namespace, name }: { namespace: string; name: string }): Partial<StatedIdentity> {
  return { namespace, podName: name };
}
