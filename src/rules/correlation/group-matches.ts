/**
 * The matches of one correlation rule in one group: a function of the set of its members (SPEC G4).
 *
 * A window ends at each time at which there are members and reaches back by the timespan, both ends inside. The first window
 * whose count is what the condition asks for begins a match, at that time. Windows that hold and end within a timespan of that
 * belong to the same match; the next one that holds begins another. So an attack that goes on is one match per timespan, and
 * no match is longer than two.
 *
 * Why windows that end at members: a count changes only where a member enters or leaves, and one that leaves can only lessen
 * it. Why not every window: of those between two members the one that ends at the earlier holds the most. What is measured, as
 * an average, may do anything between members; there it is by definition that a window ends with one.
 *
 * Cost: one pass over the sorted members. Worked example: event_count, at least 3 in 5 min; members at minutes 0, 2, 4, 6, 20:
 * the windows at 4 (0, 2, 4) and at 6 (2, 4, 6) hold; one match at 4 with 0, 2, 4, 6.
 */
import type { Instant } from '../../model/instant.ts';
import { holdsBounds, type CorrelationRule } from './correlation-rule.ts';
import type { Member } from './member.ts';
import { tallyOf } from './tally.ts';

/** A match before it has an id: members by their places in the group. */
export interface GroupMatch<P> {
  /** When its condition was met first. */
  at: Instant;
  members: readonly Member<P>[];
}

/** First and last place of the members of a window. */
type Range = [first: number, last: number];

/**
 * @param members by compareMembers
 * @param until windows that end later are not looked at yet
 */
export function groupMatches<P>(
  rule: CorrelationRule,
  members: readonly Member<P>[],
  until: Instant,
): GroupMatch<P>[] {
  const tally = tallyOf(rule, members);
  const matches: { at: Instant; ranges: Range[] }[] = [];
  let first = 0;
  for (const [last, member] of members.entries()) {
    if (member.at > until) break;
    const from = member.at - rule.timespan;
    tally.enter(member);
    if (members[last + 1]?.at === member.at) continue;
    for (let leaving = members[first]; leaving !== undefined && leaving.at < from; leaving = members[first]) {
      tally.leave(leaving);
      first += 1;
    }
    const counted = tally.counted(from);
    if (counted === null || !holdsBounds(rule.condition, (bound) => counted.compare(bound))) continue;
    const range: Range = [counted.from > from ? firstAt(members, first, counted.from) : first, last];
    const open = matches.at(-1);
    if (open !== undefined && member.at <= open.at + rule.timespan) open.ranges.push(range);
    else matches.push({ at: member.at, ranges: [range] });
  }
  return matches.map(({ at, ranges }) => ({ at, members: membersOf(members, ranges) }));
}

/** The first place at or behind `low` whose member is at that time or later. */
function firstAt<P>(members: readonly Member<P>[], low: number, at: Instant): number {
  let high = members.length;
  for (let from = low; from < high;) {
    const middle = (from + high) >> 1;
    if ((members[middle]?.at ?? Infinity) < at) from = low = middle + 1;
    else high = middle;
  }
  return high;
}

/** Each member of the ranges once, in order. */
function membersOf<P>(members: readonly Member<P>[], ranges: readonly Range[]): Member<P>[] {
  const found: Member<P>[] = [];
  let next = 0;
  for (const [first, last] of ranges.toSorted((a, b) => a[0] - b[0])) {
    for (const member of members.slice(Math.max(first, next), last + 1)) found.push(member);
    next = Math.max(next, last + 1);
  }
  return found;
}
