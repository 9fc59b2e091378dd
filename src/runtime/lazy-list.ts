/**
 * A list whose elements are made when they are read, each time they are read.
 *
 * Why: a run can have a document for every one of a million links, each of two kilobytes; most are printed or indexed
 * once, one after the other, and never needed together. The facts they are made of are a tenth of the size.
 */
export class LazyList<T> implements Iterable<T> {
  readonly length: number;
  readonly #make: (index: number) => T;

  /** @param make pure: the same element for the same index */
  constructor(length: number, make: (index: number) => T) {
    this.length = length;
    this.#make = make;
  }

  *[Symbol.iterator](): Iterator<T> {
    for (let index = 0; index < this.length; index += 1) yield this.#make(index);
  }
}
