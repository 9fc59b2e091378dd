/**
 * Tables for people, as wide as the terminal at most.
 *
 * When the natural widths do not fit, columns that are spare go first, the last one before the others. Then the widest
 * column that may shrink gives up one character at a time, down to its minimum: long names lose their ends, numbers
 * and times stay whole. Cost: rows x columns plus the overflow.
 */
import { fit, pad, printable, widthOf } from './text-width.ts';

export interface Column {
  title: string;
  align?: 'left' | 'right';
  /** Fewest characters it may shrink to; absent: it never shrinks. */
  min?: number;
  /** Left out where the table is too wide. */
  spare?: boolean;
}

const GAP = '  ';

/** A column with its cells and the width it has now. */
interface Strip {
  column: Column;
  cells: string[];
  width: number;
}

/** Lines of the table: titles, then rows. `width` undefined: as wide as it needs. */
export function tableLines(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width?: number,
): string[] {
  const strips = columns.map((column, index): Strip => {
    const cells = [column.title, ...rows.map((row) => printable(row[index] ?? ''))];
    return { column, cells, width: Math.max(...cells.map((cell) => widthOf(cell))) };
  });
  const kept = width === undefined ? strips : shrunk(withoutSpare(strips, width), width);
  return Array.from({ length: rows.length + 1 }, (_, row) =>
    kept
      .map((strip) =>
        pad(fit(strip.cells[row] ?? '', strip.width), strip.width, strip.column.align ?? 'left'),
      )
      .join(GAP)
      .trimEnd(),
  );
}

function overflow(strips: readonly Strip[], width: number): number {
  return strips.reduce((sum, strip) => sum + strip.width, GAP.length * (strips.length - 1)) - width;
}

function withoutSpare(strips: readonly Strip[], width: number): Strip[] {
  const kept = [...strips];
  while (overflow(kept, width) > 0) {
    const last = kept.findLastIndex((strip) => strip.column.spare === true);
    if (last < 0) break;
    kept.splice(last, 1);
  }
  return kept;
}

function shrunk(strips: Strip[], width: number): Strip[] {
  for (let over = overflow(strips, width); over > 0; over--) {
    const able = strips.filter((strip) => strip.column.min !== undefined && strip.width > strip.column.min);
    const [first, ...others] = able;
    if (first === undefined) break;
    const widest = others.reduce((most, strip) => (strip.width > most.width ? strip : most), first);
    widest.width -= 1;
  }
  return strips;
}
