/** How a table names calendars: `calendars: {TARGET: {file: calendars/target.yaml}}`, or just by the file's name. */
import type { Calendar } from './calendar.ts';
import { pointerTo, type DataReader } from './data-reader.ts';

/** Parsed calendars by name of their file without folder and ending. */
export type Calendars = Readonly<Record<string, Calendar>>;

/**
 * A look-up that knows the names that the table declares, and the names of the files; case does not matter.
 * @param declared the `calendars` of the table; undefined where it declares none
 */
export function calendarsOf(
  declared: unknown,
  calendars: Calendars,
  read: DataReader,
): (name: string) => Calendar | undefined {
  const byName = new Map(Object.entries(calendars).map(([name, calendar]) => [name.toLowerCase(), calendar]));
  const entries = declared === undefined ? [] : Object.entries(read.map(declared, '/calendars', null));
  for (const [name, value] of entries) {
    const pointer = pointerTo('/calendars', name);
    const file = read.text(read.map(value, pointer, ['file'])['file'], `${pointer}/file`);
    const calendar = byName.get(baseName(file));
    if (calendar === undefined) read.fault(`${pointer}/file`, 'is no calendar of the folder calendars');
    else byName.set(name.toLowerCase(), calendar);
  }
  return (name) => byName.get(name.toLowerCase());
}

function baseName(file: string): string {
  return (file.split('/').at(-1) ?? file).replace(/\.ya?ml$/, '').toLowerCase();
}
