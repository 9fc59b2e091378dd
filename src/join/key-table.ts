/**
 * A set of 128-bit keys, each with a small ordinal: which traces are bound to a payment, which audit requests were
 * seen. Looked up once per span, so it must not allocate.
 *
 * What: open addressing with linear probing over four 32-bit words per slot, grown by doubling at 60 % load. Why not
 * a Map: a string key per span costs an allocation of 60 bytes and a hash of 32 characters; this costs one cache
 * line. Trace ids are random by specification, audit keys are SHA-256, so the first word serves as the hash; it is
 * mixed once more because hand-made ids (`000...01`) are not random at all.
 *
 * Cost: 20 bytes a slot, 33 to 67 bytes a key; a miss in about 10 ns.
 * Worked example: the first key inserted gets ordinal 0, the second 1; asking for a third without inserting gives -1.
 * Source: Knuth, The Art of Computer Programming, vol. 3, 6.4 (algorithm L).
 */

const MAX_LOAD = 0.6;

export class KeyTable {
  #words: Uint32Array;
  /** Ordinal + 1; 0 marks an empty slot. */
  #ordinals: Uint32Array;
  #mask: number;
  #size = 0;

  constructor(capacity = 1024) {
    const slots = 2 ** Math.ceil(Math.log2(Math.max(16, capacity / MAX_LOAD)));
    this.#words = new Uint32Array(slots * 4);
    this.#ordinals = new Uint32Array(slots);
    this.#mask = slots - 1;
  }

  get size(): number {
    return this.#size;
  }

  /** Ordinal of a key, or -1. */
  find(a: number, b: number, c: number, d: number): number {
    return (this.#ordinals[this.#slot(a, b, c, d)] ?? 0) - 1;
  }

  /** Ordinal of a key, new ones numbered in the order of their first insertion. */
  insert(a: number, b: number, c: number, d: number): number {
    let slot = this.#slot(a, b, c, d);
    const known = this.#ordinals[slot] ?? 0;
    if (known > 0) return known - 1;
    if (this.#size + 1 > this.#ordinals.length * MAX_LOAD) {
      this.#grow();
      slot = this.#slot(a, b, c, d);
    }
    this.#words.set([a, b, c, d], slot * 4);
    this.#size += 1;
    this.#ordinals[slot] = this.#size;
    return this.#size - 1;
  }

  /** The slot that holds the key, or the empty one where it belongs. */
  #slot(a: number, b: number, c: number, d: number): number {
    const words = this.#words;
    let slot = mix(a ^ Math.imul(d, 0x9e3779b1)) & this.#mask;
    while (this.#ordinals[slot] !== 0) {
      const at = slot * 4;
      if (words[at] === a && words[at + 1] === b && words[at + 2] === c && words[at + 3] === d) return slot;
      slot = (slot + 1) & this.#mask;
    }
    return slot;
  }

  #grow(): void {
    const words = this.#words;
    const ordinals = this.#ordinals;
    this.#words = new Uint32Array(words.length * 2);
    this.#ordinals = new Uint32Array(ordinals.length * 2);
    this.#mask = this.#ordinals.length - 1;
    for (let old = 0; old < ordinals.length; old += 1) {
      const ordinal = ordinals[old] ?? 0;
      if (ordinal === 0) continue;
      const key = words.subarray(old * 4, old * 4 + 4);
      const slot = this.#slot(key[0] ?? 0, key[1] ?? 0, key[2] ?? 0, key[3] ?? 0);
      this.#words.set(key, slot * 4);
      this.#ordinals[slot] = ordinal;
    }
  }
}

/** Finaliser of MurmurHash3 (public domain): every input bit reaches every output bit. */
function mix(hash: number): number {
  let h = hash;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** Four 32-bit words of 32 hex digits, as KeyTable takes them. */
export function wordsOfHex(hex: string): [number, number, number, number] {
  return [hexWord(hex, 0), hexWord(hex, 8), hexWord(hex, 16), hexWord(hex, 24)];
}

/** The 32-bit number that 8 lower-case hex digits name. */
export function hexWord(hex: string, from: number): number {
  let word = 0;
  for (let i = from; i < from + 8; i += 1) {
    const code = hex.charCodeAt(i);
    word = (word << 4) | (code < 58 ? code - 48 : code - 87);
  }
  return word >>> 0;
}

/** 8 hex digits of a 32-bit number. */
export function wordHex(word: number): string {
  return word.toString(16).padStart(8, '0');
}
