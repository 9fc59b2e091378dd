/** Bytes that grow, with zeros where nothing was written; doubling keeps appending linear. */
export class Bytes {
  #memory = new Uint8Array(256);
  length = 0;

  read(into: Uint8Array, at: number): number {
    const found = this.#memory.subarray(Math.min(at, this.length), Math.min(at + into.length, this.length));
    into.set(found);
    return found.length;
  }

  write(bytes: Uint8Array, at: number): void {
    this.#grow(at + bytes.length);
    this.#memory.set(bytes, at);
  }

  truncate(size: number): void {
    this.#grow(size);
    this.#memory.fill(0, size, this.length);
    this.length = size;
  }

  flip(at: number): void {
    this.#memory[at] = (this.#memory[at] ?? 0) ^ 0xff;
  }

  copy(): Bytes {
    const other = new Bytes();
    other.write(this.#memory.subarray(0, this.length), 0);
    return other;
  }

  #grow(size: number): void {
    if (size > this.#memory.length) {
      const larger = new Uint8Array(Math.max(size, 2 * this.#memory.length));
      larger.set(this.#memory.subarray(0, this.length));
      this.#memory = larger;
    }
    this.length = Math.max(this.length, size);
  }
}
