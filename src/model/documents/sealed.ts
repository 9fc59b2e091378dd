/** Documents from parts: what is absent is left out, and the content gets its hash. */
import { canonicalJson } from '../canonical-json.ts';
import { sha256Hex } from '../ids.ts';
import type { Json } from '../json.ts';
import { MODEL_VERSION } from '../model-version.ts';
import type { Static } from 'typebox';
import type { CoveragePart, MetaPart } from './parts.ts';

/** How far a document has come; the rest of `meta` follows from its content. */
export interface DocumentProgress {
  /** From 1, one more for each change. */
  revision: number;
  state: Static<typeof MetaPart>['state'];
  /** Null: it is not final, or was made of files, which are read to their end. */
  coverage?: CoveragePart | null;
}

/** The object without members that are null or undefined; members that may be either become optional. */
export type Present<T> = {
  [K in keyof T as null extends T[K] ? never : undefined extends T[K] ? never : K]: T[K];
} & {
  [K in keyof T as null extends T[K] ? K : undefined extends T[K] ? K : never]?: NonNullable<T[K]>;
};

/** Leaves out what is null or undefined: documents have no empty members. */
export function present<T extends object>(members: T): Present<T> {
  const kept = Object.entries(members).filter(([, value]) => value !== null && value !== undefined);
  return Object.fromEntries(kept) as Present<T>;
}

/** The object, or undefined when it has no members. */
export function unlessEmpty<T extends object>(members: T): T | undefined {
  return Object.keys(members).length === 0 ? undefined : members;
}

/** The content with its `meta`: SHA-256 over the canonical JSON (RFC 8785) of everything else. */
export function sealed<T extends object>(
  content: T,
  { revision, state, coverage = null }: DocumentProgress,
): T & { meta: Static<typeof MetaPart> } {
  const hash = sha256Hex(canonicalJson(content as Json));
  return {
    ...content,
    meta: {
      revision,
      state,
      ...(coverage === null ? {} : { coverage }),
      model_version: MODEL_VERSION,
      content_hash: hash,
    },
  };
}
