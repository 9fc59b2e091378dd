/** How far the workers are behind their topics, and whether there are any. */
import { FORBIDDEN_GROUP, type GroupLook, type PartitionProgress } from '../../adapters/kafka/groups-look.ts';
import { formatDuration } from '../../config/durations.ts';
import { counted } from '../texts/parts.ts';
import { notChecked, ok, problem, warning, type Finding } from './check.ts';
import { KAFKA } from './check-kafka.ts';
import { faultText, type ServerCheck } from './server-check.ts';
import { LONG_BEHIND, type RoleGroup, type ServersLook } from './servers-look.ts';

export const LAG_CHECKS: readonly ServerCheck[] = [
  {
    name: 'kafka.lag',
    looksFor: 'each kind of worker is there, keeps up with its topics, and lost nothing to their retention',
    run: lag,
  },
];

function lag({ kafka: { cluster }, groups }: ServersLook): Finding[] {
  if (cluster === null) return [notChecked(KAFKA, 'no broker answers')];
  if (groups.length === 0) return [notChecked(KAFKA, 'these workers read no topic')];
  return groups.flatMap((asked) => {
    const look = cluster.groups.find(({ group }) => group === asked.group);
    return look === undefined ? [] : [groupFinding(asked, look)];
  });
}

function groupFinding({ role, group }: RoleGroup, look: GroupLook): Finding {
  const place = `workers of ${role} (group ${group})`;
  if (look.fault !== null) return notChecked(place, faultText(look.fault));
  if (look.error !== null)
    return notChecked(
      place,
      look.error === FORBIDDEN_GROUP
        ? `may not be seen by this user (${look.error})`
        : `the broker that keeps the group does not answer for it yet (${look.error}); look again`,
    );
  if (look.progress.length === 0) return notChecked(place, 'their topics are missing, or may not be seen');
  const { progress } = look;
  const behind = progress.reduce((sum, each) => sum + each.end - (each.next ?? each.begin), 0);
  const lost = progress.filter(({ next, begin }) => next !== null && next < begin);
  if (lost.length > 0) return overtaken(place, lost);
  // The incidents worker is no member: it only writes down how far it has come.
  const isThere = role === 'incidents' ? null : look.members > 0;
  if (isThere === false) return absent(place, role, behind, progress);
  const who = isThere === null ? '' : `${counted(look.members, 'worker')}, `;
  if (!progress.some(isLongBehind)) return ok(place, `${who}${counted(behind, 'record')} behind`);
  return warning(place, {
    found: `${who}${counted(behind, 'record')} behind, some of them for more than ${formatDuration(LONG_BEHIND)}`,
    why: 'Incidents are told that much later; when retention overtakes the worker, records are lost.',
    toDo: `Read the log of the workers; where they keep up no more, start more of them, up to one for each partition.`,
  });
}

function overtaken(place: string, lost: readonly PartitionProgress[]): Finding {
  const records = lost.reduce((sum, { next, begin }) => sum + begin - (next ?? begin), 0);
  const [first] = lost;
  return problem(place, {
    found: `${counted(records, 'record')} were dropped by the retention of ${first?.topic ?? 'the topic'} before anybody read them`,
    why: 'They are in no link and no incident, and cannot be had again from Kafka.',
    toDo: 'Give the topics more retention and start the workers; `counterfoil replay` takes the records from files, where there are some.',
  });
}

function absent(
  place: string,
  role: string,
  behind: number,
  progress: readonly PartitionProgress[],
): Finding {
  const isNew = progress.every(({ next }) => next === null);
  if (isNew && behind === 0) return ok(place, 'none has read yet, and there is nothing to read');
  return warning(place, {
    found: `${isNew ? 'none has ever read' : 'there is none now'}; ${counted(behind, 'record')} wait`,
    why: `Until one reads them they are in no link, and what retention drops meanwhile never is.`,
    toDo: `Start one: counterfoil run --role ${role}`,
  });
}

/** Of a partition whose newest record is older than that, nothing was appended since. */
function isLongBehind({ next, end, since }: PartitionProgress): boolean {
  return next !== null && next < (since ?? end);
}
