/**
 * Tables for people, as wide as the terminal at most.
 *
 * When the natural widths do not fit, the widest column that may shrink gives up one column at a time, down to its
 * minimum: long names lose their ends first, numbers and times stay whole. Cost: rows x columns plus the overflow.
 */
import { fit, pad, printable, widthOf } from './text-width.ts';

export interface Column {
  title: string;
  align?: 'left' | 'right';
  /** Fewest columns it may shrink to; absent: it never shrinks. */
  min?: number;
}

const GAP = '  ';

/** Lines of the table: titles, then rows. `width` undefined: as wide as it needs. */
export function tableLines(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width?: number,
): string[] {
  const cells = rows.map((row) => columns.map((_, index) => printable(row[index] ?? '')));
  const widths = columns.map((column, index) =>
    Math.max(widthOf(column.title), ...cells.map((row) => widthOf(row[index] ?? ''))),
  );
  if (width !== undefined) shrink(columns, widths, width);
  const line = (row: readonly string[]): string =>
    columns
      .map((column, index) =>
        pad(fit(row[index] ?? '', widths[index] ?? 0), widths[index] ?? 0, column.align ?? 'left'),
      )
      .join(GAP)
      .trimEnd();
  return [line(columns.map((column) => column.title)), ...cells.map((row) => line(row))];
}

function shrink(columns: readonly Column[], widths: number[], width: number): void {
  let over = widths.reduce((sum, each) => sum + each, GAP.length * (columns.length - 1)) - width;
  for (; over > 0; over--) {
    let widest = -1;
    columns.forEach((column, index) => {
      const mayShrink = column.min !== undefined && (widths[index] ?? 0) > column.min;
      if (mayShrink && (widest < 0 || (widths[index] ?? 0) > (widths[widest] ?? 0))) widest = index;
    });
    if (widest < 0) return;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
}
