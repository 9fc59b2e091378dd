/**
 * Writes out a condition over the search identifiers that a rule has: `1 of x*` becomes an `or` over the names
 * that fit, `all of x*` an `and`. `them` is every name that does not begin with an underscore, and no pattern means one of
 * those but a pattern that begins with one itself.
 */
import type { Condition } from './condition.ts';
import { matchesGlob, parseGlob } from './glob.ts';
import type { BooleanTree } from './sigma-rule.ts';

/** Told about each name or pattern that the rule does not define; `offset` counts within the condition. */
export type ReportUnknown = (offset: number, text: string) => void;

/** The condition with every name checked; where one was reported the result is not to be used. */
export function resolveCondition(
  condition: Condition,
  names: readonly string[],
  report: ReportUnknown,
): BooleanTree {
  switch (condition.kind) {
    case 'name':
      if (!names.includes(condition.name)) report(condition.offset, unknownName(condition.name, names));
      return { kind: 'name', name: condition.name };
    case 'not':
      return { kind: 'not', operand: resolveCondition(condition.operand, names, report) };
    case 'quantifier': {
      const fitting = namesFitting(condition.pattern, names);
      if (fitting.length === 0) {
        report(condition.offset, unknownName(condition.pattern ?? 'them', names));
      }
      const operands = fitting.map((name): BooleanTree => ({ kind: 'name', name }));
      return { kind: condition.quantity === 'one' ? 'or' : 'and', operands };
    }
    default: {
      const operands = condition.operands.map((operand) => resolveCondition(operand, names, report));
      return { kind: condition.kind, operands };
    }
  }
}

function namesFitting(pattern: string | null, names: readonly string[]): string[] {
  if (pattern === null) return names.filter((name) => !name.startsWith('_'));
  const glob = parseGlob(pattern);
  const setAside = pattern.startsWith('_');
  return names.filter((name) => (setAside || !name.startsWith('_')) && matchesGlob(glob, name));
}

function unknownName(name: string, names: readonly string[]): string {
  const known =
    names.length === 0
      ? 'the detection defines none'
      : `the detection defines ${names.slice(0, 20).join(', ')}`;
  return `condition names ${name}, but ${known}`;
}
