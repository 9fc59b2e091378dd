/**
 * A record that differs from another in a few places, written as those places: mappings are merged, everything else is
 * replaced, and null takes away. Source: RFC 7396.
 */
import type { Json } from '../../model/json.ts';

export function mergePatch(base: Json | undefined, patch: Json): Json {
  if (!isMapping(patch)) return patch;
  const merged = new Map(isMapping(base) ? Object.entries(base) : []);
  for (const [key, value] of Object.entries(patch)) {
    if (value === null || value === undefined) merged.delete(key);
    else merged.set(key, mergePatch(merged.get(key), value));
  }
  return Object.fromEntries(merged);
}

function isMapping(value: Json | undefined): value is { [key: string]: Json | undefined } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
