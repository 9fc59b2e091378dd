/** The log of the data folder. */
import { formatInstant } from '../../model/instant.ts';
import { counted } from '../texts/parts.ts';
import { notChecked, ok, problem, warning, type Check, type Finding, type Looks } from './check.ts';
import { bytesText } from './words.ts';

/** Where the log is this full, records go before `log.retention` is over. */
const NEARLY_FULL = 0.9;

export const LOG_CHECKS: readonly Check[] = [
  { name: 'log.frames', looksFor: 'every segment and record can be read', run: frames },
  { name: 'log.tail', looksFor: 'no write was cut short at its end', run: tail },
  {
    name: 'log.position',
    looksFor: 'what was taken is applied, and the position is one that the log holds',
    run: position,
  },
  { name: 'log.size', looksFor: 'it is well below `log.max_bytes`', run: size },
];

const placeOf = ({ folder, log }: Looks): string => log?.folder ?? `${folder.path}/log`;
const none = (looks: Looks): Finding => ok(placeOf(looks), 'there is none; only `run` keeps one');

function frames(looks: Looks): Finding[] {
  const { log } = looks;
  if (log === null) return [none(looks)];
  const damaged = log.damage.map((found) =>
    problem(log.folder, {
      found,
      why: 'These records were acknowledged. `run` does not start over them, and nothing can be joined from them again.',
      toDo: 'Do as it says. Looking has changed nothing.',
    }),
  );
  if (damaged.length > 0) return damaged;
  const times =
    log.earliest === null || log.latest === null
      ? 'none with a time'
      : `of ${formatInstant(log.earliest)} to ${formatInstant(log.latest)}`;
  const held = `${counted(log.end - log.begin, 'record')} in ${counted(log.segments, 'segment')}, ${times}`;
  if (log.unreadBytes === 0) return [ok(log.folder, `${held}; every one is sound`)];
  return [
    ok(log.folder, held),
    notChecked(
      log.folder,
      `the records of older segments, ${bytesText(log.unreadBytes)}, were not read; --full reads all`,
    ),
  ];
}

function tail(looks: Looks): Finding {
  const { log, index } = looks;
  if (log === null) return none(looks);
  if (log.unfinishedBytes === 0) return ok(log.folder, 'ends with a whole record');
  const unfinished = `${bytesText(log.unfinishedBytes)} behind the last whole record`;
  if (index.hasWriter) return ok(log.folder, `${unfinished}: a write that is under way`);
  return warning(log.folder, {
    found: `${unfinished}: a write that was cut short`,
    why: 'The process or the machine went down without warning. Nothing of it was acknowledged: the sender sends it again.',
    toDo: 'Nothing; the next start cuts it off. Find out why it went down.',
  });
}

function position(looks: Looks): Finding {
  const { log, index } = looks;
  const progress = index.content?.progress;
  const applied = progress?.positions['0'] ?? 0;
  if (log === null) return applied === 0 ? none(looks) : exchanged(placeOf(looks), 'is gone', applied);
  if (log.damage.length > 0) return notChecked(log.folder, 'the log is damaged');
  if (progress === undefined) return notChecked(log.folder, 'there is no index that can be read');
  if (applied > log.end) return exchanged(log.folder, `ends at record ${log.end}`, applied);
  if (applied < log.begin) return exchanged(log.folder, `begins at record ${log.begin}`, applied);
  const behind = log.end - applied;
  if (behind === 0) return ok(log.folder, 'every record is applied');
  if (index.hasWriter)
    return ok(log.folder, `${counted(behind, 'record')} behind its end at the last checkpoint`);
  return warning(log.folder, {
    found: `${counted(behind, 'record')} of ${counted(log.end - log.begin, 'record')} are not applied, and no process is there to do it`,
    why: 'They are safe, but in no link and no incident.',
    toDo: 'Start `run` with this data folder; it applies them first.',
  });
}

/** Log and index are not of one run, or one of them is older than the other. */
function exchanged(place: string, what: string, applied: number): Finding {
  return problem(place, {
    found: `${what}, and the index goes on at record ${applied}`,
    why: 'The log was cut or exchanged, or an old index was put beside it. `run` stops there: it cannot tell what it has seen.',
    toDo: 'Put the log back that belongs to this index, or move both away and start with empty ones.',
  });
}

function size(looks: Looks): Finding {
  const { config, log } = looks;
  if (log === null) return none(looks);
  const most = config['log.max_bytes'];
  const held = `${bytesText(log.bytes)} of ${bytesText(most)}`;
  if (log.bytes < NEARLY_FULL * most) return ok(log.folder, held);
  return warning(log.folder, {
    found: `${held}: nearly all that it may hold`,
    why: 'Records go before log.retention is over, and late events miss them; what is not applied makes the intake answer 503.',
    toDo: 'Set log.max_bytes higher, or log.retention lower.',
  });
}
