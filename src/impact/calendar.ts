/**
 * Business days of a payment system: Monday to Friday without its holidays.
 *
 * What: a calendar is a list of dates in a file that users can edit. Why dates and no Easter formula: central banks
 * publish dates, change them by announcement, and an auditor can compare a list. Why years count as covered only when a
 * date stands for them: a calendar that ends silently would call Christmas a business day, and a deadline too late is
 * money lost; beyond its years it answers nothing.
 *
 * Cost: a set look-up per day; ten business days are at most some 20 steps.
 * Worked example: TARGET, 2 business days after Thursday 2026-04-02 (before Easter) is Wednesday 2026-04-08: Friday and
 * Monday are holidays.
 * Source: data/calendars/*.yaml, each with its own.
 */
import { DataReader, pointerTo } from './data-reader.ts';
import { formatDay, isWeekend, parseDay, yearOf, type Day } from './day.ts';

/** Longer closures than this do not exist; more business days than this are a mistake. */
const MAX_STEPS = 4_000;
const MAX_HOLIDAYS = 10_000;

export class Calendar {
  readonly name: string;
  /** Years that have at least one holiday listed. */
  readonly years: ReadonlySet<number>;
  readonly #holidays: ReadonlySet<Day>;

  constructor(name: string, holidays: ReadonlySet<Day>) {
    this.name = name;
    this.#holidays = holidays;
    this.years = new Set([...holidays].map(yearOf));
  }

  /** Undefined for a day of a year that the calendar does not cover. */
  isBusinessDay(day: Day): boolean | undefined {
    if (!this.years.has(yearOf(day))) return undefined;
    return !isWeekend(day) && !this.#holidays.has(day);
  }

  /**
   * The n-th business day after a day; 0 is the day itself, or the first business day after it.
   * @returns undefined where the way there leaves the years of the calendar
   */
  addBusinessDays(day: Day, count: number): Day | undefined {
    let at = count === 0 ? day : day + 1;
    let left = Math.max(count, 1);
    for (let step = 0; step < MAX_STEPS; step += 1, at += 1) {
      const open = this.isBusinessDay(at);
      if (open === undefined) return undefined;
      if (open) left -= 1;
      if (left === 0) return at;
    }
    return undefined;
  }
}

/**
 * A calendar from the value of a YAML file (`calendar/1`).
 * @param file for messages
 * @throws CounterfoilError CF_DATA_FILE with every fault
 */
export function parseCalendar(value: unknown, file: string): Calendar {
  const read = new DataReader(file);
  const top = read.map(value, '', ['schema', 'name', 'source', 'retrieved', 'basis', 'holidays']);
  if (top['schema'] !== 'calendar/1') read.fault('/schema', 'must be calendar/1');
  const name = read.text(top['name'], '/name');
  read.text(top['source'], '/source');
  const holidays = new Set<Day>();
  const list = read.list(top['holidays'], '/holidays');
  if (list.length > MAX_HOLIDAYS) read.fault('/holidays', `must not list more than ${MAX_HOLIDAYS} dates`);
  for (const [index, entry] of list.slice(0, MAX_HOLIDAYS).entries()) {
    const pointer = pointerTo('/holidays', index);
    const day = holidayOf(entry, read, pointer);
    if (day === undefined) continue;
    if (holidays.has(day)) read.fault(pointer, `${formatDay(day)} stands twice`);
    holidays.add(day);
  }
  const calendar = new Calendar(name, holidays);
  const years = [...calendar.years].toSorted((a, b) => a - b);
  for (const year of missingBetween(years))
    read.fault('/holidays', `has no dates for ${year}, but for years around it`);
  if (years.length === 0) read.fault('/holidays', 'has no dates at all');
  read.finish('calendar');
  return calendar;
}

/** `2026-12-25`, or `{date: 2026-12-25, name: Christmas Day}`. */
function holidayOf(entry: unknown, read: DataReader, pointer: string): Day | undefined {
  const date = typeof entry === 'string' ? entry : read.map(entry, pointer, ['date', 'name'])['date'];
  const day = typeof date === 'string' ? parseDay(date) : undefined;
  if (day === undefined) read.fault(pointer, 'must name a day that exists, such as 2026-12-25');
  return day;
}

function missingBetween(years: readonly number[]): number[] {
  const [first] = years;
  const last = years.at(-1);
  if (first === undefined || last === undefined) return [];
  return Array.from({ length: last - first + 1 }, (_, i) => first + i).filter(
    (year) => !years.includes(year),
  );
}
