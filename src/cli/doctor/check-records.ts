/** What became of the records: dead letters, accounts, inputs that have gone quiet. */
import { accountingErrors, type InputName } from '../../model/accounting.ts';
import { formatInstant, MICROS_PER_HOUR, type Instant } from '../../model/instant.ts';
import { INPUT_NAMES } from '../compose.ts';
import { counted } from '../texts/parts.ts';
import { notChecked, ok, problem, warning, type Check, type Finding, type Looks } from './check.ts';
import { spanText } from './words.ts';

/** An input that had records, and then none for so long, has more likely lost its sender than its subject. */
const QUIET_AFTER = MICROS_PER_HOUR;
/** Without these nothing is ever linked. */
const NEEDED: readonly InputName[] = ['spans', 'payments'];

export const RECORD_CHECKS: readonly Check[] = [
  { name: 'records.dead-letters', looksFor: 'no record was refused', run: deadLetters },
  { name: 'records.accounts', looksFor: 'every record is accounted for', run: accounts },
  { name: 'records.quiet', looksFor: 'no input that had records has gone quiet', run: quiet },
];

function deadLetters({ index: { content } }: Looks): Finding {
  const place = 'dead letters';
  if (content === null) return notChecked(place, 'there is no index that can be read');
  const { kept, dropped, newest } = content.deadLetters;
  if (newest === null) return ok(place, 'none');
  const older = dropped === 0 ? '' : `, and ${counted(dropped, 'older one')} were dropped`;
  return warning(place, {
    found: `${counted(kept, 'letter')}${older}; the newest: ${newest.reason} in ${newest.input}, ${newest.place}: ${newest.text}`,
    why: 'These records are in no link. Many of one reason mean a sender that is set up wrongly.',
    toDo: 'Read them at /api/v1/dead-letters of `run`, mend the sender, and send them again.',
  });
}

function accounts({ index: { content } }: Looks): Finding[] {
  const place = 'accounts of the records';
  const accounting = content?.progress?.accounting;
  if (accounting === undefined) return [notChecked(place, '`run` has recorded nothing here')];
  const errors = accountingErrors(accounting);
  if (errors.length === 0) return [ok(place, 'records and items add up for every input')];
  return errors.map((found) =>
    problem(place, {
      found,
      why: 'Something was lost or counted twice; figures of this folder cannot be trusted.',
      toDo: 'Keep a copy of the folder and report it: this is a fault of Counterfoil.',
    }),
  );
}

/**
 * The watermarks cannot tell: those of a quiet input go on with the wall clock. So the times of the records in the log are
 * compared, with now where a process takes records, and with the latest record of all where none does.
 */
function quiet({ now, log, index, latestOf }: Looks): Finding[] {
  const place = 'inputs';
  const inputs = index.content?.progress?.accounting.inputs ?? {};
  if (log === null) return [notChecked(place, '`run` has recorded nothing here')];
  const latest = Math.max(0, ...latestOf.values());
  const reference = index.hasWriter ? now : Math.min(now, latest);
  // The accounts are those of the last checkpoint; the log may know of more.
  const seen = INPUT_NAMES.filter((name) => latestOf.has(name) || (inputs[name]?.records ?? 0) > 0);
  const found = [
    ...seen.flatMap((name) => quietInput(name, latestOf.get(name), reference)),
    ...(seen.length === 0 ? [] : NEEDED.filter((name) => !seen.includes(name)).map(neverSeen)),
  ];
  if (found.length > 0) return found;
  const times = seen.map((name) => `${name} ${formatInstant(latestOf.get(name) ?? 0)}`);
  return [
    ok(place, times.length === 0 ? 'no record came yet' : `latest record of each: ${times.join(', ')}`),
  ];
}

function quietInput(name: InputName, latest: Instant | undefined, reference: Instant): Finding[] {
  if (latest !== undefined && reference - latest <= QUIET_AFTER) return [];
  const since =
    latest === undefined
      ? 'the part of the log that was read'
      : `${formatInstant(latest)}, ${spanText(reference - latest)} ago`;
  return [
    warning(`input ${name}`, {
      found:
        latest === undefined
          ? `had records once, and has none in ${since}`
          : `has had nothing since ${since}`,
      why: 'A sender that is gone looks like a quiet day. Silencing telemetry is what an attacker does, too.',
      toDo: 'See whether its sender still runs and reaches this machine.',
    }),
  ];
}

function neverSeen(name: InputName): Finding {
  return warning(`input ${name}`, {
    found: 'never had a record, and others had',
    why: `Without ${name} nothing is linked.`,
    toDo:
      name === 'spans'
        ? 'Point an OTLP exporter or the Collector here.'
        : 'Send payments to /intake/payments.',
  });
}
