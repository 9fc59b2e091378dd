/**
 * Correlation rules by brute force: every window is looked at by itself, with nothing kept from the one before. Written from
 * SPEC G4 and the specification, sharing nothing with src/rules.
 */

export interface OracleRecord {
  id: string;
  at: number;
  /** The base rule that it matches. */
  rule: string;
  fields: Record<string, string | string[] | undefined>;
}

export interface OracleCorrelation {
  name: string;
  type: 'event_count' | 'value_count' | 'temporal' | 'temporal_ordered';
  rules: string[];
  groupBy: string[];
  /** Alias -> rule -> field. */
  aliases: Record<string, Record<string, string>>;
  field: string | null;
  timespan: number;
  condition: Record<string, number>;
}

export interface OracleMatch {
  rule: string;
  group: string;
  at: number;
  records: OracleRecord[];
}

interface OracleMember {
  rule: string;
  at: number;
  id: string;
  records: OracleRecord[];
}

/** The matches of all rules; each rule stands behind those it names. */
export function correlateByForce(rules: OracleCorrelation[], records: OracleRecord[]): OracleMatch[] {
  const found: OracleMatch[] = [];
  for (const rule of rules) found.push(...matchesOfRule(rule, membersOf(rule, records, found)));
  return found;
}

function membersOf(rule: OracleCorrelation, records: OracleRecord[], found: OracleMatch[]): OracleMember[] {
  return rule.rules.flatMap((name) => [
    ...records
      .filter((record) => record.rule === name)
      .map((record) => ({ rule: name, at: record.at, id: record.id, records: [record] })),
    ...found
      .filter((match) => match.rule === name)
      .map((match) => ({
        rule: name,
        at: match.at,
        id: `${match.rule} ${match.group} ${match.at}`,
        records: match.records,
      })),
  ]);
}

function matchesOfRule(rule: OracleCorrelation, members: OracleMember[]): OracleMatch[] {
  const groups = new Set(members.flatMap((member) => groupsOf(rule, member)));
  return [...groups].flatMap((group) =>
    matchesOfGroup(
      rule,
      group,
      members.filter((member) => groupsOf(rule, member).includes(group)),
    ),
  );
}

function groupsOf(rule: OracleCorrelation, { rule: name, records }: OracleMember): string[] {
  const combos = records.map(({ fields }) => {
    const lists = rule.groupBy.map((field) => {
      const value = fields[rule.aliases[field]?.[name] ?? field];
      return value === undefined ? [] : [...new Set([value].flat())];
    });
    return lists.reduce<string[][]>((all, list) => all.flatMap((a) => list.map((b) => [...a, b])), [[]]);
  });
  return [...new Set(combos.flat().map((combo) => JSON.stringify(combo)))];
}

function matchesOfGroup(rule: OracleCorrelation, group: string, members: OracleMember[]): OracleMatch[] {
  const times = [...new Set(members.map(({ at }) => at))].toSorted((a, b) => a - b);
  const matches: { at: number; records: Set<OracleRecord> }[] = [];
  for (const time of times) {
    const inWindow = members.filter(({ at }) => at >= time - rule.timespan && at <= time);
    const { count, counted } = countOf(rule, inWindow);
    if (!holds(rule.condition, count)) continue;
    let match = matches.at(-1);
    if (match === undefined || time > match.at + rule.timespan)
      matches.push((match = { at: time, records: new Set() }));
    for (const { records } of counted) for (const record of records) match.records.add(record);
  }
  return matches.map(({ at, records }) => ({ rule: rule.name, group, at, records: [...records] }));
}

/** What is counted in a window, and the members that make it. */
function countOf(
  rule: OracleCorrelation,
  members: OracleMember[],
): { count: number; counted: OracleMember[] } {
  if (rule.type === 'event_count')
    return { count: new Set(members.map(({ id }) => id)).size, counted: members };
  if (rule.type === 'temporal')
    return { count: new Set(members.map(({ rule: name }) => name)).size, counted: members };
  if (rule.type === 'value_count') {
    const field = rule.field ?? '';
    const values = members.flatMap(({ rule: name, records }) =>
      records.flatMap(({ fields }) => fields[rule.aliases[field]?.[name] ?? field] ?? []),
    );
    return { count: new Set(values).size, counted: members };
  }
  const run = longestRun(rule.rules, members);
  return { count: run.length, counted: members.filter(({ at }) => at >= run.from) };
}

/** Of all ways to take members of different rules in order, the longest; of those, the one that begins last. */
function longestRun(rules: string[], members: OracleMember[]): { length: number; from: number } {
  let best = { length: 0, from: Infinity };
  const extend = (next: number, after: number, length: number, from: number): void => {
    if (length > best.length || (length === best.length && from > best.from)) best = { length, from };
    for (let place = next; place < rules.length; place += 1) {
      for (const { rule, at } of members) {
        if (rule === rules[place] && at >= after) extend(place + 1, at, length + 1, length === 0 ? at : from);
      }
    }
  };
  extend(0, -Infinity, 0, -Infinity);
  return best;
}

function holds(condition: Record<string, number>, count: number): boolean {
  const tests: Record<string, (bound: number) => boolean> = {
    gt: (bound) => count > bound,
    gte: (bound) => count >= bound,
    lt: (bound) => count < bound,
    lte: (bound) => count <= bound,
    eq: (bound) => count === bound,
    neq: (bound) => count !== bound,
  };
  return Object.entries(condition).every(([order, bound]) => tests[order]?.(bound) ?? false);
}
