/** Follows one JSON string, array or object to its end, byte by byte, resumable wherever the bytes happen to stop. */

const LF = 0x0a;
const QUOTE = 0x22;
const OPEN_ARRAY = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/**
 * open: not at its end yet. closed: complete. broken: a bracket that closes another kind, or a line break in a string.
 * deep: this bracket would nest deeper than allowed.
 */
export type OpenState = 'open' | 'closed' | 'broken' | 'deep';

export class OpenValue {
  state: OpenState = 'open';
  /** Line breaks passed by the last scan, and the index of the last one. */
  lines = 0;
  lastLine = -1;
  readonly #maxDepth: number;
  /** The bracket that closes each open container. */
  readonly #closers: Uint8Array;
  #depth = 0;
  #inString = false;
  #escaped = false;
  /** Only the end is looked for: brackets are counted, not matched. */
  #counting = false;

  constructor(maxDepth: number) {
    this.#maxDepth = maxDepth;
    this.#closers = new Uint8Array(maxDepth);
  }

  reset(): void {
    this.state = 'open';
    this.#depth = 0;
    this.#inString = false;
    this.#escaped = false;
    this.#counting = false;
  }

  /** Goes on after `deep`, to find the end of a value that is refused anyhow. */
  countOnly(): void {
    this.state = 'open';
    this.#counting = true;
  }

  /**
   * Scans `bytes[from..to)`; the first byte of a value must be its bracket or quote.
   * @returns the index behind the value when closed, of the offending byte when broken or deep, else `to`
   */
  scan(bytes: Uint8Array, from: number, to: number): number {
    this.lines = 0;
    let i = from;
    while (i < to) {
      if (this.#inString) {
        i = this.#string(bytes, i, to);
        if (this.state !== 'open') return i;
        continue;
      }
      switch (bytes[i]) {
        case QUOTE:
          this.#inString = true;
          break;
        case OPEN_OBJECT:
          if (!this.#enter(CLOSE_OBJECT)) return i;
          break;
        case OPEN_ARRAY:
          if (!this.#enter(CLOSE_ARRAY)) return i;
          break;
        case CLOSE_OBJECT:
        case CLOSE_ARRAY:
          if (!this.#leave(bytes[i])) return i;
          if (this.#depth === 0) {
            this.state = 'closed';
            return i + 1;
          }
          break;
        case LF:
          this.lines += 1;
          this.lastLine = i;
          break;
      }
      i += 1;
    }
    return to;
  }

  #string(bytes: Uint8Array, from: number, to: number): number {
    let i = from;
    for (; i < to; i += 1) {
      const byte = bytes[i];
      if (byte === LF) {
        this.state = 'broken';
        return i;
      }
      if (this.#escaped) this.#escaped = false;
      else if (byte === BACKSLASH) this.#escaped = true;
      else if (byte === QUOTE) {
        this.#inString = false;
        if (this.#depth === 0) this.state = 'closed';
        return i + 1;
      }
    }
    return to;
  }

  #enter(closer: number): boolean {
    if (!this.#counting) {
      if (this.#depth === this.#maxDepth) {
        this.state = 'deep';
        return false;
      }
      this.#closers[this.#depth] = closer;
    }
    this.#depth += 1;
    return true;
  }

  #leave(closer: number | undefined): boolean {
    if (!this.#counting && this.#closers[this.#depth - 1] !== closer) {
      this.state = 'broken';
      return false;
    }
    this.#depth -= 1;
    return true;
  }
}
