/** What a key lets its holder do. One key may have several scopes. */
export const SCOPES = ['intake', 'read', 'write'] as const;

/** `intake`: send records; `read`: documents and metrics; `write`: what changes something, such as a redrive. */
export type Scope = (typeof SCOPES)[number];

/** An API key as it is kept: everything but the key itself. */
export interface AccessKey {
  /** The part of the key that names it; no secret. */
  id: string;
  /** What its owner calls it. */
  name: string;
  scopes: Scope[];
  /** RFC 3339. */
  created: string;
  /** Of the whole key, in hex. */
  sha256: string;
}

/** Whether a text is a scope. */
export function isScope(text: string): text is Scope {
  return (SCOPES as readonly string[]).includes(text);
}
