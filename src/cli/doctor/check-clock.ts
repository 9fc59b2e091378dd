/** The clock of this machine against those that wrote the records. */
import { formatDuration } from '../../config/durations.ts';
import { formatInstant, MICROS_PER_SECOND } from '../../model/instant.ts';
import { notChecked, ok, problem, warning, type Check, type Finding, type Looks } from './check.ts';
import { spanText } from './words.ts';

/** A file of this machine that is younger than its clock: more than what rounding does. */
const BACK = 2 * MICROS_PER_SECOND;

export const CLOCK_CHECKS: readonly Check[] = [
  { name: 'clock.machine', looksFor: 'the clock has not gone back behind what was written', run: machine },
  {
    name: 'clock.records',
    looksFor: 'no record lies in the future by more than `join.max_skew`',
    run: records,
  },
  {
    name: 'clock.synchronised',
    looksFor: 'the clock is kept right by the network (Linux with systemd-timesyncd)',
    run: synchronised,
  },
];

function machine({ log, now }: Looks): Finding {
  const place = 'clock of this machine';
  if (log === null || log.writtenAt === 0)
    return notChecked(place, `${formatInstant(now)}; there is no log that it can be compared with`);
  if (log.writtenAt <= now + BACK) return ok(place, `${formatInstant(now)}, after the last write to the log`);
  return problem(place, {
    found: `${formatInstant(now)}; the log was written ${spanText(log.writtenAt - now)} later than that`,
    why: 'The clock has gone back: records of now count as from the future and are set aside, and nothing closes in time.',
    toDo: 'Set the clock right, and have it kept right (NTP).',
  });
}

function records({ config, log, now }: Looks): Finding {
  const place = 'times of the records';
  if (log === null || log.latest === null) return notChecked(place, 'the log holds no record with a time');
  const ahead = log.latest - now;
  const maxSkew = config['join.max_skew'];
  if (ahead <= maxSkew)
    return ok(
      place,
      `the latest is of ${formatInstant(log.latest)}, not ahead of now by more than join.max_skew`,
    );
  return warning(place, {
    found: `the latest is of ${formatInstant(log.latest)}, ${spanText(ahead)} ahead of now; join.max_skew is ${formatDuration(maxSkew)}`,
    why: 'What lies further ahead is set aside, and is in no link: an attacker with a wrong clock would not be seen.',
    toDo: 'Set the clock of the sender right (the dead letters name the input), or that of this machine.',
  });
}

function synchronised({ machine: { clockSynchronised } }: Looks): Finding {
  const place = 'synchronisation of the clock';
  if (clockSynchronised === null)
    return notChecked(place, 'no sign of systemd-timesyncd here; other programs were not asked');
  if (clockSynchronised) return ok(place, 'systemd-timesyncd has set the clock');
  return warning(place, {
    found: 'systemd-timesyncd runs, and has not set the clock',
    why: 'A clock that drifts moves every window and every deadline.',
    toDo: 'See: timedatectl timesync-status.',
  });
}
