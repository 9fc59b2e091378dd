/** The table and calendars that come with Counterfoil, and payments to ask it about. */
import { readCalendars, readDataValue } from '../../src/config/data-files.ts';
import { parseCalendar, type Calendar } from '../../src/impact/calendar.ts';
import { parseRecoverability, type RecoverabilityTable } from '../../src/impact/recoverability.ts';
import type { RecoverablePayment } from '../../src/impact/recovery.ts';
import { CounterfoilError } from '../../src/model/errors.ts';
import { formatInstant, parseInstant, type Instant } from '../../src/model/instant.ts';
import type { Recovery } from '../../src/model/recovery.ts';

export function calendars(): Record<string, Calendar> {
  return Object.fromEntries(
    [...readCalendars()].map(([name, { file, value }]) => [name, parseCalendar(value, file)]),
  );
}

export function shippedTable(years: readonly number[] = []): RecoverabilityTable {
  const { file, value } = readDataValue('recoverability.yaml');
  return parseRecoverability(value, calendars(), file, years);
}

/** An RFC 3339 time in UTC. */
export function utc(text: string): Instant {
  const instant = parseInstant(text);
  if (instant === undefined) throw new Error(`no time: ${text}`);
  return instant;
}

export function payment(over: Partial<RecoverablePayment> = {}): RecoverablePayment {
  return {
    rail: 'card',
    state: 'authorized',
    stateAt: utc('2026-03-10T14:00:00Z'),
    amountMinor: 120_000n,
    currency: 'EUR',
    attributes: {},
    ...over,
  };
}

/** The chain as lines: `stoppable void 2026-03-10T20:00:00.000Z`. */
export function chainText({ chain }: Recovery): string[] {
  return chain.map(({ class: kind, action, until }) =>
    [kind, action ?? '-', until === null ? '-' : formatInstant(until)].join(' '),
  );
}

/** The faults of a data file that `make` parses, one a line; none where it is taken. */
export function dataFaults(make: () => unknown): string[] {
  try {
    make();
  } catch (error) {
    if (error instanceof CounterfoilError && error.code === 'CF_DATA_FILE') {
      return error.problems.map(({ at, text }) => `${at} ${text}`);
    }
    throw error;
  }
  return [];
}
