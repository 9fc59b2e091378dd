/** What is declared of one option. */
import type { OptionKind } from './option-kinds.ts';

export interface Option<T> {
  kind: OptionKind<T>;
  default: T;
  /** What it does, in a sentence or two. */
  prose: string;
  /** A value that somebody would set. */
  example: string;
  /** Only where the name does not follow from the option's, see `flagOf` and `variableOf`. */
  flag?: string;
  variable?: string;
  /** What stands for the default where it is not a fixed value. */
  defaultText?: string;
}

export const option = <T>(of: Option<T>): Option<T> => of;
