/**
 * The formats that the configuration names for an input: which one a record is of is then found among those, and what is of another one is
 * refused with both names.
 *
 * Why: content tells formats apart by a few marks each, which own access-log formats or renamed keys may lack, or share. A record that has
 * no marks at all is read as the one format that is named, which says what is wrong with it.
 *
 * Worked example: `inputs.alerts.formats` names tetragon: an alert of Falco on that input is refused as `other_format`.
 */
import type { Place } from '../model/place.ts';
import { refusedAs, type Decoded } from './decoded.ts';

/** One format of records, by the name that the configuration gives it. */
export interface Format<T, C> {
  source: string;
  /** Marks that no other format has. */
  is: (value: unknown) => boolean;
  decode: (value: unknown, place: Place, context: C) => Decoded<T>;
}

/** Formats that were named, and where. */
export interface Named<F> {
  /** None: any format is taken. */
  formats: readonly F[];
  /** The option that names them. */
  option: string;
}

export const NONE_NAMED: Named<never> = { formats: [], option: '' };

/** Those that were named first: what has the marks of two formats is of the one that was expected. */
export function formatOf<F extends { is: (value: unknown) => boolean }>(
  value: unknown,
  all: readonly F[],
  named: Named<F>,
): F | undefined {
  return named.formats.find(({ is }) => is(value)) ?? all.find(({ is }) => is(value));
}

/**
 * How a record is read that is of a format, or of none.
 * @param otherwise reads what is of no format where none is named, and says what is wrong with it
 */
export function readerOf<T, C>(
  format: Format<T, C> | undefined,
  { formats, option }: Named<Format<T, C>>,
  otherwise: Format<T, C>['decode'],
): Format<T, C>['decode'] {
  const [first] = formats;
  if (first === undefined) return format?.decode ?? otherwise;
  if (format !== undefined && formats.includes(format)) return format.decode;
  const names = formats.map(({ source }) => source).join(', ');
  if (format !== undefined)
    return () => refusedAs('other_format', `The record is of ${format.source}; ${option} names ${names}.`);
  if (formats.length === 1) return first.decode;
  return () => refusedAs('unknown_format', `The record is of none of ${names}, which ${option} names.`);
}
