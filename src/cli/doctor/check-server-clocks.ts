/**
 * The clocks of the servers against ours. Each was read between a question and its answer, so it lies within two bounds; only what is off
 * whatever way the time went is told. Worked example: asked at 10.0 s, answered at 10.4 s, said 12.5 s: it is ahead by 2.1 s at least.
 */
import { formatDuration } from '../../config/durations.ts';
import type { ClockReading } from '../../ports/clock-reading.ts';
import { notChecked, ok, problem, type Finding, type Looks } from './check.ts';
import type { ServerCheck } from './server-check.ts';
import type { ServersLook } from './servers-look.ts';
import { spanText } from './words.ts';

export const SERVER_CLOCK_CHECKS: readonly ServerCheck[] = [
  {
    name: 'clock.servers',
    looksFor:
      'the clocks of Redis and Elasticsearch and that of this machine differ by no more than `join.skew`',
    run: clocks,
  },
];

function clocks({ redis, elastic }: ServersLook, { everything }: Looks): Finding[] {
  const readings = [
    ...(redis?.nodes ?? []).flatMap(({ clock }) =>
      clock === null ? [] : [{ ...clock, of: `Redis at ${clock.of}` }],
    ),
    ...(elastic?.cluster?.clocks ?? []).map((clock) => ({ ...clock, of: `Elasticsearch, ${clock.of}` })),
  ];
  const { skew } = everything.settings;
  return [
    ...readings.map((reading) => clockFinding(reading, skew)),
    notChecked('clocks of Kafka brokers', 'brokers do not tell their time'),
  ];
}

function clockFinding({ of, asked, said, answered }: ClockReading, skew: number): Finding {
  const [ahead, behind] = [said - answered, asked - said];
  const place = `clock of ${of}`;
  const off = Math.max(ahead, behind);
  if (off <= skew) return ok(place, 'not off from ours by more than join.skew');
  return problem(place, {
    found: `${spanText(off)} ${ahead > behind ? 'ahead of' : 'behind'} that of this machine; join.skew is ${formatDuration(skew)}`,
    why: 'Events and spans of machines whose clocks differ by more miss each other, or meet where they should not.',
    toDo: 'Have both clocks kept right (NTP); where several servers are off alike, it is the one of this machine.',
  });
}
