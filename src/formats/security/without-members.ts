/**
 * A record in which some members are replaced, a copy where there are any, wherever they stand: what a format knows to be the content of
 * secrets goes before anything looks at the record, also where a forwarder has moved it.
 *
 * Cost: one walk; what holds no such member is not copied. Worked example: with `token` replaced by a mark, {a: [{token: "x"}]} -> {a: [{token: "[REMOVED]"}]}.
 */
import type { Json } from '../../model/json.ts';
import { REMOVED_MARK } from '../redaction/secrets.ts';

type Members = { [key: string]: Json | undefined };

/** Levels that are walked; what lies deeper is not kept, and no real record is so deep. */
const DEPTH = 64;

/** @param replaced what stands for a member; undefined: it is kept, and looked into */
export function withoutMembers(
  value: unknown,
  replaced: (key: string, value: Json) => Json | undefined,
): unknown {
  return walk(value as Json, replaced, DEPTH);
}

function walk(value: Json, replaced: (key: string, value: Json) => Json | undefined, levels: number): Json {
  if (typeof value !== 'object' || value === null) return value;
  if (levels === 0) return REMOVED_MARK;
  if (Array.isArray(value)) return walkList(value, replaced, levels - 1);
  let copy: Members | null = null;
  for (const key of Object.keys(value)) {
    const member = value[key] ?? null;
    const walked = replaced(key, member) ?? walk(member, replaced, levels - 1);
    if (walked === member) continue;
    copy ??= Object.assign<Members, Members>(Object.create(null) as Members, value);
    copy[key] = walked;
  }
  return copy ?? value;
}

function walkList(
  list: Json[],
  replaced: (key: string, value: Json) => Json | undefined,
  levels: number,
): Json[] {
  const walked = list.map((each) => walk(each, replaced, levels));
  return walked.every((each, i) => each === list[i]) ? list : walked;
}
